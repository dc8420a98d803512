import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { SettingsStore } from '../../bridge/settings/settings-store.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { exportSettings, importSettings } from './settings-file.ts'

let dir: string
let file: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-export-'))
  file = join(dir, 'export.json')
})

async function load(name: string, env: NodeJS.ProcessEnv = {}): Promise<SettingsStore> {
  const dataDir = await mkdtemp(join(dir, name))
  const policyPath = join(dataDir, 'policy.json')
  return SettingsStore.load({ dataDir, clock: new FakeClock(), env, policyPath, onBad: () => {} })
}

test('settings move to another machine, except those specific to the machine', async () => {
  const [from, to] = [await load('a'), await load('b')]
  await from.patch({
    theme: 'dark',
    maxConcurrent: 7,
    deviceName: 'den',
    windowBounds: { x: 1, y: 2, width: 400, height: 500 },
  })
  await exportSettings(from, file)
  await importSettings(to, file)
  expect(to.value).toMatchObject({ theme: 'dark', maxConcurrent: 7, windowBounds: null })
  expect(to.value.deviceName).not.toBe('den')
  expect(await readFile(file, 'utf8')).not.toMatch(/credential|token|ctl_/)
})

test('managed settings do not change', async () => {
  const [from, to] = [await load('a'), await load('b', { CLOUDTOLOCALLLM_MAX_CONCURRENT: '3' })]
  await from.patch({ theme: 'dark', maxConcurrent: 7 })
  await exportSettings(from, file)
  await importSettings(to, file)
  expect(to.value).toMatchObject({ theme: 'dark', maxConcurrent: 3 })
})

test.each([
  '',
  '{',
  '[]',
  '{"theme":"dark"}',
  '{"format":"cloudtolocalllm-settings","settings":{"theme":"pink"}}',
])('a file with %j is refused and named, and nothing changes', async (text) => {
  const to = await load('b')
  await writeFile(file, text)
  await expect(importSettings(to, file)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('export.json'),
  })
  expect(to.value.theme).toBe('system')
})
