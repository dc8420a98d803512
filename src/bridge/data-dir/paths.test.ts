import { mkdtemp, realpath, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { controlPathFor, dataDirFor, ensureDataDir, prepareControlPath } from './paths.ts'

test('the option takes precedence over the environment, and both become absolute', () => {
  const env = { CLOUDTOLOCALLLM_DATA_DIR: '/from/env' }
  expect(dataDirFor('/from/option', env)).toBe('/from/option')
  expect(dataDirFor(undefined, env)).toBe('/from/env')
  expect(dataDirFor('here', {})).toBe(join(process.cwd(), 'here'))
  expect(dataDirFor(undefined, {})).toMatch(/cloudtolocalllm/)
})

test('a new data directory is closed to other users', async () => {
  const dir = join(await mkdtemp(join(tmpdir(), 'ctl-')), 'a', 'b')
  await ensureDataDir(dir)
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
})

test('a data directory that cannot be created is a configuration error that names the option', async () => {
  await expect(ensureDataDir('/dev/null/x')).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('--data-dir'),
  })
})

test('a path too long for a socket is replaced by a short, private one', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'ctl-'))
  const long = join(parent, 'd'.repeat(120))
  const path = await prepareControlPath(long)
  expect(Buffer.byteLength(path)).toBeLessThan(100)
  expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700)
  expect(path).toBe(controlPathFor(await realpath(long)))
})

test('two directories never share a pipe on Windows', () => {
  expect(controlPathFor('C:\\a', 'win32')).toMatch(/^\\\\\.\\pipe\\cloudtolocalllm-[0-9a-f]{24}$/)
  expect(controlPathFor('C:\\a', 'win32')).not.toBe(controlPathFor('C:\\b', 'win32'))
})
