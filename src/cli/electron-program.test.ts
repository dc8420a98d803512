import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findElectron, hasDisplay } from './electron-program.ts'

test.each<[string, NodeJS.Platform, Record<string, string>, boolean]>([
  ['X', 'linux', { DISPLAY: ':0' }, true],
  ['Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['X over ssh', 'linux', { DISPLAY: 'localhost:10.0', SSH_CONNECTION: '1' }, true],
  ['a server', 'linux', { DISPLAY: '' }, false],
  ['Windows', 'win32', {}, true],
  ['a Mac over ssh', 'darwin', { SSH_CONNECTION: '1' }, false],
  ['a runner', 'darwin', { CI: 'true' }, false],
])('%s on %s', (_case, platform, env, isThere) => {
  expect(hasDisplay(env, platform)).toBe(isThere)
})

test('a configured folder is used if it contains the program', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ctl-electron-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const env = { ELECTRON_OVERRIDE_DIST_PATH: folder }
  expect(findElectron(env)).toBeUndefined()
  await writeFile(join(folder, 'electron'), '')
  expect(findElectron(env)).toBe(join(folder, 'electron'))
})
