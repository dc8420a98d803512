import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { RolledFile } from './rolled-file.ts'

let dir: string
let file: RolledFile
beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'ctl-log-')), 'logs')
  file = open()
})
afterEach(async () => {
  file.close()
  await rm(join(dir, '..'), { recursive: true })
})

const open = () => new RolledFile({ dir, name: 'app', maxBytes: 10, keep: 3 })
const contents = async () =>
  Object.fromEntries(
    await Promise.all(
      (await readdir(dir)).map(async (name) => [name, await readFile(join(dir, name), 'utf8')]),
    ),
  )

test('a file that would grow too large is rotated, and the oldest one is deleted', async () => {
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n', 'five\n', 'six\n', 'seven\n']) file.write(line)
  expect(await contents()).toEqual({
    'app.log': 'six\nseven\n',
    'app.1.log': 'four\nfive\n',
    'app.2.log': 'three\n',
  })
})

test('the next run appends to the previous run’s file and counts its size', async () => {
  file.write('one\ntwo\n')
  file.close()
  file = open()
  file.write('3\n')
  file.write('4\n')
  expect(await contents()).toEqual({ 'app.log': '4\n', 'app.1.log': 'one\ntwo\n3\n' })
})

test('a line larger than a file is written completely, once', async () => {
  file.write('a very long line\n')
  file.write('x\n')
  expect(await contents()).toEqual({ 'app.log': 'x\n', 'app.1.log': 'a very long line\n' })
})

test.runIf(process.platform !== 'win32')('other users cannot read it (POSIX modes)', async () => {
  file.write('x\n')
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  expect((await stat(join(dir, 'app.log'))).mode & 0o777).toBe(0o600)
})

test('an unwritable file does not stop the app, and is used again once it is writable', async () => {
  await writeFile(dir, 'not a folder')
  file.write('lost\n')
  await rm(dir)
  file.write('kept\n')
  expect(await contents()).toEqual({ 'app.log': 'kept\n' })
})
