import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'

import { routingIdOfKey } from '../../shared/key-format.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { acquire } from '../data-dir/owner-lock.ts'
import { KeyCommands, keyHandlers } from './key-commands.ts'
import type { NewKey } from './key-record.ts'
import { KeyStore } from './key-store.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'

const ROUTING_ID = 'abcdefghij234567abcd'
const HOUR_MS = 3_600_000

let dataDir: string
let clock: FakeClock
let address: string | null
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-keys-'))
  clock = new FakeClock()
  address = ROUTING_ID
})

function open(): Promise<KeyStore> {
  return KeyStore.open({ dataDir, clock, ownerRoutingId: async () => address, onBad: () => {} })
}

function newKey(facts: Partial<NewKey> = {}): NewKey {
  return {
    name: 'phone',
    scopes: ['inference', 'read'],
    models: null,
    expiresAt: null,
    requestsPerMinute: null,
    maxConcurrent: null,
    ...facts,
  }
}

test('a created key works, contains its owner’s routing id, and is stored as a digest only', async () => {
  const store = await open()
  const { record, key } = await store.create(newKey({ models: ['llama3'], maxConcurrent: 2 }))
  expect(routingIdOfKey(key)).toBe(ROUTING_ID)
  expect(store.grantFor(keyDigestOf(key), clock.now())).toEqual({
    id: record.id,
    name: 'phone',
    scopes: ['inference', 'read'],
    models: ['llama3'],
    maxConcurrent: 2,
  })
  const text = await readFile(join(dataDir, 'keys.json'), 'utf8')
  expect(text).toContain(keyDigestOf(key))
  expect(text).not.toContain(key.slice(-43))
})

test('keys survive a restart', async () => {
  const { key } = await (await open()).create(newKey())
  expect((await open()).grantFor(keyDigestOf(key), clock.now())).toMatchObject({ name: 'phone' })
})

test('no key is created before pairing, because no relay could route it', async () => {
  address = null
  const store = await open()
  await expect(store.create(newKey())).rejects.toMatchObject({ code: 'NOT_PAIRED' })
  expect(store.list()).toEqual([])
})

test('a revoked key is invalid immediately and after a restart', async () => {
  const store = await open()
  const { record, key } = await store.create(newKey())
  expect(await store.revoke('phone')).toEqual(record)
  expect(store.grantFor(keyDigestOf(key), clock.now())).toBeUndefined()
  expect(store.validDigests(clock.now())).toEqual([])
  expect((await open()).list()).toEqual([])
})

test('a duplicate name gets a number, so that names stay unique', async () => {
  const store = await open()
  const names: string[] = []
  for (const name of ['phone', 'phone', 'phone', 'phone-2', 'x'.repeat(100), 'x'.repeat(100)])
    names.push((await store.create(newKey({ name }))).record.name)
  expect(names).toEqual(['phone', 'phone-2', 'phone-3', 'phone-2-2', 'x'.repeat(100), `${'x'.repeat(98)}-2`])
  const { record } = await store.create(newKey({ name: store.list()[0]!.id }))
  expect(record.name).toBe(`${store.list()[0]!.id}-2`)
  expect((await store.revoke('phone')).name).toBe('phone')
  expect((await store.create(newKey())).record.name).toBe('phone')
})

