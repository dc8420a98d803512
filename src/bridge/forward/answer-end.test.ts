import { describe, expect, it } from 'vitest'
import { AnswerEnd } from './answer-end.ts'

const NDJSON = 'application/x-ndjson'
const SSE = 'text/event-stream; charset=utf-8'
const LONG = 'x'.repeat(100_000)

/** Feeds the text as one chunk, byte by byte and in odd-sized chunks: the result must be the same. */
function isOver(type: string, text: string): boolean {
  const [first, ...others] = [Infinity, 1, 1021].map((size) => {
    const end = AnswerEnd.of(type)!
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += size) end.add(bytes.subarray(at, at + size))
    return end.isOver
  })
  expect(others).toEqual([first, first])
  return first!
}

const token = (content: string) => `${JSON.stringify({ message: { content }, done: false })}\n`
const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
const event = (type: string, rest: object = {}) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`

describe('NDJSON', () => {
  it.each([
    ['a generation', `${token('é')}{"done":true}\n`],
    ['a generation without its last line end', `${token('a')}{"message":{},"done":true}`],
    [
      'a last record with all tokens once more',
      `${token('a')}{"done":true,"context":[${'1,'.repeat(50_000)}1],"eval_count":5}\n`,
    ],
    ['a pull', '{"status":"pulling manifest"}\n{"status":"success"}\n'],
    ['an error of the server’s own', `${token('a')}{"error":"the runner has crashed"}\n`],
    ['lines of a hundred kilobytes', `${token(LONG).repeat(3)}{"done":true}\n`],
    ['CRLF', '{"done":false}\r\n{"done":true}\r\n'],
    ['blank lines', '{"done":true}\n\n\n'],
  ])('has ended after %s', (_name, text) => {
    expect(isOver(NDJSON, text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a token', token('a').repeat(20)],
    ['half a record', `${token('a')}{"message":{"content":"b`],
    ['half of the last record', `${token('a')}{"done":true,"context":[1,2`],
    ['half of a long last record', `${token('a')}{"done":true,"context":[${'1,'.repeat(50_000)}`],
    ['a text that looks like an end', token('{"done":true}').repeat(2)],
    [
      'a call whose arguments look like an end',
      '{"message":{"tool_calls":[{"arguments":{"done":true,"error":"x"}}]},"done":false}\n',
    ],
    [
      'a pull that stopped',
      '{"status":"pulling manifest"}\n{"status":"pulling d","total":2,"completed":1}\n',
    ],
  ])('has not ended after %s', (_name, text) => {
    expect(isOver(NDJSON, text)).toBe(false)
  })
})

describe('an event stream', () => {
  it.each([
    ['[DONE]', `${chunk('a')}data: [DONE]\n\n`],
    ['[DONE] without an empty line', `${chunk('a')}data: [DONE]`],
    ['[DONE] in CRLF', `${chunk('a').replaceAll('\n', '\r\n')}data: [DONE]\r\n\r\n`],
    ['a reason to end, without [DONE]', chunk('a') + chunk('', 'stop')],
    ['a reason and figures, without [DONE]', `${chunk('', 'length')}data: {"choices":[],"usage":{}}\n\n`],
    ['a reason and a comment', `${chunk('', 'tool_calls')}: ping\n\n`],
    ['message_stop', event('content_block_delta') + event('message_stop')],
    ['response.completed', event('response.created') + event('response.completed', { response: {} })],
    ['a response that is long', event('response.completed', { response: { text: LONG } })],
    ['response.failed', event('response.failed')],
    ['response.incomplete', event('response.incomplete')],
    ['a transcript', event('transcript.text.delta') + event('transcript.text.done')],
    ['an error of the server’s own', `${chunk('a')}data: {"error":{"message":"x"}}\n\n`],
    ['an error event', event('error', { error: {} })],
    ['events of a hundred kilobytes', `${chunk(LONG).repeat(3)}${chunk('', 'stop')}`],
  ])('has ended after %s', (_name, text) => {
    expect(isOver(SSE, text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['comments', ': ping\n\n: ping\n\n'],
    ['a token', chunk('a').repeat(20)],
    ['a token of a second choice', chunk('', 'stop') + chunk('b')],
    ['half an event', chunk('', 'stop') + 'data: {"choices":[],"usa'],
    ['an event without its empty line', chunk('a') + chunk('', 'stop').slice(0, -1)],
    ['half of [DONE]', `${chunk('a')}data: [DO`],
    ['a text that looks like an end', chunk('data: [DONE]') + chunk('"type":"message_stop"')],
    ['message_delta', event('message_start') + event('message_delta')],
    ['response.output_text.done', event('response.created') + event('response.output_text.done')],
    ['half of a long last event', event('response.completed', { response: { text: LONG } }).slice(0, -9)],
  ])('has not ended after %s', (_name, text) => {
    expect(isOver(SSE, text)).toBe(false)
  })
})

it.each([undefined, '', 'application/json', 'audio/mpeg', 'text/plain'])(
  'a response of type %s has no end to detect',
  (type) => {
    expect(AnswerEnd.of(type)).toBeUndefined()
  },
)
