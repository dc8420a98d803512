import { expect, test } from 'vitest'
import { batchLine } from './batch-line.ts'

const lineOf = (body: string, status = 200) => {
  const answer = { status, body: Buffer.from(body) }
  return batchLine('batch_req_1', { customId: 'a"b', requestId: 'r', answer, error: null })
}
const line = async (body: string, status?: number) =>
  Buffer.from((await lineOf(body, status)).bytes).toString()

test('an answer stands in its line byte for byte', async () => {
  const body = '{"choices": [ {"text":"\\n\\u2028ü"} ],"x":1.0}'
  expect(await line(body)).toBe(
    `{"id":"batch_req_1","custom_id":"a\\"b","response":{"status_code":200,"request_id":"r","body":${body}},"error":null}\n`,
  )
})

test('an answer over several lines becomes one line', async () => {
  const value = { error: { message: 'a\nb', n: [1, 2] } }
  const text = await line(JSON.stringify(value, null, 2).replaceAll('\n', '\r\n'), 400)
  expect(text.indexOf('\n')).toBe(text.length - 1)
  expect(JSON.parse(text).response).toEqual({ status_code: 400, request_id: 'r', body: value })
})

test.each(['<html>\nbad gateway</html>', '{"half":', '', '[1]'])(
  'an answer that is no object (%j) becomes text',
  async (body) => {
    expect(JSON.parse(await line(body, 502)).response.body).toBe(body)
  },
)

test('a request without an answer has its reason', async () => {
  const error = { code: 'batch_expired', message: 'Too late.' }
  const result = { customId: 'a', requestId: null, answer: null, error }
  expect(JSON.parse(Buffer.from((await batchLine('i', result)).bytes).toString())).toEqual({
    id: 'i',
    custom_id: 'a',
    response: null,
    error,
  })
})

test.each([
  ['a chat', '{"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}', { input: 3, output: 4 }],
  ['a response', '{"usage":{"input_tokens":3,"output_tokens":4}}', { input: 3, output: 4 }],
  ['an embedding', '{"usage":{"prompt_tokens":3}}', { input: 3, output: 0 }],
  ['a server that does not count', '{"a":1}', { input: 0, output: 0 }],
  ['a server that lies', '{"usage":{"prompt_tokens":-3,"completion_tokens":"x"}}', { input: 0, output: 0 }],
  ['no JSON', 'x', { input: 0, output: 0 }],
])('the tokens of %s', async (_what, body, usage) => {
  expect((await lineOf(body)).usage).toEqual(usage)
})
