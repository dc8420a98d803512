import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import type { FileRecord } from './file-record.ts'
import { FileStage } from './file-store.test-support.ts'
import { receiveUpload } from './upload.ts'

const TYPE = 'multipart/form-data; boundary=b'
const OWNER = { ownerId: 'me', grantId: 'k1' }
const KEEP_S = 2_592_000

function part(disposition: string, content: string, more = ''): string {
  return `--b\r\nContent-Disposition: form-data; ${disposition}\r\n${more}\r\n${content}\r\n`
}

const purpose = (text = 'batch') => part('name="purpose"', text)
const file = (content = 'hello', name = 'input.jsonl') =>
  part(`name="file"; filename="${name}"`, content, 'Content-Type: application/octet-stream\r\n')
const form = (...parts: string[]): string => `${parts.join('')}--b--\r\n`

async function* piecesOf(source: Iterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of source) yield Buffer.from(piece)
}

interface Sent {
  readonly record: FileRecord
  readonly content: string
}

async function send(
  stage: FileStage,
  source: Iterable<string | Uint8Array>,
  type: string | undefined = TYPE,
): Promise<Sent> {
  const store = await stage.store()
  const body = { lengthBytes: null, stream: () => piecesOf(source) }
  const record = await receiveUpload(type, body, store.receive(OWNER, stage.newId()), KEEP_S)
  const { content } = await store.open({ kind: 'key', ...OWNER }, record.id)
  return { record, content: Buffer.concat(await content().toArray()).toString() }
}

test.each([
  ['the file first, as the JavaScript package sends them', form(file(), purpose())],
  ['the file last, as the Python package sends them', form(purpose(), file())],
])('a form with %s is stored', async (_what, text) => {
  const stage = await FileStage.open()
  const { record, content } = await send(stage, [text])
  expect(record).toMatchObject({ filename: 'input.jsonl', purpose: 'batch', bytes: 5 })
  expect(record.expiresAt).toBe(record.createdAt + KEEP_S)
  expect(content).toBe('hello')
})

test('a form may arrive in any pieces', async () => {
  const stage = await FileStage.open()
  const content = 'a\r\n--\r\n-c--b'.repeat(50)
  const { content: stored } = await send(stage, form(file(content), purpose()))
  expect(stored).toBe(content)
})

test('a client may choose the lifetime', async () => {
  const stage = await FileStage.open()
  const expiry = (seconds: string, anchor = 'created_at') => [
    part('name="expires_after[anchor]"', anchor),
    part('name="expires_after[seconds]"', seconds),
  ]
  const { record } = await send(stage, [form(file(), purpose(), ...expiry('3600'))])
  expect(record.expiresAt).toBe(record.createdAt + 3_600)
  for (const parts of [expiry('3599'), expiry('soon'), expiry('3600', 'now')])
    await expect(send(stage, [form(file(), purpose(), ...parts)])).rejects.toThrow(
      expect.objectContaining({ status: 400, code: 'invalid_value' }),
    )
})

test.each([
  ['no purpose', form(file()), 400, 'purpose'],
  ['an unknown purpose', form(file(), purpose('x')), 400, 'purpose'],
  ['no file', form(purpose()), 400, 'file'],
  ['an empty file', form(file(''), purpose()), 400, 'file'],
  ['two files', form(file(), file(), purpose()), 400, null],
  ['too many fields', form(...Array.from({ length: 30 }, () => purpose())), 400, null],
])('a form with %s is refused, and leaves nothing on the disk', async (_what, text, status, param) => {
  const stage = await FileStage.open()
  await expect(send(stage, [text])).rejects.toThrow(expect.objectContaining({ status, param }))
  expect(await readdir(stage.options.directory)).toEqual([])
})

test.each([
  ['of another type', form(file()), 'application/json'],
  ['without a boundary', form(file()), 'multipart/form-data'],
  ['that ends early', form(file(), purpose()).slice(0, -20), TYPE],
  ['without a type', form(file()), ''],
])('a body %s is refused, and leaves nothing on the disk', async (_what, text, type) => {
  const stage = await FileStage.open()
  await expect(send(stage, [text], type)).rejects.toThrow(
    expect.objectContaining({ code: 'MEDIA_NOT_SUPPORTED' }),
  )
  expect(await readdir(stage.options.directory)).toEqual([])
})

test('an upload stops at the limit of its key', async () => {
  const stage = await FileStage.open()
  let sent = 0
  function* endless() {
    yield purpose()
    yield file().replace(/hello\r\n$/, '')
    for (;;) {
      sent++
      yield Buffer.alloc(1_000, 'x')
    }
  }
  await expect(send(stage, endless())).rejects.toThrow(expect.objectContaining({ code: 'JOB_STORAGE_FULL' }))
  expect(sent).toBeLessThan(1_000)
  expect(await readdir(stage.options.directory)).toEqual([])
})

test('a client that goes away leaves nothing on the disk', async () => {
  const stage = await FileStage.open()
  function* broken() {
    yield form(file(), purpose()).slice(0, 120)
    throw new AppError('BAD_REQUEST', 'gone')
  }
  await expect(send(stage, broken())).rejects.toThrow('gone')
  expect(await readdir(stage.options.directory)).toEqual([])
})
