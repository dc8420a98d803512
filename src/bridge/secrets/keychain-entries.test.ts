import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { BackendRecord } from './backend-record.ts'
import { KeychainEntries, type Keytar } from './keychain-entries.ts'
import { KeychainSecrets } from './keychain.ts'

const MAX_BYTES = 2_560

/** Like keytar on Windows: an entry has at most 2,560 bytes of UTF-8. */
class WindowsKeychain implements Keytar {
  readonly entries = new Map<string, string>()
  /** Index of the write that fails, like a crash before it. */
  refusedWrite = Infinity
  #writes = 0

  async getPassword(service: string, account: string): Promise<string | null> {
    return this.entries.get(`${service}/${account}`) ?? null
  }

  async setPassword(service: string, account: string, password: string): Promise<void> {
    this.#writes += 1
    if (Buffer.byteLength(password) > MAX_BYTES) throw new Error('The stub received bad data.')
    if (this.#writes === this.refusedWrite) throw new Error('gone')
    this.entries.set(`${service}/${account}`, password)
  }

  async deletePassword(service: string, account: string): Promise<boolean> {
    return this.entries.delete(`${service}/${account}`)
  }

  refuseWriteAfter(count: number): void {
    this.refusedWrite = this.#writes + count + 1
  }
}

let keychain: WindowsKeychain
let entries: KeychainEntries
beforeEach(() => {
  keychain = new WindowsKeychain()
  entries = new KeychainEntries(keychain, MAX_BYTES)
})

describe('a keychain with short entries', () => {
  it.each([0, 1, MAX_BYTES, MAX_BYTES + 1, 12_000, 16 * 1024])(
    'stores a value of %d bytes, and leaves nothing after deletion',
    async (bytes) => {
      const value = 'x'.repeat(bytes)
      await entries.set('device', value)
      expect(await new KeychainEntries(keychain, MAX_BYTES).get('device')).toBe(value)
      expect(await entries.delete('device')).toBe(true)
      expect([...keychain.entries]).toEqual([])
      expect(await entries.get('device')).toBeNull()
    },
  )

  it('counts bytes, and splits no character', async () => {
    const value = 'ü€😀'.repeat(2_000)
    await entries.set('device', value)
    expect(await entries.get('device')).toBe(value)
  })

  it('leaves no part of a longer value when a shorter one replaces it', async () => {
    await entries.set('device', 'x'.repeat(9_000))
    await entries.set('device', 'y'.repeat(6_000))
    await entries.set('device', 'short')
    expect([...keychain.entries.values()]).toEqual(['short'])
  })

  it.each([0, 1, 2, 3])('keeps the previous value when interrupted after %d writes', async (count) => {
    const [former, next] = ['x'.repeat(7_000), 'y'.repeat(7_000)]
    await entries.set('device', former)
    keychain.refuseWriteAfter(count)
    await expect(entries.set('device', next)).rejects.toThrow('gone')
    expect(await entries.get('device')).toBe(former)
    await entries.set('device', next)
    expect(await entries.get('device')).toBe(next)
  })

  it('returns nothing rather than an incomplete value', async () => {
    await entries.set('device', 'x'.repeat(7_000))
    const [part = ''] = [...keychain.entries.keys()].filter((name) => name.includes('#'))
    keychain.entries.delete(part)
    expect(await entries.get('device')).toBeNull()
  })
})

describe('the reported keychain problem', () => {
  const open = async (maxBytes: number): Promise<KeychainSecrets> => {
    const clock = new FakeClock()
    const dataDir = await mkdtemp(join(tmpdir(), 'ctl-entries-'))
    const record = await BackendRecord.open({ dataDir, clock, onBad: null })
    return KeychainSecrets.open(async () => keychain, record, clock, maxBytes)
  }

  it('is none for an access token of 12 KB on Windows', async () => {
    const secrets = await open(MAX_BYTES)
    await secrets.set('device', 'x'.repeat(12_000))
    expect(await secrets.get('device')).toBe('x'.repeat(12_000))
    expect(secrets.trouble).toBeNull()
  })

  it('is the size, not a lock, if a short value is accepted', async () => {
    const secrets = await open(Infinity)
    await secrets.set('device', 'short')
    await expect(secrets.set('device', 'x'.repeat(3_000))).rejects.toMatchObject({
      trouble: 'tooLarge',
      message: expect.stringContaining('size'),
    })
    expect(await secrets.get('device')).toBe('short')
  })

  it.each([
    ['Cannot create an item in a locked collection', 'locked'],
    ['User interaction is not allowed.', 'locked'],
    ['Access is denied.', 'refused'],
  ])('after "%s" is: %s', async (message, trouble) => {
    const secrets = await open(MAX_BYTES)
    keychain.setPassword = () => Promise.reject(new Error(message))
    await expect(secrets.set('device', 'x')).rejects.toMatchObject({ trouble })
    await expect(secrets.set('device', 'x'.repeat(3_000))).rejects.toMatchObject({ trouble })
  })
})
