import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'

import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { BadFile } from '../data-dir/store-file.ts'
import { policyPathFor } from './policy.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import type { SettingsPatch } from './schema.ts'
import { SettingsStore } from './settings-store.ts'

let dataDir: string
let bad: BadFile[]
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-settings-'))
  bad = []
})

function load(env: NodeJS.ProcessEnv = {}): Promise<SettingsStore> {
  const policyPath = join(dataDir, 'policy.json')
  return SettingsStore.load({
    dataDir,
    clock: new FakeClock(),
    env,
    policyPath,
    onBad: (file) => bad.push(file),
  })
}

const write = (name: string, value: unknown) =>
  writeFile(join(dataDir, name), JSON.stringify(value), { mode: 0o600 })
const stored = async () => JSON.parse(await readFile(join(dataDir, 'settings.json'), 'utf8')) as unknown

test('without a file, every setting has its default', async () => {
  expect((await load()).value).toEqual({
    relayUrl: null,
    deviceName: hostname(),
    upstream: null,
    ownerScopes: ['inference', 'read'],
    maxConcurrent: 256,
    keptAnswerMib: 8,
    keptTotalMib: 64,
    keptMinutes: 10,
    keepUsage: true,
    startMinimized: false,
    trayStyle: 'auto',
    theme: 'system',
    language: 'system',
    notifyNewClient: true,
    notifyRelayDown: true,
    notifyUpdate: true,
    dismissedProblems: [],
    updateMode: 'auto',
    updateChannel: 'latest',
    allowPrivilegedUpdates: false,
    allowSecretsFile: false,
    windowBounds: null,
    jobsConcurrency: 1,
    jobsIdleBelow: 1,
    jobsMaxRetries: 3,
    jobsBaseRetryDelaySeconds: 60,
    jobsKeepDays: 30,
    jobsMaxWaitingPerKey: 1_000,
    jobsMaxMib: 1_024,
    jobsPaused: false,
    jobsOnlyAtNight: false,
    jobsNightFrom: 22,
    jobsNightTo: 7,
    jobsOnBattery: false,
  } satisfies Settings)
})

test('a patch persists, without storing defaults that it did not name', async () => {
  await (await load()).patch({ relayUrl: 'https://relay.example' })
  expect((await load()).value.relayUrl).toBe('https://relay.example')
  expect(await stored()).toEqual({ version: 1, relayUrl: 'https://relay.example' })
})

test('one invalid field affects only itself, and stays in the file', async () => {
  await write('settings.json', { version: 1, upstream: 'ftp://x', maxConcurrent: 3 })
  const store = await load()
  expect(store.value).toMatchObject({ upstream: null, maxConcurrent: 3 })
  await store.patch({ deviceName: 'den' })
  expect(await stored()).toMatchObject({ upstream: 'ftp://x', deviceName: 'den' })
  expect(bad).toEqual([])
})

test('fields of a newer version survive an older one', async () => {
  await write('settings.json', { version: 2, colour: 'red' })
  await (await load()).patch({ maxConcurrent: 1 })
  expect(await stored()).toEqual({ version: 2, colour: 'red', maxConcurrent: 1 })
})

test('a file that is not JSON is moved aside', async () => {
  await writeFile(join(dataDir, 'settings.json'), '{', { mode: 0o600 })
  expect((await load()).value.relayUrl).toBeNull()
  expect(bad).toHaveLength(1)
})

test('the policy file overrides the environment, which overrides the user', async () => {
  await write('settings.json', { deviceName: 'user', maxConcurrent: 1, upstream: 'http://127.0.0.1:1' })
  await write('policy.json', { deviceName: 'policy', somethingNewer: true })
  const store = await load({
    CLOUDTOLOCALLLM_NAME: 'env',
    CLOUDTOLOCALLLM_MAX_CONCURRENT: '2',
    CLOUDTOLOCALLLM_OWNER_SCOPES: 'read, manage',
    CLOUDTOLOCALLLM_RELAY: '',
  })
  expect(store.value).toMatchObject({
    relayUrl: null,
    deviceName: 'policy',
    maxConcurrent: 2,
    upstream: 'http://127.0.0.1:1',
    ownerScopes: ['read', 'manage'],
  } satisfies Partial<Settings>)
  expect([...store.locked].sort()).toEqual(['deviceName', 'maxConcurrent', 'ownerScopes'])
})

test('a managed setting cannot be changed, nor anything else in the same patch', async () => {
  const store = await load({ CLOUDTOLOCALLLM_NAME: 'env' })
  await expect(store.patch({ deviceName: 'mine', maxConcurrent: 5 })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('deviceName: managed'),
  })
  expect(store.value).toMatchObject({ deviceName: 'env', maxConcurrent: 256 })
})

test.each([
  [{ maxConcurrent: 0 }, 'maxConcurrent'],
  [{ relayUrl: 'nonsense' }, 'relayUrl'],
  [{ unknown: 1 }, 'unknown'],
])('a patch of %j is refused by name', async (patch, name) => {
  const store = await load()
  await expect(store.patch(patch as SettingsPatch)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(name),
  })
})

test('an invalid enforced setting is an error instead of being ignored', async () => {
  await expect(load({ CLOUDTOLOCALLLM_MAX_CONCURRENT: 'many' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('CLOUDTOLOCALLLM_MAX_CONCURRENT'),
  })
  await writeFile(join(dataDir, 'policy.json'), '{')
  await expect(load()).rejects.toMatchObject({ message: expect.stringContaining('policy.json') })
})

test('listeners get new settings until they unsubscribe', async () => {
  const store = await load()
  const seen: number[] = []
  const leave = store.onChange((settings) => seen.push(settings.maxConcurrent))
  await store.patch({ maxConcurrent: 7 })
  leave()
  await store.patch({ maxConcurrent: 8 })
  expect(seen).toEqual([7])
})

test('the policy file is in a place that only an administrator can write to', () => {
  expect(policyPathFor('linux', {})).toBe('/etc/cloudtolocalllm/policy.json')
  expect(policyPathFor('darwin', {})).toBe('/Library/Application Support/CloudToLocalLLM/policy.json')
  expect(policyPathFor('win32', { ProgramData: 'D:\\PD' })).toBe('D:\\PD\\CloudToLocalLLM\\policy.json')
})

test('the environment may name the upstream without a scheme, like OLLAMA_HOST', async () => {
  const { value } = await load({ CLOUDTOLOCALLLM_UPSTREAM: 'localhost:11500' })
  expect(value.upstream).toBe('http://127.0.0.1:11500')
})

test.each([
  'http://me@host:1',
  'http://host:1/?x=1',
  'http://host:1/#x',
  'http://host:1/a//b',
  'http://host:1/a b',
])('an unusable upstream (%s) is neither stored nor used', async (upstream) => {
  await write('settings.json', { version: 1, upstream })
  const store = await load()
  expect(store.value.upstream).toBeNull()
  await expect(store.patch({ upstream })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
