import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openLate } from '../../data-dir/late-opening.test-support.ts'
import type { JobScope } from '../job-queries.ts'
import type { FileRecord } from './file-record.ts'
import type { FileDescription, FileStore, StoredFile } from './file-store.ts'
import type { FileOwner } from './file-table.ts'
import { FileStage } from './file-store.test-support.ts'
import type { PageQuery } from './list-page.ts'

const FACTS: FileDescription = { filename: 'a.jsonl', purpose: 'batch', expiresAfterS: 3_600 }
const ALL: JobScope = { kind: 'owner', ownerId: 'me' }
const ownerOf = (grantId: string): FileOwner => ({ ownerId: 'me', grantId })
const scopeOf = (grantId: string): JobScope => ({ kind: 'key', ...ownerOf(grantId) })
const PAGE: PageQuery = { after: null, limit: 10, order: 'desc' }

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function add(
  stage: FileStage,
  store: FileStore,
  {
    grant = 'k1',
    text = 'hello',
    ...facts
  }: { grant?: string; text?: string } & Partial<FileDescription> = {},
): Promise<FileRecord> {
  const incoming = store.receive(ownerOf(grant), stage.newId())
  await incoming.fill(pieces(text))
  return incoming.keep({ ...FACTS, ...facts })
}

const textOf = async ({ content }: StoredFile): Promise<string> => (await buffer(content())).toString()

test('a file is stored for its user only, and found again after a restart', async () => {
  const stage = await FileStage.open()
  const { id } = await add(stage, await stage.store(), { filename: 'a\u202Eb\n.jsonl' })
  const path = join(stage.options.directory, id)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(stage.options.directory)).mode & 0o777).toBe(0o700)
  const store = await stage.store()
  expect(store.get(scopeOf('k1'), id)).toMatchObject({
    bytes: 5,
    purpose: 'batch',
    filename: 'a\uFFFDb .jsonl',
  })
  expect(await textOf(await store.open(scopeOf('k1'), id))).toBe('hello')
})

test('another key finds nothing, and the owner finds the files of all keys', async () => {
  const stage = await FileStage.open()
  const store = await stage.store()
  const { id } = await add(stage, store)
  const refused = expect.objectContaining({ status: 404, message: `No such File object: ${id}` })
  expect(() => store.get(scopeOf('k2'), id)).toThrow(refused)
  await expect(store.open(scopeOf('k2'), id)).rejects.toThrow(refused)
  await expect(store.delete(scopeOf('k2'), id)).rejects.toThrow(refused)
  expect(store.list(scopeOf('k2'), null, PAGE)).toEqual([])
  expect(() => store.list(scopeOf('k2'), null, { ...PAGE, after: id })).toThrow(refused)
  expect(store.list(ALL, null, PAGE)).toHaveLength(1)
  expect(store.list({ kind: 'owner', ownerId: 'another' }, null, PAGE)).toEqual([])
  await store.delete(ALL, id)
  expect(await readdir(stage.options.directory)).toEqual([])
})

test('pages follow each other in both orders, also behind a purpose', async () => {
  const stage = await FileStage.open()
  const store = await stage.store()
  const ids: string[] = []
  for (let at = 0; at < 5; at++)
    ids.push((await add(stage, store, { purpose: at === 2 ? 'user_data' : 'batch' })).id)
  const page = (order: 'asc' | 'desc', after: string | null, purpose: string | null = null) =>
    store.list(scopeOf('k1'), purpose, { order, after, limit: 2 }).map(({ id }) => id)
  expect(page('asc', null)).toEqual(ids.slice(0, 3))
  expect(page('asc', ids[1]!)).toEqual(ids.slice(2, 5))
  expect(page('desc', null)).toEqual([ids[4], ids[3], ids[2]])
  expect(page('desc', ids[3]!, 'batch')).toEqual([ids[1], ids[0]])
})

test('an upload that was interrupted leaves nothing, not even after a crash', async () => {
  const stage = await FileStage.open()
  const store = await stage.store()
  const incoming = store.receive(ownerOf('k1'), stage.newId())
  await incoming.fill(pieces('half'))
  expect(await readdir(stage.options.directory)).toHaveLength(1)
  await incoming.drop()
  expect(await readdir(stage.options.directory)).toEqual([])
  const { id } = await add(stage, store)
  await writeFile(join(stage.options.directory, 'file-stray.part'), 'x')
  await writeFile(join(stage.options.directory, 'file-stray'), 'x')
  await stage.store()
  expect(await readdir(stage.options.directory)).toEqual([id])
})

test('an upload that fails while its file is being opened leaves nothing', async () => {
  const stage = await FileStage.open()
  const incoming = (await stage.store()).receive(ownerOf('k1'), stage.newId())
  const opened = openLate()
  const broken = Readable.from(pieces('half')).map(() => {
    throw new Error('gone')
  })
  await expect(incoming.fill(broken)).rejects.toThrow('gone')
  await incoming.drop()
  await opened
  expect(await readdir(stage.options.directory)).toEqual([])
})

test('a key may store so many bytes and files, counting its uploads, and upload four at once', async () => {
  const stage = await FileStage.open()
  const store = await stage.store()
  const full = expect.objectContaining({ code: 'JOB_STORAGE_FULL' })
  const first = store.receive(ownerOf('k1'), stage.newId())
  await first.fill(pieces('x'.repeat(6_000)))
  await expect(store.receive(ownerOf('k1'), stage.newId()).fill(pieces('x'.repeat(6_000)))).rejects.toThrow(
    full,
  )
  await expect(add(stage, store, { grant: 'k2', text: 'x'.repeat(6_000) })).resolves.toBeDefined()
  for (let at = 0; at < 2; at++) store.receive(ownerOf('k1'), stage.newId())
  expect(() => store.receive(ownerOf('k1'), stage.newId())).toThrow(
    expect.objectContaining({ code: 'TOO_MANY_STREAMS' }),
  )
  stage.limits = { maxFiles: 1, maxBytes: 10_000 }
  expect(() => store.receive(ownerOf('k2'), stage.newId())).toThrow(full)
  // The output of a batch is never lost to a limit.
  const own = store.produce(ownerOf('k2'), stage.newId())
  await own.fill(pieces('x'.repeat(20_000)))
  expect(await own.keep({ ...FACTS, purpose: 'batch_output' })).toMatchObject({ bytes: 20_000 })
})

test('a file is gone when its time is up', async () => {
  const stage = await FileStage.open()
  const store = await stage.store()
  const { id } = await add(stage, store)
  const { id: forever } = await add(stage, store, { expiresAfterS: null })
  stage.clock.advance(3_600_000)
  expect(() => store.get(scopeOf('k1'), id)).toThrow('No such File object')
  expect(store.list(scopeOf('k1'), null, PAGE).map((file) => file.id)).toEqual([forever])
  await store.deleteExpired()
  expect(await readdir(stage.options.directory)).toEqual([forever])
})
