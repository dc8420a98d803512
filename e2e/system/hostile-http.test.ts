import { describe, expect } from 'vitest'
import { ERRORS } from '../../src/shared/errors.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { RawSocket, sendRaw, type RawAnswer } from '../support/raw-socket.ts'
import { startTestRelay } from '../support/stack.ts'

let seenBefore = 0

const it = shared
  .extend('auth', FILE, ({ desk }) => `Host: relay\r\nX-By: test\r\nAuthorization: Bearer ${desk.key}\r\n`)
  /** Requests that reached the upstream in this test, without the bridge's own probes. */
  .extend('reached', FILE, ({ upstream }) => (): string[] => {
    return upstream.seen
      .slice(seenBefore)
      .filter(({ headers }) => headers['x-by'] === 'test')
      .map(({ method, target }) => `${method} ${target}`)
  })
  .extend(
    'send',
    FILE,
    ({ relay }) =>
      (bytes: string): Promise<RawAnswer> =>
        sendRaw(relay.port, bytes),
  )
  .extend(
    'body',
    FILE,
    ({ upstream }) =>
      (): string =>
        JSON.stringify({ model: upstream.models[0], messages: [], stream: false }),
  )

it.beforeEach(({ upstream }) => {
  seenBefore = upstream.seen.length
})

/** An error as docs/errors.md has it: a status of the table, and a body that clients of the path's API can read. */
function expectError(answer: RawAnswer, status: number, path = '/api/tags'): void {
  expect(answer.status).toBe(status)
  expect(Object.values(ERRORS).map((entry) => ('status' in entry ? entry.status : 0))).toContain(status)
  const message = expect.any(String)
  const isOpenAi = path.startsWith('/v1')
  expect(JSON.parse(answer.body)).toEqual({
    error: isOpenAi ? expect.objectContaining({ message, code: message }) : message,
    // Ollama's own client shows no other field of a 401.
    ...(status === 401 && !isOpenAi && { status: message }),
  })
}

describe('an ambiguous path', () => {
  it.for([
    '/api/../api/tags',
    '/api/./tags',
    '/api/tags/..',
    '/api/tags/.',
    '/..',
    '///api/tags',
    '/api///tags',
    '/api/tags//',
    '/api/%2e%2e/api/tags',
    '/api/%2E%2E%2Fdebug/pprof',
    '/api/.%2e/tags',
    '/api%2ftags',
    '/api%2Ftags',
    '/api%5ctags',
    '/api\\tags',
    '/api/..\\tags',
    '/%252e%252e/api/tags',
    '/api/tags%00',
    '/api/tags%0d%0aX:%20y',
    '/api/tags%7f',
    '/api/tags%c2%85',
    '/api/%c0%ae%c0%ae/tags',
    '/api/%e0%80%af/tags',
    '/api/%ff',
    '/api/%',
    '/api/%zz',
    '/api/tags#fragment',
    '/api/tags?a#b',
    'http://evil.example/api/tags',
    'https://evil.example:443/api/tags',
    '*',
    '/v1/models/..%2f..%2fapi/tags',
    '/v1/models/%2e%2e/%2e%2e/debug/pprof',
    '/v1/models/..',
    '/v1/models/a%2f..%2fb',
    '/v1/models/a%5c..%5cb',
    '/v1/models/a%00b',
    '/v1/models//a',
    '/k/../api/tags',
    '/k//api/tags/..',
  ])('is refused, and not forwarded: %s', async (target, { send, auth, reached }) => {
    expectError(await send(`GET ${target} HTTP/1.1\r\n${auth}\r\n`), ERRORS.BAD_PATH.status, target)
    expect(reached()).toEqual([])
  })

  it.for([
    ['a word that is not a path', 'GET api/tags HTTP/1.1\r\n'],
    ['a NUL', 'GET /api/tags\0 HTTP/1.1\r\n'],
    ['a carriage return', 'GET /api/tags\r HTTP/1.1\r\n'],
    ['a tab', 'GET /api/\ttags HTTP/1.1\r\n'],
    ['a space', 'GET /api/ tags HTTP/1.1\r\n'],
    ['an escape character', 'GET /api/\x1btags HTTP/1.1\r\n'],
    ['8-bit characters', 'GET /api/t\xe4gs HTTP/1.1\r\n'],
    ['overlong UTF-8', 'GET /api/\xc0\xae\xc0\xae/tags HTTP/1.1\r\n'],
  ] as const)('is refused if it contains %s', async ([_name, line], { send, auth, reached }) => {
    expectError(await send(`${line}${auth}\r\n`), 400)
    expect(reached()).toEqual([])
  })

  it.for([
    '/debug/pprof',
    '/api/TAGS',
    '/API/tags',
    '/api/tags;a=b',
    '/v1',
    '/api',
    '/api/unknown',
    '/api/k/x',
  ])('is not forwarded unless listed: %s', async (target, { send, auth, reached }) => {
    expectError(await send(`GET ${target} HTTP/1.1\r\n${auth}\r\n`), ERRORS.NOT_FOUND.status, `${target}/`)
    expect(reached()).toEqual([])
  })

  it('may be long, up to its own limit and the header limit', async ({ send, auth, reached }) => {
    const query = `?${'q'.repeat(8_000)}`
    expect((await send(`GET /api/tags${query} HTTP/1.1\r\n${auth}\r\n`)).status).toBe(200)
    expect(reached()).toEqual([`GET /api/tags${query}`])
    const tooLong = `GET /api/tags?${'q'.repeat(10_000)} HTTP/1.1\r\n${auth}\r\n`
    expectError(await send(tooLong), ERRORS.URI_TOO_LONG.status)
    expectError(await send(`GET /api/tags?${'q'.repeat(40_000)} HTTP/1.1\r\n${auth}\r\n`), 431)
  })
})

