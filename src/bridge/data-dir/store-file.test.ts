import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { type BadFile, StoreFile } from './store-file.ts'

let dir: string
let path: string
let bad: BadFile[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-store-'))
  path = join(dir, 'numbers.json')
  bad = []
})

function open(): Promise<StoreFile<{ n: number }>> {
  return StoreFile.open({
    path,
    schema: z.object({ n: z.number() }),
    empty: { n: 0 },
    clock: new FakeClock(),
    onBad: (file) => bad.push(file),
  })
}

test('values persist across a restart, for this user only', async () => {
  await (await open()).update(() => ({ n: 7 }))
  expect((await open()).value).toEqual({ n: 7 })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(dir)).toEqual(['numbers.json'])
})

test('concurrent updates lose nothing', async () => {
  const file = await open()
  await Promise.all(Array.from({ length: 20 }, () => file.update(({ n }) => ({ n: n + 1 }))))
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ n: 20 })
})

test.each(['{"n": 1', '{"n": "SECRET"}', ''])(
  'a damaged file is moved aside and reported: %j',
  async (text) => {
    await writeFile(path, text, { mode: 0o600 })
    const file = await open()
    expect(file.value).toEqual({ n: 0 })
    expect(bad).toHaveLength(1)
    expect(await readFile(bad[0]!.movedTo, 'utf8')).toBe(text)
    expect(bad[0]!.movedTo).toMatch(/numbers\.json\.bad-2023-/)
    expect(bad[0]!.reason).not.toContain('SECRET')
  },
)

test('a change that throws leaves the value and later updates intact', async () => {
  const file = await open()
  const refused = file.update(() => {
    throw new Error('no')
  })
  await file.update(({ n }) => ({ n: n + 1 }))
  await expect(refused).rejects.toThrow('no')
  expect(file.value).toEqual({ n: 1 })
})

test('a value that could not be written is not used', async () => {
  const file = await open()
  path = join(dir, 'gone', 'numbers.json')
  const lost = await open()
  await expect(lost.update(() => ({ n: 1 }))).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  expect(lost.value).toEqual({ n: 0 })
  expect(file.value).toEqual({ n: 0 })
})

test('an unreadable file is an error, not treated as empty', async () => {
  await chmod(dir, 0o700)
  path = dir
  await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test('a reader that does not own the directory leaves a damaged file alone and gets an error', async () => {
  await writeFile(path, '{"n": "x"}')
  const options = { path, schema: z.object({ n: z.number() }), empty: { n: 0 }, clock: new FakeClock() }
  await expect(StoreFile.open({ ...options, onBad: null })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  expect(await readdir(dir)).toEqual(['numbers.json'])
})
