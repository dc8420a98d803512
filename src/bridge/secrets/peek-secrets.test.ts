import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'

import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Keytar } from './keychain-entries.ts'
import { openSecrets } from './open-secrets.ts'
import { peekSecrets } from './peek-secrets.ts'

let dataDir: string
let entries: Map<string, string>
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-peek-'))
  entries = new Map()
})

const clock = new FakeClock()
const missing = () => Promise.reject<Keytar>(new Error('no libsecret'))
const keychain = async (): Promise<Keytar> => ({
  getPassword: async (service, account) => entries.get(service + account) ?? null,
  setPassword: async (service, account, password) => void entries.set(service + account, password),
  deletePassword: async (service, account) => entries.delete(service + account),
})

const open = (load: () => Promise<Keytar>) =>
  openSecrets({ dataDir, clock, env: {}, allowFile: true, notify: () => {}, load })
const peek = (load: () => Promise<Keytar>, env: NodeJS.ProcessEnv = {}) =>
  peekSecrets({ dataDir, clock, env, load })

test.each([
  ['keychain', keychain],
  ['file', missing],
] as const)('secrets in the %s are readable, and no file changes', async (kind, load) => {
  await (await open(load)).set('device', 'x')
  const before = await contents()
  const seen = await peek(load)
  expect([seen.kind, await seen.get('device')]).toEqual([kind, 'x'])
  expect(await contents()).toEqual(before)
})

test('a missing directory is not created', async () => {
  const parent = dataDir
  dataDir = join(parent, 'new')
  expect((await peek(missing)).kind).toBe('file')
  expect((await peek(keychain)).kind).toBe('keychain')
  expect(await readdir(parent)).toEqual([])
})

test('a missing keychain that contains secrets is reported, not taken for an empty file', async () => {
  await (await open(keychain)).set('device', 'x')
  await expect(peek(missing)).rejects.toMatchObject({ code: 'SECRETS_UNAVAILABLE' })
})

test('a damaged file stays where it is', async () => {
  await mkdir(dataDir, { recursive: true })
  await writeFile(join(dataDir, 'secrets.json'), '{"device": "x"')
  await expect(peek(missing, { CLOUDTOLOCALLLM_SECRETS: 'file' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.not.stringContaining('"x"'),
  })
  expect(await readdir(dataDir)).toEqual(['secrets.json'])
})

async function contents(): Promise<string[]> {
  const names = await readdir(dataDir)
  return Promise.all(names.map(async (name) => `${name} ${await readFile(join(dataDir, name), 'utf8')}`))
}
