import { chmod, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { BadFile } from '../data-dir/store-file.ts'
import { openDatabase } from './database.ts'

const FIRST = 'CREATE TABLE numbers (n INTEGER NOT NULL) STRICT'
const SECOND = 'ALTER TABLE numbers ADD COLUMN note TEXT'

let dir: string
let path: string
let bad: BadFile[]
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-database-'))
  path = join(dir, 'numbers.db')
  bad = []
})

async function open(migrations = [FIRST]) {
  const options = { path, migrations, clock: new FakeClock(), onBad: (file: BadFile) => void bad.push(file) }
  const database = await openDatabase(options)
  if (database === null) throw new Error('this runtime has no SQLite')
  return database
}

async function fill(count: number): Promise<void> {
  const database = await open()
  for (let n = 0; n < count; n++) database.prepare('INSERT INTO numbers VALUES (?)').run(n)
  database.close()
}

test('keeps its rows across a restart, for this user only', async () => {
  const database = await open()
  database.prepare('INSERT INTO numbers VALUES (?)').run(7)
  for (const name of await readdir(dir)) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600)
  database.close()
  expect((await open()).prepare('SELECT n FROM numbers').all()).toEqual([{ n: 7 }])
})

test('updates the schema and keeps the rows', async () => {
  await fill(1)
  const database = await open([FIRST, SECOND])
  expect(database.prepare('SELECT * FROM numbers').all()).toEqual([{ n: 0, note: null }])
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 })
})

test('a failed migration changes nothing', async () => {
  await fill(1)
  await expect(open([FIRST, 'CREATE TABLE more (n) ; nonsense'])).rejects.toThrow('numbers.db cannot be used')
  const database = await open()
  expect(database.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'numbers' }])
  expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 })
})

test('refuses a file of a newer version and leaves it unchanged', async () => {
  ;(await open([FIRST, SECOND])).close()
  await expect(open()).rejects.toThrow('was written by a newer version')
  expect(await readdir(dir)).toEqual(['numbers.db'])
})

test.each([
  ['is not a database', async () => writeFile(path, 'x'.repeat(10_000), { mode: 0o600 })],
  ['has damaged pages', async () => damagePages()],
])('moves aside a file that %s', async (_name, damage) => {
  await damage()
  const before = await readFile(path)
  const database = await open()
  expect(database.prepare('SELECT * FROM numbers').all()).toEqual([])
  database.close()
  expect(bad).toHaveLength(1)
  expect(await readFile(bad[0]?.movedTo ?? '')).toEqual(before)
})

async function damagePages(): Promise<void> {
  await fill(2_000)
  const bytes = await readFile(path)
  bytes.fill(0xff, 5_000, 14_000)
  await writeFile(path, bytes)
}

test('refuses a file that others could have written', async () => {
  await fill(1)
  await chmod(path, 0o666)
  await expect(open()).rejects.toThrow(path)
})

test('a file that cannot shrink yet is rewritten once, and keeps its rows', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const old = new DatabaseSync(path)
  old.exec(`PRAGMA journal_mode = WAL; ${FIRST}; PRAGMA user_version = 1`)
  old.prepare('INSERT INTO numbers VALUES (?)').run(7)
  old.close()
  await chmod(path, 0o600)
  const database = await open()
  expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
  expect(database.prepare('SELECT n FROM numbers').all()).toEqual([{ n: 7 }])
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
  expect(bad).toEqual([])
})

test('a large file is not rewritten, since that would block too long', async () => {
  const { DatabaseSync } = await import('node:sqlite')
  const old = new DatabaseSync(path)
  old.exec(`${FIRST}; CREATE TABLE large (b BLOB); PRAGMA user_version = 1`)
  old.prepare('INSERT INTO large VALUES (zeroblob(?))').run(65 * 1024 * 1024)
  old.close()
  await chmod(path, 0o600)
  const database = await open()
  expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 0 })
  database.exec('DELETE FROM large')
  database.close()
  expect((await open()).prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
  expect((await stat(path)).size).toBeLessThan(100_000)
})
