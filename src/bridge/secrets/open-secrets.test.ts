import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'

import { wordsFor } from '../../shared/words.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Keytar } from './keychain-entries.ts'
import { openSecrets } from './open-secrets.ts'
import type { PlacedSecrets } from './placed-secrets.ts'

/** An in-memory keychain that simulates the states of real ones. */
class FakeKeychain implements Keytar {
  mood: 'fine' | 'locked' | 'silent' = 'fine'
  readonly entries = new Map<string, string>()

  /** A locked Secret Service behaves as if its entries did not exist. */
  async getPassword(service: string, account: string): Promise<string | null> {
    await this.#answer()
    return this.mood === 'locked' ? null : (this.entries.get(`${service}/${account}`) ?? null)
  }

  async setPassword(service: string, account: string, password: string): Promise<void> {
    await this.#answer()
    if (this.mood === 'locked') throw new Error('Cannot create an item in a locked collection')
    this.entries.set(`${service}/${account}`, password)
  }

  async deletePassword(service: string, account: string): Promise<boolean> {
    await this.#answer()
    return this.mood !== 'locked' && this.entries.delete(`${service}/${account}`)
  }

  async #answer(): Promise<void> {
    if (this.mood === 'silent') await new Promise(() => {})
  }
}

let dataDir: string
let clock: FakeClock
let keychain: FakeKeychain
let told: string[]
beforeEach(async () => {
  dataDir = await newDir()
  clock = new FakeClock()
  keychain = new FakeKeychain()
  told = []
})

const newDir = () => mkdtemp(join(tmpdir(), 'ctl-secrets-'))
const missing = () => Promise.reject<Keytar>(new Error('libsecret-1.so.0: cannot open shared object file'))

interface Circumstances {
  readonly allowFile?: boolean
  readonly giveUpKeychain?: boolean
  readonly env?: NodeJS.ProcessEnv
  readonly load?: () => Promise<Keytar>
}

function open(circumstances: Circumstances = {}): Promise<PlacedSecrets> {
  return openSecrets({
    dataDir,
    clock,
    allowFile: false,
    env: {},
    load: async () => keychain,
    notify: (sentence) => told.push(wordsFor(sentence, 'cli')),
    ...circumstances,
  })
}

test('a keychain stores the secrets across a restart, without a leftover probe or file', async () => {
  const secrets = await open()
  expect(secrets.kind).toBe('keychain')
  await secrets.set('device', 'x')
  expect(await (await open()).get('device')).toBe('x')
  expect(await (await open()).get('other')).toBeNull()
  expect(keychain.entries.size).toBe(1)
  expect(await readdir(dataDir)).toEqual(['secrets-backend.json'])
  expect(await readFile(join(dataDir, 'secrets-backend.json'), 'utf8')).not.toContain('"x"')
  expect(told).toEqual([])
})

test('two data directories are separate in the keychain', async () => {
  await (await open()).set('device', 'first')
  dataDir = await newDir()
  expect(await (await open()).get('device')).toBeNull()
})

test('the absence of a deleted secret is not reported as a problem', async () => {
  const secrets = await open()
  await secrets.set('device', 'x')
  await secrets.delete('device')
  expect(await secrets.get('device')).toBeNull()
  await secrets.delete('device')
  expect(keychain.entries.size).toBe(0)
})

test('a missing keychain that contains secrets is an error, and no empty file replaces it', async () => {
  await (await open()).set('device', 'x')
  await expect(open({ load: missing, allowFile: true })).rejects.toMatchObject({
    code: 'SECRETS_UNAVAILABLE',
    trouble: 'missing',
    message: expect.stringContaining('needs libsecret'),
  })
  expect(await (await open()).get('device')).toBe('x')
})

test('a locked keychain that contains secrets is an error, and nothing is lost', async () => {
  await (await open()).set('device', 'x')
  keychain.mood = 'locked'
  await expect(open({ allowFile: true })).rejects.toMatchObject({
    code: 'SECRETS_UNAVAILABLE',
    trouble: 'locked',
    message: expect.stringContaining('Unlock it and try again'),
  })
  keychain.mood = 'fine'
  expect(await (await open()).get('device')).toBe('x')
})

test('a dismissed unlock dialog is not taken for an unpaired device', async () => {
  const secrets = await open()
  await secrets.set('device', 'x')
  keychain.mood = 'locked'
  await expect(secrets.get('device')).rejects.toMatchObject({ trouble: 'locked' })
  await expect(secrets.delete('device')).rejects.toMatchObject({ code: 'SECRETS_UNAVAILABLE' })
  keychain.mood = 'fine'
  expect(await secrets.get('device')).toBe('x')
})

test('an unresponsive keychain times out', async () => {
  keychain.mood = 'silent'
  const opening = open({ env: { CLOUDTOLOCALLLM_SECRETS: 'keychain' } })
  await expect.poll(() => clock.pendingTimers).toBe(1)
  clock.advance(60_000)
  await expect(opening).rejects.toMatchObject({ trouble: 'silent' })
})

