import { beforeEach, describe, expect, it } from 'vitest'
import { BodyMemory } from '../shared/body-memory.ts'
import type { Dialect } from '../shared/dialect.ts'
import { AppError } from '../shared/errors.ts'
import { headerOf, type RawHeaders } from '../shared/headers.ts'
import { FakeClock } from '../tunnel/fake-clock.test-support.ts'
import { HEARTBEAT, ResponseBody, type BodyWriter } from './response-body.ts'

class FakeSink implements BodyWriter {
  status: number | undefined
  headers: RawHeaders = []
  text = ''
  ending: 'open' | 'ended' | 'destroyed' = 'open'
  slow = false

  writeHead(status: number, headers: RawHeaders): void {
    expect(this.status).toBeUndefined()
    this.status = status
    this.headers = headers
  }

  write(bytes: Uint8Array): boolean {
    expect(this.ending).toBe('open')
    expect(this.status).toBeDefined()
    this.text += new TextDecoder().decode(bytes)
    return !this.slow
  }

  end(): void {
    this.#close('ended')
  }

  destroy(): void {
    this.#close('destroyed')
  }

  #close(ending: 'ended' | 'destroyed'): void {
    expect(this.ending).toBe('open')
    this.ending = ending
  }
}

const S = 1000
const NDJSON = ['content-type', 'application/x-ndjson']
const SSE = ['content-type', 'text/event-stream; charset=utf-8']
const JSON_TYPE = ['content-type', 'application/json; charset=utf-8']
const LOST = new AppError('TUNNEL_LOST', 'lost')

let clock: FakeClock
let sink: FakeSink
let heartbeats: number
let memory: BodyMemory
beforeEach(() => {
  clock = new FakeClock()
  sink = new FakeSink()
  heartbeats = 0
  memory = new BodyMemory({ maxOwnerBytes: 2 ** 20, maxTotalBytes: 2 ** 20 })
})

function bodyIn(dialect: Dialect = 'ollama', baseHeaders: RawHeaders = ['x-request-id', 'r1']): ResponseBody {
  return new ResponseBody(sink, {
    clock,
    dialect,
    baseHeaders,
    heartbeat: HEARTBEAT,
    allowance: memory.open('owner'),
    onHeartbeat: () => (heartbeats += 1),
  })
}

const bytes = (text: string) => new TextEncoder().encode(text)

/** Checks the end of a response: no timer may remain. */
function expectOver(ending: 'ended' | 'destroyed'): void {
  expect(sink.ending).toBe(ending)
  expect(clock.pendingTimers).toBe(0)
}

