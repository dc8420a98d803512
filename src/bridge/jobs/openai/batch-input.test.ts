import { expect, test } from 'vitest'
import {
  MAX_BATCH_INPUTS,
  MAX_INPUT_ERRORS,
  MAX_LINE_BYTES,
  batchRequestsIn,
  InvalidBatchInput,
  type BatchEndpoint,
  type BatchInputError,
} from './batch-input.ts'

const CHAT = '/v1/chat/completions'
const EMBEDDINGS = '/v1/embeddings'
const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] }
const line = (custom_id: unknown, more: object = {}): string =>
  JSON.stringify({ custom_id, method: 'POST', url: CHAT, body, ...more })

async function read(
  chunks: Iterable<string | Uint8Array>,
  endpoint: BatchEndpoint = CHAT,
): Promise<{ errors: readonly BatchInputError[]; ids: string[]; bodies: string[] }> {
  const ids: string[] = []
  const bodies: string[] = []
  const models = new Set<string>()
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk)
  }
  let errors: readonly BatchInputError[] = []
  try {
    for await (const request of batchRequestsIn(source(), endpoint)) {
      ids.push(request.customId)
      bodies.push(Buffer.from(request.body).toString())
      models.add(request.model)
    }
  } catch (cause) {
    if (!(cause instanceof InvalidBatchInput)) throw cause
    errors = cause.errors
  }
  expect([...models]).toEqual(ids.length === 0 ? [] : ['m'])
  return { errors, ids, bodies }
}

test('requests come in order, with their bodies byte for byte', async () => {
  const spaced = `{"custom_id":"b", "method":"POST","url":"${CHAT}","body": {"model" : "m","x":1.0, "stream":false} }`
  const { errors, ids, bodies } = await read([`\u{FEFF}${line('a')}\r\n\r\n`, `${spaced}\n`])
  expect(errors).toEqual([])
  expect(ids).toEqual(['a', 'b'])
  expect(bodies).toEqual([JSON.stringify(body), '{"model" : "m","x":1.0, "stream":false}'])
})

test.each([
  ['not JSON', '{"custom_id":', 'invalid_json_line', null],
  ['no object', '[1]', 'invalid_json_line', null],
  ['two objects', `${line('a')}{}`, 'invalid_json_line', null],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'invalid_json_line', null],
  ['nested too deeply', `{"a":${'['.repeat(300)}${']'.repeat(300)}}`, 'invalid_json_line', null],
  ['a key twice', `{"custom_id":"x",${line('a').slice(1)}`, 'invalid_json_line', 'custom_id'],
  ['no custom_id', line(undefined), 'missing_required_parameter', 'custom_id'],
  ['a number as custom_id', line(7), 'invalid_type', 'custom_id'],
  ['an empty custom_id', line(''), 'invalid_value', 'custom_id'],
  ['a long custom_id', line('x'.repeat(513)), 'invalid_value', 'custom_id'],
  ['an endless custom_id', line('x'.repeat(100_000)), 'invalid_type', 'custom_id'],
  ['no method', line('a', { method: undefined }), 'missing_required_parameter', 'method'],
  ['another method', line('a', { method: 'GET' }), 'invalid_method', 'method'],
  ['another url', line('a', { url: '/v1/embeddings' }), 'invalid_url', 'url'],
  ['no body', line('a', { body: undefined }), 'missing_required_parameter', 'body'],
  ['text as body', line('a', { body: 'hi' }), 'invalid_json_line', 'body'],
  ['no model', line('a', { body: {} }), 'missing_required_parameter', 'body.model'],
  ['a stream', line('a', { body: { ...body, stream: true } }), 'invalid_value', 'body.stream'],
  ['two models', line('a').replace('"model"', '"Model":"x","model"'), 'invalid_json_line', 'body'],
])('a line with %s is an error that names its number', async (_what, bad, code, param) => {
  const { errors, ids } = await read([`${line('first')}\n\n`, bad, `\n${line('last')}\n`])
  expect(errors).toEqual([{ code, line: 3, message: expect.stringMatching(/\.$/), param }])
  expect(ids).toEqual(['first'])
})

test.each(['a', 'a'.repeat(100)])('the id %s may occur once', async (id) => {
  const { errors } = await read([`${line(id)}\n${line('b')}\n${line(id)}\n`])
  expect(errors).toEqual([
    expect.objectContaining({ code: 'duplicate_custom_id', line: 3, param: 'custom_id' }),
  ])
})

test.each(['', '\n\r\n  \n'])('an input without requests (%j) is an error', async (text) => {
  expect((await read([text])).errors).toEqual([expect.objectContaining({ code: 'empty_file', line: null })])
})

test('reading stops after a hundred errors', async () => {
  let asked = 0
  function* bad() {
    for (;;) {
      asked++
      yield 'x\n'
    }
  }
  expect((await read(bad())).errors).toHaveLength(MAX_INPUT_ERRORS)
  expect(asked).toBeLessThan(2 * MAX_INPUT_ERRORS)
})

test('a batch has at most 50,000 requests', async () => {
  function* requests(count: number) {
    for (let at = 0; at < count; at++) yield `${line(`id-${at}`)}\n`
  }
  const { errors, ids } = await read(requests(MAX_BATCH_INPUTS + 1))
  expect(ids).toHaveLength(MAX_BATCH_INPUTS)
  expect(errors).toEqual([expect.objectContaining({ code: 'too_many_tasks', line: MAX_BATCH_INPUTS + 1 })])
})

test('an embeddings batch has at most 50,000 inputs in all its requests', async () => {
  const embedding = (id: string, input: unknown) =>
    `${line(id, { url: EMBEDDINGS, body: { model: 'm', input } })}\n`
  const texts = Array.from({ length: 24_998 }, () => 'a, "b" [c]')
  const many = [
    embedding('a', texts),
    embedding('b', texts),
    embedding('c', 'one'),
    embedding('d', [1, 2, 3]),
    embedding('e', [[1, 2], [3]]),
  ]
  expect(await read(many, EMBEDDINGS)).toMatchObject({ errors: [], ids: ['a', 'b', 'c', 'd', 'e'] })
  const { errors } = await read([...many, embedding('f', 'x')], EMBEDDINGS)
  expect(errors).toEqual([expect.objectContaining({ code: 'too_many_tasks', line: 6 })])
})

test('a line that is too long is not held in memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  function* endless() {
    for (let at = 0; at <= MAX_LINE_BYTES / chunk.length; at++) yield chunk
    yield `\n${line('a')}\n`
  }
  expect((await read(endless())).errors).toEqual([
    expect.objectContaining({ code: 'line_too_long', line: 1 }),
  ])
})