test('without a keychain and with consent, a private file is used and reported once', async () => {
  const secrets = await open({ load: missing, allowFile: true })
  expect(secrets.kind).toBe('file')
  await secrets.set('device', 'x')
  expect((await stat(join(dataDir, 'secrets.json'))).mode & 0o777).toBe(0o600)
  expect(told).toEqual([expect.stringContaining(join(dataDir, 'secrets.json'))])
  const again = await open({ allowFile: true })
  expect(again.kind).toBe('file')
  expect(await again.get('device')).toBe('x')
  await again.delete('device')
  expect(await (await open()).get('device')).toBeNull()
  expect(told).toHaveLength(1)
})

test('without a keychain and without consent, nothing is written to disk, which is reported', async () => {
  const secrets = await open({ load: missing })
  await secrets.set('device', 'x')
  expect([secrets.kind, secrets.trouble, await secrets.get('device')]).toEqual(['memory', 'missing', 'x'])
  expect(await readdir(dataDir)).toEqual([])
  expect(told).toEqual([expect.stringContaining('this run only')])
})

test('a file may replace a keychain without secrets', async () => {
  await open()
  expect((await open({ load: missing, allowFile: true })).kind).toBe('file')
})

test('the environment overrides the storage, without forgetting the keychain’s secrets', async () => {
  await (await open()).set('device', 'x')
  expect((await open({ env: { CLOUDTOLOCALLLM_SECRETS: 'memory' } })).kind).toBe('memory')
  expect((await open({ env: { CLOUDTOLOCALLLM_SECRETS: 'file' } })).kind).toBe('file')
  expect(await (await open()).get('device')).toBe('x')
  await expect(open({ env: { CLOUDTOLOCALLLM_SECRETS: 'vault' } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('CLOUDTOLOCALLLM_SECRETS'),
  })
})

test('a forced keychain that is missing is an error, never a file', async () => {
  const env = { CLOUDTOLOCALLLM_SECRETS: 'keychain' }
  await expect(open({ env, load: missing, allowFile: true })).rejects.toMatchObject({
    code: 'SECRETS_UNAVAILABLE',
  })
})

test('a damaged secrets file is moved aside, and the user learns where', async () => {
  await writeFile(join(dataDir, 'secrets.json'), '{"device": "x"', { mode: 0o600 })
  const secrets = await open({ env: { CLOUDTOLOCALLLM_SECRETS: 'file' } })
  expect(await secrets.get('device')).toBeNull()
  expect(told).toEqual([expect.stringContaining('secrets.json.bad-')])
})

test('an emptied keychain is distinguished from a locked one, and accepts a new sign-in', async () => {
  await (await open()).set('device', 'x')
  keychain.entries.clear()
  const secrets = await open()
  expect([await secrets.get('device'), secrets.trouble]).toEqual([null, 'emptied'])
  await secrets.delete('device')
  expect([await (await open()).get('device'), secrets.trouble]).toEqual([null, 'emptied'])
  await secrets.set('device', 'y')
  expect([await secrets.get('device'), secrets.trouble]).toEqual(['y', null])
})

test('an emptied keychain that is restored in the same run is no longer reported', async () => {
  const secrets = await open()
  await secrets.set('device', 'x')
  const entries = [...keychain.entries]
  keychain.entries.clear()
  await secrets.get('device')
  for (const [account, value] of entries) keychain.entries.set(account, value)
  expect([await secrets.get('device'), secrets.trouble]).toEqual(['x', null])
})

test('a locked keychain without secrets is reported as locked, not missing, and is not an error', async () => {
  keychain.mood = 'locked'
  const secrets = await open()
  expect([secrets.kind, secrets.trouble]).toEqual(['memory', 'locked'])
  expect(told).toEqual([expect.stringContaining('is locked')])
})

test('secrets in memory move to a file once the user agrees, without a new reference', async () => {
  const secrets = await open({ load: missing })
  await secrets.set('device', 'x')
  const moving = secrets.keepIn('file')
  await secrets.set('late', 'z')
  await moving
  expect([secrets.kind, secrets.trouble, await secrets.get('device')]).toEqual(['file', null, 'x'])
  const again = await open({ load: missing })
  expect([again.kind, await again.get('device'), await again.get('late')]).toEqual(['file', 'x', 'z'])
})

test('secrets stay in the file when a keychain appears, until they are moved; then the file is empty', async () => {
  await (await open({ load: missing, allowFile: true })).set('device', 'x')
  const secrets = await open()
  expect(secrets.kind).toBe('file')
  await secrets.keepIn('keychain')
  expect([secrets.kind, await secrets.get('device')]).toEqual(['keychain', 'x'])
  expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).toBe('{}\n')
  expect(await (await open()).get('device')).toBe('x')
})

test('a move that fails loses nothing', async () => {
  keychain.mood = 'locked'
  const secrets = await open()
  await secrets.set('device', 'x')
  await expect(secrets.keepIn('keychain')).rejects.toMatchObject({ trouble: 'locked' })
  expect([secrets.kind, await secrets.get('device')]).toEqual(['memory', 'x'])
  keychain.mood = 'fine'
  await secrets.keepIn('keychain')
  expect(await (await open()).get('device')).toBe('x')
})

test('a keychain that was given up is not awaited, and is used again when it returns', async () => {
  await (await open()).set('device', 'x')
  const without = await open({ load: missing, giveUpKeychain: true })
  expect([without.kind, await without.get('device')]).toEqual(['memory', null])
  expect((await open({ load: missing })).kind).toBe('memory')
  expect(await (await open()).get('device')).toBe('x')
})
