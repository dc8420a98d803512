import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { zstdCompressSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { AppError } from '../../shared/errors.ts'
import { SCOPES } from '../../shared/routes.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { openUpstreamRequest } from './upstream-request.ts'
import {
  closeServers,
  upstreamOf,
  tcpUpstreamOf,
  forwarderFor,
  header,
  errorText,
  types,
  chat,
  recordingUpstream,
} from './forwarder.test-support.ts'

afterEach(closeServers)

test('tokens pass one by one, while the answer is being generated', async () => {
  const answers = Promise.withResolvers<ServerResponse>()
  const upstream = await upstreamOf((_request, response) => answers.resolve(response))
  const { post, forwarder } = forwarderFor(upstream)
  const stream = post('/api/chat', chat)
  const response = await answers.promise
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'access-control-allow-origin': '*' })
  for (const line of ['{"a":1}\n', '{"a":2}\n', '{"done":true}\n']) {
    response.write(line)
    await stream.until(() => stream.body.toString().endsWith(line))
    expect(stream.ended).toBe(false)
  }
  expect(forwarder.activeCount).toBe(1)
  response.end()
  await stream.over()
  expect(types(stream)).toEqual(['accept', 'shape', 'head'])
  expect(stream.messages[1]).toEqual({ type: 'shape', shape: 'ndjson' })
  expect(header(stream, 'content-type')).toBe('application/x-ndjson')
  expect(header(stream, 'access-control-allow-origin')).toBeUndefined()
  expect(header(stream, 'transfer-encoding')).toBeUndefined()
  expect(stream.outstanding).toBe(0)
  expect(forwarder.activeCount).toBe(0)
})

test.each([
  ['GET', '/api/tags', 'json'],
  ['GET', '/v1/models', 'json'],
  ['HEAD', '/api/tags', undefined],
  ['HEAD', '/api/blobs/sha256:0', undefined],
  ['POST', '/api/blobs/sha256:0', undefined],
  ['POST', '/api/show', 'json'],
] as const)('the relay learns the response format before the head: %s %s', async (method, path, shape) => {
  const clock = new FakeClock()
  const upstream = await upstreamOf((_request, response) => {
    clock.advance(20)
    response.end('{}')
  })
  const { open, post } = forwarderFor(upstream, { clock, grant: { scopes: SCOPES } })
  const stream = method === 'POST' ? post(path, { model: 'm' }) : open(method, path)
  await stream.over()
  expect(types(stream)).toEqual(['accept', ...(shape === undefined ? [] : ['shape']), 'head'])
  expect(stream.messages.find(({ type }) => type === 'shape')).toEqual(shape && { type: 'shape', shape })
})

test('an immediate response to a read needs only the head, unless the client waits to send its body', async () => {
  const upstream = await upstreamOf((_request, response) => response.end('{}'))
  const { open, post } = forwarderFor(upstream, { clock: new FakeClock() })
  const read = open('GET', '/api/tags')
  await read.over()
  expect(types(read)).toEqual(['head'])
  const waiting = post('/api/show', { model: 'm' }, ['Expect', '100-continue'])
  await waiting.over()
  expect(types(waiting)).toEqual(['accept', 'shape', 'head'])
})

test('the upstream gets method, target and body byte-exact, its own Host, and no credentials', async () => {
  const { upstream, seen } = await recordingUpstream()
  const body = '{ "model": "m",  "options": {"seed": 1.0} }'
  const headers = [
    'Authorization',
    'Bearer x',
    'Origin',
    'https://evil',
    'Host',
    'relay.example',
    'X-Custom',
    'é',
  ]
  forwarderFor(upstream).post('/api/chat?a=%2F', body, headers)
  const { request, body: received } = await seen
  expect(request.url).toBe('/api/chat?a=%2F')
  expect(received.toString()).toBe(body)
  expect(request.headers).toEqual({
    host: new URL(upstream.baseUrl).host,
    'x-custom': 'é',
    'content-length': String(body.length),
    connection: 'close',
  })
})