describe('a timely response', () => {
  it('passes status, headers and bytes unchanged', () => {
    const body = bodyIn()
    body.expectShape('json')
    body.head(404, [...JSON_TYPE, 'Content-Length', '2', 'X-Odd', 'a', 'X-Odd', 'b'])
    expect(body.data(bytes('{}'))).toBe(true)
    body.end()
    expect(sink).toMatchObject({ status: 404, text: '{}' })
    expect(sink.headers).toEqual([
      'x-request-id',
      'r1',
      ...JSON_TYPE,
      'Content-Length',
      '2',
      'X-Odd',
      'a',
      'X-Odd',
      'b',
    ])
    expectOver('ended')
  })

  it('disables proxy buffering for a stream, once, whatever the upstream sent', () => {
    bodyIn().head(200, [...NDJSON, 'Cache-Control', 'no-store', 'X-Accel-Buffering', 'yes'])
    expect(sink.headers).toEqual([
      'x-request-id',
      'r1',
      ...NDJSON,
      'cache-control',
      'no-store, no-transform',
      'x-accel-buffering',
      'no',
    ])
  })

  it('overrides upstream fields with its own, and keeps both Vary fields', () => {
    bodyIn('openai', ['x-request-id', 'r1', 'vary', 'Origin']).head(200, [
      ...JSON_TYPE,
      'X-Request-Id',
      'theirs',
      'Vary',
      'Accept',
    ])
    expect(headerOf(sink.headers, 'x-request-id')).toBe('r1')
    expect(sink.headers).not.toContain('theirs')
    expect(sink.headers.filter((text) => text.toLowerCase() === 'vary')).toHaveLength(2)
  })

  it('propagates backpressure from the client', () => {
    const body = bodyIn()
    body.head(200, NDJSON)
    sink.slow = true
    expect(body.data(bytes('{}\n'))).toBe(false)
  })

  it('adds nothing to a body with a declared length or an encoding, however long it stalls', () => {
    for (const field of ['content-length', 'content-encoding']) {
      sink = new FakeSink()
      bodyIn().head(200, [...NDJSON, field, '5'])
      clock.advance(100 * S)
      expect(sink.text).toBe('')
    }
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('a delayed response', () => {
  it.each([
    ['ndjson', 'ollama', 15, 'application/x-ndjson', ' '],
    ['sse', 'openai', 15, 'text/event-stream', ': ping\n'],
    ['sse', 'responses', 15, 'text/event-stream', ': ping\n'],
    ['anthropic', 'anthropic', 15, 'text/event-stream', 'event: ping\ndata: {"type":"ping"}\n\n'],
    ['json', 'openai', 25, 'application/json', ' '],
  ] as const)('is started without its head, as %s', (shape, dialect, afterS, type, heartbeat) => {
    const body = bodyIn(dialect)
    body.expectShape(shape)
    clock.advance(afterS * S - 1)
    expect(body.committed).toBe(false)
    clock.advance(1)
    expect(body.committed).toBe(true)
    expect(sink).toMatchObject({ status: 200, text: heartbeat })
    expect(headerOf(sink.headers, 'content-type')).toBe(type)
    expect(headerOf(sink.headers, 'cache-control')).toBe('no-cache, no-transform')
    expect(headerOf(sink.headers, 'x-accel-buffering')).toBe('no')
    expect(headerOf(sink.headers, 'x-request-id')).toBe('r1')
    clock.advance(30 * S)
    expect(sink.text).toBe(heartbeat.repeat(3))
    expect(heartbeats).toBe(3)
  })

  it('is never started while the shape is unknown or has no heartbeat', () => {
    bodyIn()
    bodyIn().expectShape('opaque')
    clock.advance(1000 * S)
    expect(sink.status).toBeUndefined()
  })

  it('continues under the head already sent when the upstream’s arrives', () => {
    const body = bodyIn()
    body.expectShape('ndjson')
    clock.advance(20 * S)
    body.head(200, [...NDJSON, 'content-length', '5'])
    body.data(bytes('{"done":true}\n'))
    body.end()
    expect(sink.text).toBe(' {"done":true}\n')
    expectOver('ended')
  })

  it('sends another heartbeat when the upstream’s head has arrived but no data', () => {
    const body = bodyIn()
    body.expectShape('json')
    clock.advance(25 * S)
    body.head(200, JSON_TYPE)
    clock.advance(15 * S)
    expect(sink.text).toBe('  ')
    body.data(bytes('{"a":'))
    clock.advance(100 * S)
    body.data(bytes('1}'))
    expect(JSON.parse(sink.text)).toEqual({ a: 1 })
  })
})

describe('a stall in the middle', () => {
  it.each([
    ['ollama', NDJSON, '{"a":1}\n', '{"b"', ' '],
    ['openai', SSE, 'data: 1\n\n', 'data: 2', ': ping\n'],
    ['openai', SSE, 'data: 1\n\n', 'data: 2\n', ': ping\n'],
    ['openai', SSE, 'data: 1\r\n\r\n', 'data: 2\r\n', ': ping\n'],
    ['anthropic', SSE, 'event: x\ndata: 1\n\n', 'event: y\n', 'event: ping\ndata: {"type":"ping"}\n\n'],
  ] as const)('is bridged in %s %s only between records', (dialect, headers, whole, half, heartbeat) => {
    const body = bodyIn(dialect)
    body.head(200, headers)
    // One byte at a time, so record boundaries span chunks.
    for (const char of whole) body.data(bytes(char))
    clock.advance(15 * S)
    expect(sink.text).toBe(whole + heartbeat)
    body.data(bytes(half))
    clock.advance(100 * S)
    expect(sink.text).toBe(whole + heartbeat + half)
  })

  it('is measured from the last data, not from the last timer', () => {
    const body = bodyIn()
    body.head(200, NDJSON)
    clock.advance(14 * S)
    body.data(bytes('{}\n'))
    clock.advance(14 * S)
    expect(heartbeats).toBe(0)
    clock.advance(S)
    expect(heartbeats).toBe(1)
  })

  it('leaves an error’s body unchanged', () => {
    bodyIn().head(500, NDJSON)
    clock.advance(100 * S)
    expect(sink.text).toBe('')
  })
})

describe('an error after the relay’s own 200', () => {
  const late = (
    dialect: Dialect,
    shape: 'ndjson' | 'sse' | 'anthropic' | 'json',
    text: string,
    status = 404,
  ) => {
    const body = bodyIn(dialect)
    body.expectShape(shape)
    clock.advance(25 * S)
    sink.text = ''
    body.head(status, JSON_TYPE)
    for (let at = 0; at < text.length; at += 1000) body.data(bytes(text.slice(at, at + 1000)))
    body.end()
    return sink.text
  }

  it('becomes a line of NDJSON', () => {
    expect(late('ollama', 'ndjson', '{\n  "error": "model \'x\' not found"\n}')).toBe(
      '{"error":"model \'x\' not found"}\n',
    )
    expectOver('destroyed')
  })

  it('becomes an event, and no [DONE] makes it look like success', () => {
    expect(late('openai', 'sse', '{"error":{"message":"no"}}')).toBe('data: {"error":{"message":"no"}}\n\n')
    expectOver('destroyed')
  })

  it('becomes Anthropic’s error event', () => {
    const text = '{"type":"error","error":{"type":"not_found_error","message":"no"}}'
    expect(late('anthropic', 'anthropic', text)).toBe(`event: error\ndata: ${text}\n\n`)
    expectOver('destroyed')
  })

  it('becomes an event of the Responses API', () => {
    expect(late('responses', 'sse', '{"error":{"message":"no","code":"model_not_found"}}')).toBe(
      'event: error\ndata: {"type":"error","sequence_number":0,"code":"model_not_found","message":"no","param":null}\n\n',
    )
    expectOver('destroyed')
  })

  it('resets the connection after a JSON body, which clients would mistake for an answer', () => {
    expect(late('ollama', 'json', '{"error":"no"}')).toBe('{"error":"no"}')
    expectOver('destroyed')
  })

  it.each(['<html>Bad gateway</html>', '', '[]', `{"error":"${'x'.repeat(70_000)}"}`])(
    'becomes a generic error if it does not fit',
    (text) => {
      expect(late('ollama', 'ndjson', text, 502)).toBe(
        '{"error":"The model server answered with status 502."}\n',
      )
    },
  )

  it('uses no more memory one byte at a time than in one chunk, and ends as soon as it is too long', () => {
    const body = bodyIn()
    body.expectShape('ndjson')
    clock.advance(15 * S)
    body.head(500, JSON_TYPE)
    let sent = 0
    while (!body.finished) {
      body.data(bytes('x'))
      sent++
      expect(memory.takenBytes).toBeLessThanOrEqual(128 * 1024)
    }
    expect(sent).toBe(64 * 1024 + 1)
    expect(memory.takenBytes).toBe(0)
    expectOver('destroyed')
  })

  it('is superseded by a lost connection', () => {
    const body = bodyIn()
    body.expectShape('ndjson')
    clock.advance(15 * S)
    body.head(500, JSON_TYPE)
    body.fail(LOST)
    expect(sink.text).toBe(' {"error":"lost"}\n')
    expectOver('destroyed')
  })
})

describe('the end of a response', () => {
  it('is distinguished from an error that replaced it, which metrics must not count as a success', () => {
    const whole = bodyIn()
    whole.head(200, NDJSON)
    expect(whole.end()).toBe(true)
    sink = new FakeSink()
    const refused = bodyIn()
    refused.expectShape('ndjson')
    clock.advance(15 * S)
    refused.head(404, JSON_TYPE)
    expect(refused.end()).toBe(false)
  })
})

describe('a late response of an unexpected type', () => {
  const late = (shape: 'ndjson' | 'sse' | 'json', headers: RawHeaders) => {
    const body = bodyIn(shape === 'sse' ? 'openai' : 'ollama')
    body.expectShape(shape)
    clock.advance(25 * S)
    sink.text = ''
    body.head(200, headers)
    return body
  }

  it('is passed if it can still be parsed', () => {
    const body = late('ndjson', JSON_TYPE)
    body.data(bytes('{"done":true}'))
    body.end()
    expect(sink.text).toBe('{"done":true}')
    expectOver('ended')
  })

  it('passes an empty body instead of JSON', () => {
    late('json', ['content-length', '0']).end()
    expectOver('ended')
  })

  it('is an error if it would be misread', () => {
    const body = late('sse', JSON_TYPE)
    expect(body.finished).toBe(true)
    expect(sink.text).toMatch(
      /^data: \{"error":\{"message":"The model server answered in an unexpected format/,
    )
    expect(body.data(bytes('{}'))).toBe(true)
    body.end()
    expectOver('destroyed')
  })

  it.each([SSE, [...JSON_TYPE, 'content-encoding', 'gzip']])(
    'resets the connection if JSON was announced',
    (...headers) => {
      expect(late('json', headers).finished).toBe(true)
      expectOver('destroyed')
    },
  )
})

describe('a failure', () => {
  it('before the head is an ordinary response in the caller’s dialect', () => {
    const body = bodyIn('openai')
    body.expectShape('sse')
    body.fail(new AppError('OFFLINE', 'off', { retryAfterS: 5 }))
    expect(sink.status).toBe(503)
    expect(JSON.parse(sink.text)).toMatchObject({ error: { message: 'off', code: 'OFFLINE' } })
    expect(headerOf(sink.headers, 'retry-after')).toBe('5')
    expect(headerOf(sink.headers, 'x-request-id')).toBe('r1')
    expectOver('ended')
  })

  it.each([
    ['ollama', NDJSON, '{"a":1}\n', '{"error":"lost"}\n'],
    ['ollama', NDJSON, '{"a', '\n{"error":"lost"}\n'],
    ['openai', SSE, 'data: 1\n\n', 'data: {"error":{'],
    ['openai', SSE, 'data: 1\n', '\ndata: {"error":{'],
    ['openai', SSE, 'data: 1', '\n\ndata: {"error":{'],
    ['anthropic', SSE, 'event: x\n', '\nevent: error\ndata: {"type":"error"'],
    [
      'responses',
      SSE,
      'event: a\ndata: {"type":"a","sequence_number":4}\n\n',
      'event: error\ndata: {"type":"error","sequence_number":5,"code":"TUNNEL_LOST","message":"lost","param":null}\n\n',
    ],
  ] as const)('in the middle of %s is a separate record', (dialect, headers, sent, added) => {
    const body = bodyIn(dialect)
    body.head(200, headers)
    body.data(bytes(sent))
    body.fail(LOST)
    expect(sink.text.slice(sent.length).startsWith(added)).toBe(true)
    expect(sink.text).not.toContain('[DONE]')
    expectOver('destroyed')
  })

  it.each([
    ['JSON', 200, JSON_TYPE],
    ['a promised length', 200, [...NDJSON, 'content-length', '100']],
    ['bytes', 200, ['content-type', 'application/octet-stream']],
    ['an error body', 500, NDJSON],
  ] as const)('in the middle of %s resets the connection', (_, status, headers) => {
    const body = bodyIn()
    body.head(status, headers)
    body.data(bytes('{'))
    body.fail(LOST)
    expect(sink.text).toBe('{')
    expectOver('destroyed')
  })

  it('is reported once', () => {
    const body = bodyIn()
    body.fail(LOST)
    body.fail(LOST)
    body.end()
    body.head(200, NDJSON)
    expect(body.data(bytes('x'))).toBe(true)
    expect(sink).toMatchObject({ status: 502, text: '{"error":"lost"}' })
  })

  it.each([0, 20])('is an end without a head, after %d s', (waitedS) => {
    const body = bodyIn()
    body.expectShape('ndjson')
    clock.advance(waitedS * S)
    body.end()
    expect(sink.text.trim()).toMatch(/^\{"error":"The model server on the desktop stopped in the middle/)
    expectOver(waitedS === 0 ? 'ended' : 'destroyed')
  })

  it('is data without a head', () => {
    bodyIn().data(bytes('{}'))
    expect(sink.status).toBe(502)
    expectOver('ended')
  })
})

it('writes nothing more to a disconnected client', () => {
  const body = bodyIn()
  body.expectShape('ndjson')
  clock.advance(15 * S)
  body.dispose()
  clock.advance(100 * S)
  body.fail(LOST)
  expect(sink).toMatchObject({ text: ' ', ending: 'open' })
  expect(clock.pendingTimers).toBe(0)
})
