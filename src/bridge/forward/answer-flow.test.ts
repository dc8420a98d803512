import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import {
  chat,
  closeServers,
  errorText,
  forwarderFor,
  header,
  recordingUpstream,
  types,
  upstreamOf,
} from './forwarder.test-support.ts'

afterEach(closeServers)

const EMBEDDINGS = JSON.stringify({ data: Array.from({ length: 2_000 }, (_, i) => ({ embedding: [i / 7] })) })
const embedder = (text = EMBEDDINGS, type = 'application/json') =>
  upstreamOf((_request, response) => {
    response.writeHead(200, { 'content-type': type, etag: '"1"' })
    response.end(text)
  })
const embed = { model: 'm', input: 'x' }
const ACCEPTS = ['Accept-Encoding', 'gzip, deflate, br']

test('a large response is sent encoded, as the client prefers', async () => {
  const { post } = forwarderFor(await embedder())
  const gzip = post('/v1/embeddings', embed, ACCEPTS)
  await gzip.over()
  expect([header(gzip, 'content-encoding'), header(gzip, 'vary')]).toEqual(['gzip', 'Accept-Encoding'])
  expect([header(gzip, 'content-length'), header(gzip, 'etag')]).toEqual([undefined, 'W/"1"'])
  expect(gunzipSync(gzip.body).toString()).toBe(EMBEDDINGS)
  expect(gzip.body.length).toBeLessThan(EMBEDDINGS.length / 2)
  const zstd = post('/v1/embeddings', embed, ['Accept-Encoding', 'zstd'])
  await zstd.over()
  expect(header(zstd, 'content-encoding')).toBe('zstd')
  expect(zstdDecompressSync(zstd.body).toString()).toBe(EMBEDDINGS)
})

test.each<[string, string[], string, string]>([
  ['for a client that accepts none', [], EMBEDDINGS, 'application/json'],
  ['if it is short', ACCEPTS, '{"data":[]}', 'application/json'],
  ['if it is a stream', ACCEPTS, `data: ${EMBEDDINGS}\n\n`, 'text/event-stream'],
  ['if it is NDJSON', ACCEPTS, `${EMBEDDINGS}\n`, 'application/x-ndjson'],
])('a response is not encoded %s', async (_what, headers, text, type) => {
  const stream = forwarderFor(await embedder(text, type)).post('/v1/embeddings', embed, headers)
  await stream.over()
  expect(header(stream, 'content-encoding')).toBeUndefined()
  expect(stream.body.toString()).toBe(text)
})

test('a response that the relay may have started already is not encoded', async () => {
  const clock = new FakeClock()
  const { promise, resolve } = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const upstream = await upstreamOf((_request, response) => {
    arrived.resolve()
    void promise.then(() => response.writeHead(200, { 'content-type': 'application/json' }).end(EMBEDDINGS))
  })
  const stream = forwarderFor(upstream, { clock }).post('/v1/embeddings', embed, ACCEPTS)
  await arrived.promise
  expect(types(stream)).toEqual(['accept'])
  clock.advance(10_000)
  expect(stream.messages[1]).toEqual({ type: 'shape', shape: 'json', waitedMs: 10_000 })
  resolve()
  await stream.over()
  expect(header(stream, 'content-encoding')).toBeUndefined()
  expect(stream.body.toString()).toBe(EMBEDDINGS)
})

test('the shape of an encoded answer is never sent to the relay', async () => {
  const stream = forwarderFor(await embedder()).post('/v1/embeddings', embed, ACCEPTS)
  await stream.over()
  expect(types(stream)).toEqual(['accept', 'head'])
})

test('an encoded response waits for a slow client, and ends when the client disconnects', async () => {
  const large = JSON.stringify(Array.from({ length: 400_000 }, () => Math.random()))
  const { post } = forwarderFor(await embedder(large))
  const slow = post('/v1/embeddings', embed, ACCEPTS)
  slow.hold(16 * 1024)
  await slow.until(() => slow.body.length > 16 * 1024)
  slow.resume()
  await slow.over()
  expect(slow.overrun).toBe(0)
  expect(gunzipSync(slow.body).toString()).toBe(large)
  const gone = post('/v1/embeddings', embed, ACCEPTS)
  gone.hold(16 * 1024)
  await gone.until(() => gone.body.length > 16 * 1024)
  gone.sendReset()
  expect(gone.ended).toBe(false)
})

