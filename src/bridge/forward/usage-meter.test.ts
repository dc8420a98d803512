import { expect, test } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { UsageMeter } from './usage-meter.ts'

function read(streamed: boolean, ...chunks: string[]) {
  const clock = new FakeClock()
  const meter = new UsageMeter(clock)
  for (const chunk of chunks) {
    meter.add(new TextEncoder().encode(chunk))
    clock.advance(500)
  }
  return meter.read(streamed)
}

test('Ollama’s final record determines tokens and speed, whatever came before it', () => {
  const last =
    '{"done":true,"prompt_eval_count":7,"prompt_eval_duration":1,"eval_count":50,"eval_duration":2000000000}\n'
  expect(read(false, 'x'.repeat(100_000), '\n', last)).toEqual({ tokens: 50, tokensPerS: 25 })
})

test('a record split anywhere is still parsed', () => {
  const record = '{"eval_count":50,"eval_duration":2000000000}\n'
  for (let at = 1; at < record.length; at++)
    expect(read(false, record.slice(0, at), record.slice(at))).toEqual({ tokens: 50, tokensPerS: 25 })
})

test('event streams are timed from their first event, since they report no duration', () => {
  const openai =
    'data: {"usage":{"prompt_tokens":3,"completion_tokens":10,"total_tokens":13}}\n\ndata: [DONE]\n\n'
  expect(read(true, 'data: {}\n\n', openai)).toEqual({ tokens: 10, tokensPerS: 10 })
  const anthropic = 'data: {"type":"message_delta","usage":{"output_tokens":20}}\n\n'
  expect(read(true, 'data: {"usage":{"output_tokens":1}}\n\n', anthropic)).toEqual({
    tokens: 20,
    tokensPerS: 20,
  })
  expect(read(false, openai)).toEqual({ tokens: 10, tokensPerS: null })
})

test('text written by a model is not mistaken for usage', () => {
  const text = JSON.stringify({ response: '{"eval_count":999,"eval_duration":1}' })
  expect(read(true, text)).toEqual({ tokens: null, tokensPerS: null })
})

test.each([
  ['application/x-ndjson; charset=utf-8', '{}\n{}\n', 2],
  ['text/event-stream', 'event: a\ndata: {}\n\nevent: b\ndata: {}\n\n', 2],
  ['application/json', '{\n}\n', null],
])('received records are counted as tokens while %s streams', (contentType, text, tokens) => {
  const clock = new FakeClock()
  const meter = new UsageMeter(clock)
  meter.expect(contentType)
  meter.add(new TextEncoder().encode(text))
  clock.advance(1000)
  expect(meter.readSoFar()).toEqual({ tokens, tokensPerS: tokens })
})