test('a client that disconnects closes the upstream’s socket immediately, before and after the head', async () => {
  for (const answersFirst of [false, true]) {
    const arrived = Promise.withResolvers<ServerResponse>()
    const upstream = await upstreamOf((_request, response) => {
      if (answersFirst) response.write('{}\n')
      arrived.resolve(response)
    })
    const { post, forwarder, events } = forwarderFor(upstream)
    const stream = post('/api/chat', chat)
    const response = await arrived.promise
    if (answersFirst) await stream.until(() => stream.body.length > 0)
    const closed = once(response, 'close')
    stream.sendReset()
    await closed
    expect(forwarder.activeCount).toBe(0)
    expect(events.at(-1)).toMatchObject({
      type: 'finish',
      error: 'CANCELLED',
      status: answersFirst ? 200 : null,
    })
    expect(stream.resetBy).toBeUndefined()
  }
})

test('a client that disconnects during its upload leaves nothing behind', async () => {
  const { open, forwarder } = forwarderFor({ baseUrl: 'http://127.0.0.1:1', kind: 'ollama' })
  const stream = open('POST', '/api/chat', { hasBody: true })
  stream.push(Buffer.from('{"model"'))
  stream.sendReset()
  expect(forwarder.activeCount).toBe(0)
  stream.push(Buffer.from(':"m"}'))
  stream.sendEnd()
  expect(types(stream)).toEqual(['accept'])
  expect(stream.outstanding).toBe(0)
})

test('a client that disconnects while its body is checked causes no upstream request', async () => {
  let asked = 0
  const upstream = await upstreamOf((_request, response) => response.end(String(++asked)))
  const { post } = forwarderFor(upstream)
  const body = zstdCompressSync('{"model":"m"}')
  post('/v1/responses', body, ['Content-Encoding', 'zstd']).sendReset()
  await post('/v1/responses', body, ['Content-Encoding', 'zstd']).over()
  expect(asked).toBe(1)
})

test.each([
  ['is reset', (socket: Socket) => socket.resetAndDestroy()],
  ['closes early', (socket: Socket) => socket.end()],
  ['breaks the chunked coding', (socket: Socket) => socket.end('zz\r\n')],
])('an upstream that %s in the middle of an answer never looks like success', async (_what, breakOff) => {
  const sockets = Promise.withResolvers<Socket>()
  const upstream = await tcpUpstreamOf((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n')
    sockets.resolve(socket)
  })
  const { post, events } = forwarderFor(upstream)
  const stream = post('/api/chat', chat)
  await stream.until(() => stream.body.length === 3)
  breakOff(await sockets.promise)
  await stream.over()
  expect(stream.ended).toBe(false)
  expect(stream.resetBy?.code).toBe('UPSTREAM_FAILED')
  expect(events.at(-1)).toMatchObject({ error: 'UPSTREAM_FAILED', status: 200 })
})

