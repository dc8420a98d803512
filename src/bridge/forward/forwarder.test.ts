import { text } from 'node:stream/consumers'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { Grant } from '../policy/grant.ts'
import { testGrant } from '../policy/grant.test-support.ts'
import { MemoryStream } from './memory-stream.test-support.ts'
import {
  closeServers,
  upstreamOf,
  forwarderFor,
  header,
  errorText,
  types,
  chat,
  recordingUpstream,
  type Setup,
} from './forwarder.test-support.ts'

afterEach(closeServers)

test('the upstream gets the matching length after a value was replaced', async () => {
  const { upstream, seen } = await recordingUpstream()
  const body = '{ "keep_alive": -1, "model": "M", "x": 1.50, "prompt": "p" }'
  forwarderFor(upstream, { grant: { models: ['m'] } }).post('/api/generate', body)
  const { request, body: got } = await seen
  const expected = body.replace('-1', 'null')
  expect([got.toString(), request.headers['content-length']]).toEqual([expected, String(expected.length)])
})

test('a zstd body reaches the upstream decoded', async () => {
  const { upstream, seen } = await recordingUpstream()
  const { post } = forwarderFor(upstream)
  post('/v1/responses', zstdCompressSync('{"model":"m"}'), [
    'Content-Encoding',
    'zstd',
    'Content-Type',
    'application/json',
  ])
  const { request, body } = await seen
  expect(body.toString()).toBe('{"model":"m"}')
  expect(request.headers).toMatchObject({ 'content-length': '13', 'content-type': 'application/json' })
  expect(request.headers['content-encoding']).toBeUndefined()
})

function overRate(): never {
  throw new AppError('TOO_MANY_REQUESTS', undefined, { retryAfterS: 7 })
}

test.each<[string, Setup, string, string, number]>([
  ['an unknown key', { grantFor: () => undefined }, 'GET', '/api/tags', 401],
  ['a key over its rate', { grantFor: overRate }, 'GET', '/api/tags', 429],
  ['a path trick', {}, 'GET', '/api/../x', 400],
  ['an unknown path', {}, 'GET', '/debug/pprof', 404],
  ['a wrong method', {}, 'PUT', '/api/tags', 405],
  ['a missing scope', {}, 'DELETE', '/api/delete', 403],
])('%s is refused before anything is accepted', async (_what, options, method, target, status) => {
  // The upstream comes last: a request that got that far would fail with 502.
  const { open, forwarder } = forwarderFor(null, options)
  const stream = open(method, target, { hasBody: true })
  stream.push(Buffer.from('ignored'))
  await stream.over()
  expect([types(stream), stream.head?.status]).toEqual([['head'], status])
  expect(header(stream, 'retry-after')).toBe(status === 429 ? '7' : undefined)
  expect(errorText(stream)).toBeTypeOf('string')
  expect([stream.outstanding, forwarder.activeCount]).toEqual([0, 0])
})

test('a body that fails the policy is refused after it was accepted, and never forwarded', async () => {
  let asked = 0
  const upstream = await upstreamOf((_request, response) => response.end(String(asked++)))
  const { post } = forwarderFor(upstream, { grant: { models: ['allowed'] } })
  const stream = post('/v1/chat/completions', '{"model":"allowed","Model":"secret"}')
  await stream.over()
  expect([types(stream), stream.head?.status, asked]).toEqual([['accept', 'head'], 400, 0])
  expect(JSON.parse(stream.body.toString())).toMatchObject({ error: { code: 'BODY_NOT_STRICT' } })
})

test('a JSON body over the limit is refused, by its declared or actual length', async () => {
  const { open } = forwarderFor({ baseUrl: 'http://127.0.0.1:1', kind: 'ollama' }, { maxJsonBodyBytes: 10 })
  const announced = open('POST', '/api/chat', { headers: ['Content-Length', '11'], hasBody: true })
  await announced.over()
  expect([types(announced), announced.head?.status]).toEqual([['head'], 413])
  const chunked = open('POST', '/api/chat', { hasBody: true })
  await chunked.send(Buffer.alloc(1_000_000, ' '))
  await chunked.over()
  expect([chunked.head?.status, chunked.outstanding]).toEqual([413, 0])
})

test.each(['GET /api/tags', 'POST /api/chat'])(
  'a body that arrived while the key’s limits were checked is dropped if not needed: %s',
  async (request) => {
    const { upstream } = await recordingUpstream()
    const { post } = forwarderFor(upstream, { admit: async () => {}, maxJsonBodyBytes: 4 })
    const [method = '', target = ''] = request.split(' ')
    const stream = post(target, 'hello', [], method)
    await stream.over()
    expect(stream.head?.status).toBe(method === 'GET' ? 200 : 413)
    expect(stream.outstanding).toBe(0)
  },
)

test('a key has its own concurrency limit, and a slot is free again when a request ends', async () => {
  const upstream = await upstreamOf(() => {})
  const { post } = forwarderFor(upstream, { grant: { maxConcurrent: 1 } })
  const first = post('/api/chat', chat)
  const second = post('/api/chat', chat)
  await second.over()
  expect([second.head?.status, header(second, 'retry-after')]).toEqual([429, '1'])
  first.sendReset()
  const third = post('/api/chat', chat)
  expect(types(third)).toEqual(['accept'])
})