test('a truncated encoded response never looks complete', async () => {
  const upstream = await upstreamOf((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(EMBEDDINGS, () => response.destroy())
  })
  const stream = forwarderFor(upstream).post('/v1/embeddings', embed, ACCEPTS)
  await stream.over()
  expect([stream.ended, stream.resetBy?.code]).toEqual([false, 'UPSTREAM_FAILED'])
})

const KEY = 'sk-the-upstreams-own'

test('the upstream gets its own key instead of the client’s credentials, below the path of its base URL', async () => {
  const { upstream, seen } = await recordingUpstream()
  const target = { ...upstream, baseUrl: `${upstream.baseUrl}/prefix`, apiKey: KEY }
  forwarderFor(target).post('/api/chat', chat, [
    'Authorization',
    'Bearer ctl_client',
    'x-api-key',
    'ctl_client',
  ])
  const { request } = await seen
  expect([request.url, request.headers.authorization, request.headers['x-api-key']]).toEqual([
    '/prefix/api/chat',
    `Bearer ${KEY}`,
    undefined,
  ])
})

test('a path is checked without the base URL’s path', async () => {
  const { upstream } = await recordingUpstream()
  const { open } = forwarderFor({ ...upstream, baseUrl: `${upstream.baseUrl}/prefix` })
  for (const target of ['/prefix/api/tags', '/api/../prefix/x']) {
    const stream = open('GET', target)
    await stream.over()
    expect(stream.head?.error).toMatch(/NOT_FOUND|BAD_PATH/)
  }
})

test('an upstream that echoes its key does not reveal it', async () => {
  const upstream = await upstreamOf((request, response) => {
    const { authorization } = request.headers
    response.writeHead(400, { 'x-request-id': `for ${authorization}`, 'content-type': 'application/json' })
    response.write(`{"error":"Incorrect API key: ${authorization?.slice(0, 15)}`)
    response.end(`${authorization?.slice(15)}"}`)
  })
  const stream = forwarderFor({ ...upstream, apiKey: KEY }).post('/v1/chat/completions', chat)
  await stream.over()
  expect(JSON.stringify(stream.messages) + stream.body.toString()).not.toContain(KEY)
  expect(errorText(stream)).toBe(`Incorrect API key: Bearer ${'*'.repeat(KEY.length)}`)
})

test('a client’s 401 does not reveal that the bridge’s key is wrong', async () => {
  const upstream = await upstreamOf((_request, response) =>
    response.writeHead(401).end('{"error":"bad key"}'),
  )
  const target = { ...upstream, kind: 'openai', name: 'LM Studio' } as const
  const stream = forwarderFor(target).post('/v1/chat/completions', chat)
  await stream.over()
  expect([stream.head?.status, stream.head?.error]).toEqual([502, 'UPSTREAM_UNAUTHORIZED'])
  expect(stream.body.toString()).toContain('LM Studio on the desktop')
})

test('Ollama’s 401, which concerns ollama.com, is unchanged', async () => {
  const body = '{"error":"unauthorized","signin_url":"https://ollama.com/connect"}'
  const upstream = await upstreamOf((_request, response) => response.writeHead(401).end(body))
  const stream = forwarderFor(upstream).post('/api/chat', chat)
  await stream.over()
  expect([stream.head?.status, stream.body.toString()]).toEqual([401, body])
})

test('a redirect is not followed', async () => {
  const paths: (string | undefined)[] = []
  const upstream = await upstreamOf((request, response) => {
    paths.push(request.url)
    response.writeHead(308, { location: '/elsewhere' }).end()
  })
  const stream = forwarderFor({ ...upstream, apiKey: KEY }).post('/api/chat', chat)
  await stream.over()
  expect([stream.head?.status, paths]).toEqual([308, ['/api/chat']])
})