test.each([
  ['hangs up', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ['speaks no HTTP', (socket: Socket) => socket.end('SSH-2.0-x\r\n\r\n')],
  [
    'switches protocols unasked',
    (socket: Socket) => socket.end('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  ],
  [
    'responds with an invalid status',
    (socket: Socket) => socket.end('HTTP/1.1 777 X\r\nContent-Length: 0\r\n\r\n'),
  ],
])('an upstream that %s instead of answering is a 502', async (_what, answer) => {
  const { post, events } = forwarderFor(await tcpUpstreamOf(answer))
  const stream = post('/api/chat', chat)
  await stream.over()
  expect(stream.head?.status).toBe(502)
  expect(errorText(stream)).toContain('in the middle of its answer')
  expect(events.at(-1)).toMatchObject({ error: 'UPSTREAM_FAILED', status: 502 })
})

test('interim responses are not forwarded as the response', async () => {
  const upstream = await tcpUpstreamOf((socket) =>
    socket.end(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 2\r\n\r\nok',
    ),
  )
  const stream = forwarderFor(upstream).post('/api/chat', chat)
  await stream.over()
  expect([stream.head?.status, stream.body.toString()]).toEqual([201, 'ok'])
})

test('an unreachable upstream is a 502 in the caller’s dialect', async () => {
  const { post, open } = forwarderFor({ baseUrl: 'http://127.0.0.1:1', kind: 'ollama' })
  const stream = post('/v1/chat/completions', chat)
  await stream.over()
  expect(stream.head?.status).toBe(502)
  expect(header(stream, 'content-type')).toBe('application/json')
  expect(JSON.parse(stream.body.toString())).toMatchObject({
    error: { code: 'UPSTREAM_UNREACHABLE', type: 'server_error' },
  })
  const unknown = forwarderFor(null).open('GET', '/api/tags')
  await unknown.over()
  expect([types(unknown), unknown.head?.status]).toEqual([['head'], 502])
  const head = open('HEAD', '/api/tags')
  await head.over()
  expect([head.head?.status, head.body.length]).toEqual([502, 0])
})

test('only connecting has a deadline', async () => {
  const clock = new FakeClock()
  const upstream = await upstreamOf(() => {})
  const options = { method: 'GET', target: '/', headers: [] }
  const slow = openUpstreamRequest(upstream, options, clock)
  // Runs in the tick in which the socket starts to connect.
  slow.on('socket', () => clock.advance(5_000))
  const [error] = (await once(slow, 'error')) as [AppError]
  expect(error.code).toBe('UPSTREAM_UNREACHABLE')
  const connected = openUpstreamRequest(upstream, options, clock)
  const [socket] = (await once(connected, 'socket')) as [Socket]
  await once(socket, 'connect')
  expect(clock.pendingTimers).toBe(0)
  connected.on('error', () => {}).destroy()
})

test('a 5 MB upload moves only as fast as the upstream reads, and arrives whole', async () => {
  const blob = Buffer.alloc(5 * 1024 * 1024, 'ollama')
  for (const headers of [
    ['Content-Length', String(blob.length)],
    ['Transfer-Encoding', 'chunked'],
  ]) {
    const requests = Promise.withResolvers<[IncomingMessage, ServerResponse]>()
    const upstream = await upstreamOf((...pair) => requests.resolve(pair))
    const { open, events } = forwarderFor(upstream, { grant: { scopes: SCOPES } })
    const stream = open('POST', '/api/blobs/sha256:0', { headers, hasBody: true })
    let isSent = false
    const sending = stream.send(blob).then(() => (isSent = true))
    const [request, response] = await requests.promise
    // Nothing reads: the window fills, and no credit is returned.
    await stream.until(() => stream.outstanding >= 256 * 1024)
    expect(isSent).toBe(false)
    const hash = createHash('sha256')
    request.on('data', (chunk: Buffer) => hash.update(chunk)).on('end', () => response.writeHead(201).end())
    await sending
    stream.sendEnd()
    await stream.over()
    expect(hash.digest('hex')).toBe(createHash('sha256').update(blob).digest('hex'))
    expect(request.headers[headers[0]!.toLowerCase()]).toBe(headers[1])
    expect(stream.head?.status).toBe(201)
    await stream.until(() => stream.outstanding === 0)
    expect(events.at(-1)).toMatchObject({ bytesIn: blob.length, status: 201 })
  }
})

test('a download waits for a client that reads slowly, and arrives whole', async () => {
  const blob = Buffer.alloc(24 * 1024 * 1024, 'tokens')
  const responses = Promise.withResolvers<ServerResponse>()
  const upstream = await upstreamOf((_request, response) => responses.resolve(response))
  const stream = forwarderFor(upstream).post('/api/chat', chat)
  stream.hold()
  const response = await responses.promise
  response.end(blob)
  await stream.until(() => stream.body.length > 256 * 1024)
  // Gives a forwarder that does not wait time to fail the test.
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  expect(response.writableFinished).toBe(false)
  expect(stream.body.length).toBeLessThan(blob.length)
  stream.resume()
  await stream.over()
  expect(stream.body.equals(blob)).toBe(true)
  expect(stream.overrun).toBe(0)
})

test('an early refusal by the upstream is forwarded, and the rest of the body is dropped', async () => {
  const upstream = await upstreamOf((_request, response) => response.writeHead(413).end('too large'))
  const { open, forwarder } = forwarderFor(upstream, { grant: { scopes: SCOPES } })
  const stream = open('POST', '/api/blobs/sha256:0', {
    headers: ['Transfer-Encoding', 'chunked'],
    hasBody: true,
  })
  const sending = stream.send(Buffer.alloc(3 * 1024 * 1024))
  await stream.over()
  expect([stream.head?.status, stream.body.toString()]).toEqual([413, 'too large'])
  expect(forwarder.activeCount).toBe(0)
  await sending
  await stream.until(() => stream.outstanding === 0)
})

test('a complete response is delivered even if the upload fails before the client reads', async () => {
  const sockets = Promise.withResolvers<Socket>()
  const upstream = await tcpUpstreamOf((socket) => {
    socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large')
    sockets.resolve(socket)
  })
  const { open } = forwarderFor(upstream, { grant: { scopes: SCOPES } })
  const stream = open('POST', '/api/blobs/sha256:0', {
    headers: ['Transfer-Encoding', 'chunked'],
    hasBody: true,
  })
  stream.hold(0)
  stream.push(Buffer.alloc(100_000))
  await stream.until(() => stream.body.length > 0)
  const socket = await sockets.promise
  socket.resetAndDestroy()
  await stream.send(Buffer.alloc(1_000_000))
  await stream.until(() => stream.outstanding === 0)
  stream.resume()
  await stream.over()
  expect([stream.body.toString(), stream.ended]).toEqual(['too large', true])
})

test.each([
  ['more', 'POST / HTTP/1.1\r\n\r\n'],
  ['less', ''],
])(
  'a blob of %s bytes than announced breaks the request: the upstream would misread what follows',
  async (_what, rest) => {
    const arrived = Promise.withResolvers<IncomingMessage>()
    const upstream = await upstreamOf((request) => request.once('data', () => arrived.resolve(request)))
    const { open } = forwarderFor(upstream, { grant: { scopes: SCOPES } })
    const stream = open('POST', '/api/blobs/sha256:0', { headers: ['Content-Length', '4'], hasBody: true })
    stream.push(Buffer.from('123'))
    const aborted = once(await arrived.promise, 'error')
    if (rest !== '') stream.push(Buffer.from(rest))
    stream.sendEnd()
    await aborted
    expect(stream.head?.status).toBe(400)
  },
)

test('HEAD returns the head of GET, without a body', async () => {
  const upstream = await upstreamOf((request, response) =>
    response.writeHead(200, { 'content-length': '7', 'x-method': request.method }).end(),
  )
  const stream = forwarderFor(upstream).open('HEAD', '/api/version')
  await stream.over()
  expect([stream.head?.status, header(stream, 'content-length'), header(stream, 'x-method')]).toEqual([
    200,
    '7',
    'HEAD',
  ])
  expect([stream.body.length, stream.ended]).toEqual([0, true])
})

test('DELETE is forwarded with its body and length', async () => {
  const { upstream, seen } = await recordingUpstream()
  forwarderFor(upstream, { grant: { scopes: SCOPES } }).post('/api/delete', '{"model":"old"}', [], 'DELETE')
  const { request, body } = await seen
  expect([request.method, request.headers['content-length'], body.toString()]).toEqual([
    'DELETE',
    '15',
    '{"model":"old"}',
  ])
})

test('a body on a request that takes none is not forwarded', async () => {
  const { upstream, seen } = await recordingUpstream()
  const stream = forwarderFor(upstream).open('GET', '/api/version', {
    headers: ['Content-Length', '5'],
    hasBody: true,
  })
  stream.push(Buffer.from('12345'))
  await stream.over()
  expect((await seen).body.length).toBe(0)
  expect(stream.outstanding).toBe(0)
})

test('reads share a socket, inference never does: closing its socket must cancel one request only', async () => {
  const sockets = new Set<Socket>()
  const upstream = await upstreamOf((request, response) => {
    sockets.add(request.socket)
    response.end('{}')
  })
  const { open, post } = forwarderFor(upstream)
  for (const _ of [1, 2, 3]) {
    await open('GET', '/api/version').over()
    // The socket returns to its pool in the next turn of the loop.
    await new Promise(setImmediate)
  }
  expect(sockets.size).toBe(1)
  for (const _ of [1, 2]) await post('/api/chat', chat).over()
  expect(sockets.size).toBe(3)
})

test('a shared socket that the upstream has closed does not fail the next read', async () => {
  const answered = new WeakSet<Socket>()
  const upstream = await upstreamOf((request, response) => {
    // Simulates an idle timeout that hits just as the request is sent.
    if (answered.has(request.socket)) return void request.socket.resetAndDestroy()
    answered.add(request.socket)
    response.end('{}')
  })
  const { open, post } = forwarderFor(upstream)
  const read = () => open('GET', '/api/version')
  const show = () => post('/api/show', { model: 'm' })
  for (const ask of [read, read, show, show, read]) {
    const stream = ask()
    await stream.over()
    expect(stream.head?.status).toBe(200)
    await new Promise(setImmediate)
  }
})