test('revoking by a name that several keys share, as files of earlier versions allow, revokes none', async () => {
  const store = await open()
  const a = await store.create(newKey())
  const b = await store.create(newKey())
  const path = join(dataDir, 'keys.json')
  await writeFile(path, (await readFile(path, 'utf8')).replace('phone-2', 'phone'))
  const again = await open()
  await expect(again.revoke('phone')).rejects.toMatchObject({
    code: 'KEY_NOT_FOUND',
    message: expect.stringMatching(new RegExp(`2 keys.*${a.record.id}, ${b.record.id}`)),
  })
  await again.revoke(a.record.id)
  expect(again.list()).toEqual([{ ...b.record, name: 'phone' }])
  await expect(again.revoke('nothing')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
})

test('keys created concurrently are all stored', async () => {
  const store = await open()
  await Promise.all(Array.from({ length: 10 }, () => store.create(newKey())))
  const names = (await open()).list().map(({ name }) => name)
  expect(new Set(names).size).toBe(10)
})

test('a key expires to the millisecond, and the valid digests change without a request', async () => {
  const store = await open()
  const { key } = await store.create(newKey({ expiresAt: clock.now() + 5 * HOUR_MS }))
  await store.create(newKey({ name: 'later', expiresAt: clock.now() + 6 * HOUR_MS }))
  const seen: number[] = []
  store.onChange(() => seen.push(store.validDigests(clock.now()).length))
  clock.advance(5 * HOUR_MS - 1)
  expect(store.grantFor(keyDigestOf(key), clock.now())).toBeDefined()
  expect(seen).toEqual([])
  clock.advance(1)
  expect(store.grantFor(keyDigestOf(key), clock.now())).toBeUndefined()
  expect(seen).toEqual([1])
  clock.advance(HOUR_MS)
  expect(seen).toEqual([1, 0])
  expect(clock.pendingTimers).toBe(0)
})

test('an expiry during sleep is noticed within a quarter of an hour', async () => {
  const store = await open()
  await store.create(newKey({ expiresAt: clock.now() + 5 * HOUR_MS }))
  let changes = 0
  store.onChange(() => changes++)
  clock.jump(8 * HOUR_MS)
  clock.advance(15 * 60_000)
  expect(changes).toBe(1)
})

test('a key that never expires sets no timer, and destroy leaves none', async () => {
  const store = await open()
  await store.create(newKey())
  expect(clock.pendingTimers).toBe(0)
  await store.create(newKey({ expiresAt: clock.now() + HOUR_MS }))
  store.destroy()
  expect(clock.pendingTimers).toBe(0)
})

test('every change is reported until the listener is removed', async () => {
  const store = await open()
  let changes = 0
  const leave = store.onChange(() => changes++)
  await store.create(newKey())
  await store.revoke('phone')
  leave()
  await store.create(newKey())
  expect(changes).toBe(2)
})

test('a changed key keeps its text, id and digest, and listeners are notified', async () => {
  const store = await open()
  const { record, key } = await store.create(newKey())
  await store.create(newKey({ name: 'tablet' }))
  let changes = 0
  store.onChange(() => changes++)
  await store.update(record.id, { name: 'tablet', models: ['a'], requestsPerMinute: 5 })
  expect(changes).toBe(1)
  expect(store.list()[0]).toEqual({ ...record, name: 'tablet-2', models: ['a'], requestsPerMinute: 5 })
  expect(store.grantFor(keyDigestOf(key), clock.now())).toMatchObject({ name: 'tablet-2', models: ['a'] })
  await expect(store.update(record.id, { name: ' ' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  await expect(store.update('gone', {})).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
})

test('a key’s use is counted, written within a minute, and kept when the key is changed', async () => {
  const store = await open()
  const { record } = await store.create(newKey())
  store.noteUse('phone', 20)
  store.noteUse('phone', null)
  store.noteUse('nobody', 7)
  expect(store.list()[0]?.usage).toEqual({ lastAt: clock.now(), requests: 2, tokens: 20 })
  await store.update(record.id, { name: 'mobile' })
  store.noteUse('mobile', 5)
  const lastAt = clock.now()
  clock.advance(60_000)
  await store.flush()
  expect((await open()).list()[0]).toMatchObject({
    name: 'mobile',
    usage: { lastAt, requests: 3, tokens: 25 },
  })
  expect(clock.pendingTimers).toBe(0)
})

test('a command changes the running bridge’s keys immediately', async () => {
  const store = await open()
  const holder = await acquire(dataDir)
  holder.serve(keyHandlers(store))
  const commands = new KeyCommands(dataDir, () => Promise.reject(new Error('must not open')))
  const { record, key } = await commands.create(newKey())
  expect(store.grantFor(keyDigestOf(key), clock.now())).toBeDefined()
  expect(await commands.list()).toEqual([{ ...record, isForeign: false }])
  await commands.revoke('phone')
  expect(store.grantFor(keyDigestOf(key), clock.now())).toBeUndefined()
  await expect(commands.revoke('phone')).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
  await holder.close()
})

test('a command without a bridge works on the files', async () => {
  const commands = new KeyCommands(dataDir, open)
  const { key } = await commands.create(newKey())
  expect((await open()).grantFor(keyDigestOf(key), clock.now())).toBeDefined()
})

test('a key from another device is added once, and only if it has the same owner', async () => {
  const store = await open()
  const shared = `ctl_${ROUTING_ID}_${'s'.repeat(43)}`
  const { record, key } = await store.create(newKey({ scopes: ['read'] }), shared)
  expect(key).toBe(shared)
  expect(store.grantFor(keyDigestOf(shared), clock.now())).toMatchObject({ id: record.id, scopes: ['read'] })
  const elsewhere = `ctl_${'z'.repeat(20)}_${'s'.repeat(43)}`
  for (const [wrong, message] of [
    [shared, 'already has this key'],
    [elsewhere, 'another owner or relay'],
    ['sk-something', 'This is not a key'],
    ['', 'This is not a key'],
  ] as const)
    await expect(store.create(newKey(), wrong)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    })
  expect(store.list()).toHaveLength(1)
})

test('a key from another device that is added twice at once is there once, so that revoking it ends it', async () => {
  const store = await open()
  const shared = `ctl_${ROUTING_ID}_${'s'.repeat(43)}`
  const added = await Promise.allSettled([store.create(newKey(), shared), store.create(newKey(), shared)])
  expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  await store.revoke('phone')
  expect(store.grantFor(keyDigestOf(shared), clock.now())).toBeUndefined()
})

test('changes made at once are all kept, and one of a key that was just revoked is refused', async () => {
  const store = await open()
  const { record } = await store.create(newKey())
  await Promise.all([
    store.update(record.id, { maxConcurrent: 2 }),
    store.update(record.id, { name: 'tablet' }),
  ])
  expect(store.list()).toMatchObject([{ name: 'tablet', maxConcurrent: 2 }])
  const revoked = store.revoke(record.id)
  await expect(store.update(record.id, { name: 'mobile' })).rejects.toMatchObject({ code: 'KEY_NOT_FOUND' })
  await revoked
})