describe('a message that two parsers could frame differently', () => {
  const post = (auth: string, fields: string, rest: string): string =>
    `POST /api/chat HTTP/1.1\r\n${auth}${fields}\r\n${rest}`
  const inner = (auth: string): string => `GET /api/ps HTTP/1.1\r\n${auth}\r\n`
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

  it.for([
    [
      'Content-Length and Transfer-Encoding',
      (auth: string) => post(auth, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ],
    [
      'Transfer-Encoding and Content-Length',
      (auth: string) => post(auth, 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    ],
    [
      'two lengths that differ',
      (auth: string) => post(auth, 'Content-Length: 0\r\nContent-Length: 5\r\n', 'hello'),
    ],
    [
      'two lengths that agree',
      (auth: string) => post(auth, 'Content-Length: 2\r\nContent-Length: 2\r\n', '{}'),
    ],
    ['a list of lengths', (auth: string) => post(auth, 'Content-Length: 2, 2\r\n', '{}')],
    ['a length with a plus', (auth: string) => post(auth, 'Content-Length: +2\r\n', '{}')],
    ['a negative length', (auth: string) => post(auth, 'Content-Length: -1\r\n', '')],
    ['a length in hex', (auth: string) => post(auth, 'Content-Length: 0x2\r\n', '{}')],
    ['a length with a space inside', (auth: string) => post(auth, 'Content-Length: 1 2\r\n', '{}')],
    ['an empty length', (auth: string) => post(auth, 'Content-Length:\r\n', '{}')],
    [
      'a length beyond 64 bits',
      (auth: string) => post(auth, 'Content-Length: 18446744073709551618\r\n', '{}'),
    ],
    [
      'a space before the colon',
      (auth: string) => post(auth, 'Transfer-Encoding : chunked\r\n', '0\r\n\r\n'),
    ],
    ['a length with a space before the colon', (auth: string) => post(auth, 'Content-Length : 2\r\n', '{}')],
    [
      'chunked, then identity',
      (auth: string) => post(auth, 'Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'),
    ],
    [
      'chunked twice over',
      (auth: string) =>
        post(auth, 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
    ],
    [
      'an unknown transfer encoding',
      (auth: string) => post(auth, 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    ],
    [
      'a transfer encoding after a vertical tab',
      (auth: string) => post(auth, 'Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'),
    ],
    ['lines that end in LF', (auth: string) => `GET /api/tags HTTP/1.1\n${auth.replaceAll('\r', '')}\n`],
    ['one line that ends in LF', (auth: string) => `GET /api/tags HTTP/1.1\r\nX: y\n${auth}\r\n`],
    ['a CR inside a value', (auth: string) => `GET /api/tags HTTP/1.1\r\nX: y\rZ: w\r\n${auth}\r\n`],
    ['a folded line', (auth: string) => `GET /api/tags HTTP/1.1\r\nX: y\r\n z\r\n${auth}\r\n`],
    ['a first field that is folded', (auth: string) => `GET /api/tags HTTP/1.1\r\n X: y\r\n${auth}\r\n`],
    ['a line without a colon', (auth: string) => `GET /api/tags HTTP/1.1\r\n${auth}nonsense\r\n\r\n`],
    ['a field without a name', (auth: string) => `GET /api/tags HTTP/1.1\r\n${auth}: x\r\n\r\n`],
    ['a name with brackets', (auth: string) => `GET /api/tags HTTP/1.1\r\n${auth}a(b): x\r\n\r\n`],
    ['a NUL in a value', (auth: string) => `GET /api/tags HTTP/1.1\r\n${auth}x: a\0b\r\n\r\n`],
    ['no version', (auth: string) => `GET /api/tags\r\n${auth}\r\n`],
    ['HTTP/0.9', (auth: string) => `GET /api/tags HTTP/0.9\r\n${auth}\r\n`],
    ['HTTP/2.0 as text', (auth: string) => `GET /api/tags HTTP/2.0\r\n${auth}\r\n`],
    ['a version of the future', (auth: string) => `GET /api/tags HTTP/3.0\r\n${auth}\r\n`],
    ['HTTP/2 without asking', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a method with a space', (auth: string) => `GE T /api/tags HTTP/1.1\r\n${auth}\r\n`],
    ['a method in lower case', (auth: string) => `get /api/tags HTTP/1.1\r\n${auth}\r\n`],
    ['an unknown method', (auth: string) => `BREW /api/tags HTTP/1.1\r\n${auth}\r\n`],
    ['binary noise', () => '\x00\x01\x02\x03\xff\xfe\r\n\r\n'],
  ] as const)(
    'is refused, and following bytes are never parsed as a request: %s',
    async ([_name, bytes], { relay, auth, reached }) => {
      const socket = await RawSocket.open(relay.port)
      socket.send(bytes(auth) + inner(auth))
      const answer = await socket.answer()
      expect(answer.status).toBe(400)
      expect(answer.headers['connection']).toBe('close')
      expect(await socket.rest()).toBe('')
      expect(reached()).toEqual([])
    },
  )

  it.for([
    ['a chunk size with a sign', '+5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size in words', 'five\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size with a prefix', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk size beyond all numbers', 'ffffffffffffffffff\r\n'],
    ['a chunk that is longer than its size', '2\r\nhello\r\n0\r\n\r\n'],
    ['a chunk that ends in LF', '5\r\nhello\n0\r\n\r\n'],
    ['a chunk size that ends in LF', '5\nhello\r\n0\r\n\r\n'],
    ['a length in its trailer', '5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n'],
    ['a chunk extension without end', `5;${'x'.repeat(40_000)}`],
  ] as const)(
    'ends the connection and the request if the body has %s',
    async ([_name, chunks], { relay, auth, reached }) => {
      const socket = await RawSocket.open(relay.port)
      socket.send(post(auth, 'Transfer-Encoding: chunked\r\n', chunks) + inner(auth))
      const [status] = /(?<=^HTTP\/1.1 )\d+/.exec(await socket.rest()) ?? []
      expect(status).toBe('400')
      expect(reached()).toEqual([])
    },
  )

  it('reaches the upstream as one request if it has a chunk extension and a trailer', async ({
    body,
    send,
    auth,
    reached,
    upstream,
  }) => {
    const text = body()
    const sent = `${text.length.toString(16)};a=b;c="d"\r\n${text}\r\n0\r\nX-Trailer: y\r\nX-Api-Key: z\r\n\r\n`
    const answer = await send(post(auth, 'Transfer-Encoding: chunked\r\n', sent))
    expect(answer.status).toBe(200)
    expect(reached()).toEqual(['POST /api/chat'])
    const { rawHeaders } = upstream.seen.at(-1)!
    expect(rawHeaders.map((name) => name.toLowerCase())).not.toContain('x-trailer')
    expect(rawHeaders.filter((name) => /^(?:content-length|transfer-encoding)$/i.test(name))).toHaveLength(1)
  })

  it('is answered in order, each with its own key, if requests are pipelined', async ({
    desk,
    relay,
    auth,
    body,
    reached,
  }) => {
    const { key } = await desk.createKey({ name: 'other', scopes: ['inference'] })
    const socket = await RawSocket.open(relay.port)
    socket.send(
      post(auth, 'Transfer-Encoding: chunked\r\n', chunk(body())) +
        `GET /api/tags HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${key}\r\n\r\n` +
        `GET /api/tags HTTP/1.1\r\nHost: relay\r\n\r\n` +
        `GET /api/version HTTP/1.1\r\n${auth}\r\n` +
        'GET / HTTP/1.1\r\nHost: relay\r\n\r\n',
    )
    const statuses: number[] = []
    for (let i = 0; i < 5; i++) statuses.push((await socket.answer()).status)
    expect(statuses).toEqual([200, 403, 401, 200, 200])
    expect(reached().sort()).toEqual(['GET /api/version', 'POST /api/chat'])
    socket.destroy()
  })

  it('does not affect a running response if garbage follows its request', async ({
    upstream,
    relay,
    auth,
  }) => {
    const ask = JSON.stringify({
      model: upstream.models[0],
      messages: [],
      options: { tokens: 20, intervalMs: 10 },
    })
    const socket = await RawSocket.open(relay.port)
    socket.send(post(auth, `Content-Length: ${ask.length}\r\n`, ask))
    const seen = await upstream.request('/api/chat')
    socket.send('nonsense\r\n\r\n')
    const text = await socket.rest()
    await seen.socketClosedAt
    expect(text.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(text).not.toContain('"done":true')
  })

  it('does not forward the body of a GET', async ({ send, auth, reached, upstream }) => {
    const answer = await send(
      `GET /api/tags HTTP/1.1\r\n${auth}Content-Length: ${inner(auth).length}\r\n\r\n${inner(auth)}`,
    )
    expect(answer.status).toBe(200)
    expect(reached()).toEqual(['GET /api/tags'])
    expect((await upstream.seen.at(-1)!.body()).bytes).toBe(0)
  })
})

describe('too many headers', () => {
  it('are refused above the limit', async ({ send, auth }) => {
    const answer = await send(`GET /api/tags HTTP/1.1\r\n${auth}${'x: y\r\n'.repeat(10_000)}\r\n`)
    expectError(answer, ERRORS.HEADERS_TOO_LARGE.status)
  })

  it.each([
    [250, 200],
    [300, ERRORS.HEADERS_TOO_LARGE.status],
    [2_001, ERRORS.HEADERS_TOO_LARGE.status],
  ])('are counted, and none is dropped silently: %i fields before the credential', async (count, status) => {
    const relay = await startTestRelay({ maxHeaderBytes: 256 * 1024 })
    const device = await HostileDevice.online(relay)
    const authorization = `Host: relay\r\nAuthorization: Bearer ${device.key}\r\n`
    const request = `GET /api/tunnel/status HTTP/1.1\r\n${'x:y\r\n'.repeat(count)}${authorization}\r\n`
    expect((await sendRaw(relay.port, request)).status).toBe(status)
    device.destroy()
    await relay.close()
  })
})

describe('a method', () => {
  it.for(['PUT', 'PATCH', 'TRACE', 'PROPFIND', 'OPTIONS', 'DELETE', 'POST', 'QUERY', 'M-SEARCH'])(
    'that the path does not support is refused: %s',
    async (method, { send, auth, reached }) => {
      expectError(
        await send(`${method} /api/tags HTTP/1.1\r\n${auth}Content-Length: 0\r\n\r\n`),
        ERRORS.METHOD_NOT_ALLOWED.status,
      )
      expect(reached()).toEqual([])
    },
  )

  it('that requests a proxy tunnel is refused', async ({ relay, upstream, auth, reached }) => {
    const socket = await RawSocket.open(relay.port, true)
    socket.send(`CONNECT ${new URL(upstream.origin).host} HTTP/1.1\r\n${auth}\r\n`)
    expectError(await socket.answer(), ERRORS.METHOD_NOT_ALLOWED.status)
    await socket.abandoned()
    expect(reached()).toEqual([])
  })
})

describe('an upgrade', () => {
  it('to HTTP/2 is ignored, and the request is answered', async ({ send, auth, upstream }) => {
    const fields =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'
    expect((await send(`GET /api/tags HTTP/1.1\r\n${auth}${fields}\r\n`)).status).toBe(200)
    const { headers } = upstream.seen.at(-1)!
    for (const gone of ['upgrade', 'http2-settings']) expect(headers).not.toHaveProperty(gone)
  })

  it('to WebSocket outside /ws does not bypass the policy', async ({ send, auth, reached }) => {
    const fields =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    expect((await send(`GET /api/tags HTTP/1.1\r\n${auth}${fields}\r\n`)).status).toBe(404)
    expect(reached()).toEqual([])
  })

  it.for([
    ['a wrong version', 'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n', 400],
    ['no key', 'Sec-WebSocket-Version: 13\r\n', 400],
    ['a broken key', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n', 400],
  ] as const)('to WebSocket is refused with %s', async ([_name, fields, status], { relay, desk }) => {
    const socket = await RawSocket.open(relay.port, true)
    socket.send(
      `GET /ws HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer ${desk.token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Protocol: ctl.tunnel.v1\r\n${fields}\r\n`,
    )
    expect((await socket.answer()).status).toBe(status)
    await socket.abandoned()
  })
})

describe('an expectation', () => {
  it('that cannot be met is refused', async ({ send, auth }) => {
    expectError(
      await send(`POST /api/chat HTTP/1.1\r\n${auth}Expect: the-unexpected\r\nContent-Length: 2\r\n\r\n`),
      ERRORS.EXPECTATION_FAILED.status,
    )
  })

  it('of 100 Continue is not met if the request is refused', async ({ send }) => {
    const fields = 'Host: relay\r\nExpect: 100-continue\r\nContent-Length: 100\r\n'
    expectError(await send(`POST /api/chat HTTP/1.1\r\n${fields}\r\n`), ERRORS.UNAUTHORIZED.status)
  })
})

it('a device name that is too long is refused, and not forwarded', async ({ send, auth, reached }) => {
  const askDevice = (name: string) => send(`GET /api/tags HTTP/1.1\r\n${auth}X-Device: ${name}\r\n\r\n`)
  expectError(await askDevice('d'.repeat(257)), ERRORS.TEXT_TOO_LONG.status)
  // Two bytes each: the limit is one of bytes.
  expectError(await askDevice('\xc3\xa9'.repeat(129)), ERRORS.TEXT_TOO_LONG.status)
  expectError(await askDevice('d'.repeat(256)), ERRORS.DEVICE_UNKNOWN.status)
  expect(reached()).toEqual([])
})

describe('a request without a Host', () => {
  it('is refused in HTTP/1.1', async ({ send, desk }) => {
    const answer = await send(`GET /api/tags HTTP/1.1\r\nAuthorization: Bearer ${desk.key}\r\n\r\n`)
    expect(answer.status).toBe(400)
  })

  it.for(['evil.example', 'a b', '127.0.0.1:11434', ''])(
    'or with any Host reaches the upstream with the upstream’s own: %s',
    async (host, { send, desk, upstream }) => {
      const answer = await send(
        `GET /api/tags HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${desk.key}\r\n\r\n`,
      )
      expect(answer.status).toBe(200)
      expect(upstream.seen.at(-1)!.headers.host).toBe(new URL(upstream.origin).host)
    },
  )
})
