import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { KeyStore } from '../keys/key-store.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { PlacedSecrets } from '../secrets/placed-secrets.ts'
import { MemorySecrets } from '../secrets/secrets.ts'
import { defaultKeyIdOf, defaultKeyOf } from './default-key.ts'

const never = () => Promise.reject(new Error('stays in memory'))
let address: string
let profile: Parameters<typeof defaultKeyOf>[0]
beforeEach(async () => {
  address = 'a'.repeat(20)
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-default-key-'))
  const options = { dataDir, clock: new FakeClock(), ownerRoutingId: async () => address, onBad: () => {} }
  profile = {
    keys: await KeyStore.open(options),
    secrets: new PlacedSecrets({ place: new MemorySecrets(), open: never, choose: never }),
    identity: async () => ({ address }) as DeviceIdentity,
  }
})

test('concurrent callers get the same key', async () => {
  const [a, b] = await Promise.all([defaultKeyOf(profile), defaultKeyOf(profile)])
  expect(a).toBe(b)
  expect(profile.keys.list()).toHaveLength(1)
  expect(await defaultKeyIdOf(profile)).toBe(profile.keys.list()[0]?.id)
})

test('a revoked key is replaced', async () => {
  const first = await defaultKeyOf(profile)
  await profile.keys.revoke('default')
  expect(await defaultKeyIdOf(profile)).toBeNull()
  expect(await defaultKeyOf(profile)).not.toBe(first)
})

test('another relay has another routing id, so a new key is created', async () => {
  const first = await defaultKeyOf(profile)
  address = 'b'.repeat(20)
  const second = await defaultKeyOf(profile)
  expect(second).not.toBe(first)
  expect(second).toContain(address)
})
