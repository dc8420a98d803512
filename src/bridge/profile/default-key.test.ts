import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { KeyStore } from '../keys/key-store.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { PlacedSecrets } from '../secrets/placed-secrets.ts'
import { MemorySecrets } from '../secrets/secrets.ts'
import { defaultKeyStateOf, defaultKeyOf } from './default-key.ts'

const never = () => Promise.reject(new Error('stays in memory'))
let address: string
let place: MemorySecrets
let profile: Parameters<typeof defaultKeyOf>[0]
beforeEach(async () => {
  address = 'a'.repeat(20)
  const dataDir = await mkdtemp(join(tmpdir(), 'ctl-default-key-'))
  const options = { dataDir, clock: new FakeClock(), ownerRoutingId: async () => address, onBad: () => {} }
  place = new MemorySecrets()
  profile = {
    keys: await KeyStore.open(options),
    secrets: new PlacedSecrets({ place, open: never, choose: never }),
    identity: async () => ({ address }) as DeviceIdentity,
  }
})

test('concurrent callers get the same key', async () => {
  const [a, b] = await Promise.all([defaultKeyOf(profile), defaultKeyOf(profile)])
  expect(a).toBe(b)
  expect(profile.keys.list()).toHaveLength(1)
  expect(await defaultKeyStateOf(profile)).toEqual({ id: profile.keys.list()[0]?.id, isRevoked: false })
})

test('a key whose text cannot be stored is not left behind', async () => {
  place.set = () => Promise.reject(new AppError('SECRETS_UNAVAILABLE'))
  await expect(defaultKeyOf(profile)).rejects.toMatchObject({ code: 'SECRETS_UNAVAILABLE' })
  expect(profile.keys.list()).toEqual([])
})

test('a revoked key does not come back until the user asks for a new one', async () => {
  const first = await defaultKeyOf(profile)
  await profile.keys.revoke('default')
  expect(await defaultKeyStateOf(profile)).toEqual({ id: null, isRevoked: true })
  await expect(defaultKeyOf(profile)).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
  expect(profile.keys.list()).toEqual([])
  const second = await defaultKeyOf(profile, { renew: true })
  expect(second).not.toBe(first)
  expect(await defaultKeyOf(profile)).toBe(second)
})

test('another relay has another routing id, so a new key is created', async () => {
  const first = await defaultKeyOf(profile)
  address = 'b'.repeat(20)
  const second = await defaultKeyOf(profile)
  expect(second).not.toBe(first)
  expect(second).toContain(address)
})
