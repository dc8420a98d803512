import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { RevocationFile } from './revocation-file.ts'
import { Revocations, type RevocationStore, type SharedRevocations } from './revocations.ts'

const ALICE = 'alice' as OwnerId
const BOB = 'bob' as OwnerId

const DAY_MS = 24 * 60 * 60 * 1000
const secret = Buffer.alloc(32, 1)

let dataDir: string
let clock: FakeClock
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-revoked-'))
  clock = new FakeClock()
})
afterEach(() => rm(dataDir, { recursive: true }))

const open = (
  shared?: SharedRevocations,
  store: RevocationStore = new RevocationFile(dataDir),
  key = secret,
) => Revocations.open({ secret: key, store, shared, clock, logger: silentLogger })
const text = () => readFile(join(dataDir, 'revoked.json'), 'utf8')

/** Persists nothing, like a read-only directory. */
const brokenStore = { read: async () => [], write: () => Promise.reject(new Error('EROFS')) }

/** State shared by several relays in this process. */
class SharedHere {
  readonly entries = new Set<string>()
  readonly #listeners: ((entry: string) => void)[] = []
  reconnect: () => void = () => {}
  isDown = false

  /** The view of one relay. */
  view(): SharedRevocations {
    const own: { listener: (entry: string) => void } = { listener: () => {} }
    return {
      add: async (entries) => {
        if (this.isDown) throw new Error('down')
        for (const entry of entries) {
          this.entries.add(entry)
          for (const listener of this.#listeners) if (listener !== own.listener) listener(entry)
        }
      },
      all: async () => {
        if (this.isDown) throw new Error('down')
        return [...this.entries]
      },
      onAdded: (listener) => {
        own.listener = listener
        this.#listeners.push(listener)
      },
      onReconnected: (listener) => (this.reconnect = listener),
    }
  }
}

describe('Revocations', () => {
  it('keep one device out, across a restart, until all its credentials have expired', async () => {
    const first = await open()
    expect(first.isRevoked(ALICE, 'd1')).toBe(false)
    expect(await first.revoke(ALICE, 'd1')).toBe(true)
    for (const revocations of [first, await open()]) {
      expect(revocations.isRevoked(ALICE, 'd1')).toBe(true)
      expect(revocations.isRevoked(ALICE, 'd2')).toBe(false)
      expect(revocations.isRevoked(BOB, 'd1')).toBe(false)
    }
    clock.jump(90 * DAY_MS + 60_000 - 1)
    expect(first.isRevoked(ALICE, 'd1')).toBe(true)
    clock.jump(2_000)
    expect(first.isRevoked(ALICE, 'd1')).toBe(false)
    await first.revoke(ALICE, 'd3')
    expect((JSON.parse(await text()) as { devices: string[] }).devices).toHaveLength(1)
  })

  it.skipIf(process.platform === 'win32')(
    'contain no names, and are readable by this user only',
    async () => {
      const revocations = await open()
      await Promise.all([revocations.revoke(ALICE, 'laptop'), revocations.revoke(ALICE, 'phone')])
      expect(await text()).not.toMatch(/alice|laptop|phone/)
      expect((JSON.parse(await text()) as { devices: string[] }).devices).toHaveLength(2)
      expect((await stat(join(dataDir, 'revoked.json'))).mode & 0o777).toBe(0o600)
      expect(await readdir(dataDir)).toEqual(['revoked.json'])
    },
  )

  it.each(['', '{"version":1', 'null', '{"version":2,"devices":[]}', '{"version":1,"devices":[1]}'])(
    'refuse to start with an unreadable list: %j',
    async (contents) => {
      await writeFile(join(dataDir, 'revoked.json'), contents)
      await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: /revoked\.json/ })
      expect(await text()).toBe(contents)
    },
  )

  it('ignore entries under another key, and modified ones', async () => {
    const shared = new SharedHere()
    const mine = await open(shared.view())
    await mine.revoke(ALICE, 'd1')
    const [entry = ''] = shared.entries
    const [digest, until, mac] = entry.split('.')
    shared.entries.clear()
    shared.entries.add(`${digest}.${Number(until) + 1}.${mac}`)
    for (const bad of ['', 'x', `${digest}..${mac}`]) shared.entries.add(bad)
    expect((await open(shared.view(), brokenStore)).isRevoked(ALICE, 'd1')).toBe(false)
    shared.entries.add(entry)
    const other = await open(shared.view(), brokenStore, Buffer.alloc(32, 2))
    expect(other.isListed(mine.digestOf(ALICE, 'd1'))).toBe(false)
  })

  it('reach other relays immediately, or once Redis is back', async () => {
    const shared = new SharedHere()
    const here = await open(shared.view())
    const there = await open(shared.view(), brokenStore)
    const heard: string[] = []
    there.onRevoked(({ digest }) => heard.push(digest))
    await here.revoke(ALICE, 'd1')
    expect(there.isRevoked(ALICE, 'd1')).toBe(true)
    expect(heard).toEqual([here.digestOf(ALICE, 'd1')])
    shared.isDown = true
    expect(await there.revoke(ALICE, 'd2')).toBe(false)
    expect(there.isRevoked(ALICE, 'd2')).toBe(true)
    shared.isDown = false
    shared.reconnect()
    await expect.poll(() => here.isRevoked(ALICE, 'd2')).toBe(true)
  })
})