test('a key that is revoked in the middle of an answer gets no more of it, and the upstream stops', async () => {
  const closed = Promise.withResolvers<void>()
  const upstream = await upstreamOf((request, response) => {
    response.write('{"done":false}\n')
    request.socket.once('close', () => closed.resolve())
  })
  let grant: Grant | undefined = testGrant()
  const { forwarder, post } = forwarderFor(upstream, { grantFor: () => grant })
  const stream = post('/api/chat', chat)
  await stream.until(() => stream.head !== undefined)
  forwarder.enforce()
  expect(forwarder.activeCount).toBe(1)
  grant = undefined
  forwarder.enforce()
  await closed.promise
  expect([stream.resetBy?.code, forwarder.activeCount]).toEqual(['UPSTREAM_FAILED', 0])
})

test('an upstream with only the OpenAI API gets only /v1', async () => {
  const { upstream, seen } = await recordingUpstream()
  const { open, post } = forwarderFor({ ...upstream, kind: 'openai' })
  const refused = open('GET', '/api/tags')
  await refused.over()
  expect([types(refused), refused.head?.status]).toEqual([['head'], 404])
  post('/v1/chat/completions', chat)
  expect((await seen).request.url).toBe('/v1/chat/completions')
})

test('a key with a model list sees only its models', async () => {
  const models = [{ name: 'mine:latest' }, { name: 'secret:latest' }]
  const upstream = await upstreamOf((_request, response) =>
    response.writeHead(200, { etag: 'x' }).end(JSON.stringify({ models })),
  )
  const { open } = forwarderFor(upstream, { grant: { models: ['mine'] } })
  const stream = open('GET', '/api/tags')
  await stream.over()
  expect(JSON.parse(stream.body.toString())).toEqual({ models: [{ name: 'mine:latest' }] })
  expect(header(stream, 'content-length')).toBe(String(stream.body.length))
  const head = open('HEAD', '/api/tags')
  await head.over()
  expect([head.head?.status, header(head, 'content-length')]).toEqual([200, undefined])
})

test.each([
  ['an error that names models', 500, '{"models":[],"error":"secret:latest is broken"}'],
  ['something else', 200, 'secret:latest'],
  ['too much', 200, `{"models":["${'x'.repeat(9 * 1024 * 1024)}"]}`],
])('a model list that is %s is a 502, not a leak', async (_what, status, body) => {
  const upstream = await upstreamOf((_request, response) => response.writeHead(status).end(body))
  const stream = forwarderFor(upstream, { grant: { models: ['mine'] } }).open('GET', '/api/tags')
  await stream.over()
  expect(stream.head?.status).toBe(502)
  expect(stream.body.toString()).not.toContain('secret')
})

test('events describe what a request did, without its content', async () => {
  const last = '{"response":"","done":true,"eval_count":50,"eval_duration":2000000000}\n'
  const upstream = await upstreamOf((request, response) => {
    void text(request).then(() =>
      response
        .writeHead(200, { 'content-type': 'application/x-ndjson' })
        .end(`{"response":"secret"}\n${last}`),
    )
  })
  const { post, events } = forwarderFor(upstream, { clock: new FakeClock() })
  const body = JSON.stringify({ model: 'm', prompt: 'hidden' })
  const stream = post('/api/generate?q=private', body)
  await stream.over()
  const facts = { requestId: 'r1', method: 'POST', path: '/api/generate', key: 'phone' }
  const asked = { ...facts, model: 'm', bytesIn: body.length }
  expect(events).toEqual([
    { type: 'start', ...facts },
    { type: 'progress', ...asked, status: null, bytesOut: 0, tokens: null, tokensPerS: null },
    {
      type: 'finish',
      ...asked,
      status: 200,
      error: null,
      durationMs: 0,
      bytesOut: stream.body.length,
      tokens: 50,
      tokensPerS: 25,
    },
  ])
})

test('a long answer reports its progress once a second', async () => {
  const more = Promise.withResolvers<(line: string) => void>()
  const upstream = await upstreamOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).flushHeaders()
    more.resolve((line) => void response.write(line))
  })
  const clock = new FakeClock()
  const { post, events } = forwarderFor(upstream, { clock })
  const stream = post('/api/generate', { model: 'm', prompt: 'hidden' })
  const write = await more.promise
  const arrived = async (bytes: number): Promise<void> => {
    await expect.poll(() => stream.body.length).toBe(bytes)
  }
  write('{"a":1}\n{"b":2}\n')
  await arrived(16)
  clock.advance(999)
  write('{"c":3}\n')
  await arrived(24)
  clock.advance(1)
  write('{"d":4}\n')
  await arrived(32)
  const progress = events.filter(({ type }) => type === 'progress')
  expect(progress).toEqual([
    expect.objectContaining({ model: 'm', status: null, tokens: null }),
    expect.objectContaining({ model: 'm', status: 200, bytesOut: 32, tokens: 4, tokensPerS: 4 }),
  ])
})

test('an invalid opening message ends the stream', () => {
  const { forwarder } = forwarderFor(null)
  const stream = new MemoryStream()
  forwarder.accept(stream, Buffer.from('{}'))
  expect(stream.resetBy?.code).toBe('FLOW_ERROR')
  expect(forwarder.activeCount).toBe(0)
})
