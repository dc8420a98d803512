import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import { fieldsOf, rawRequest, type RawRequestOptions, type RawResponse } from '../support/raw-request.ts'

/** Hop-by-hop fields, and the relay's own. */
const NOT_PASSED =
  /^(connection|keep-alive|transfer-encoding|date|x-request-id|access-control-.*|x-content-type-options|content-security-policy)$/i
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

const it = shared
  .extend(
    'tunnelled',
    FILE,
    ({ desk }) =>
      (options: RawRequestOptions): Promise<RawResponse> =>
        rawRequest(desk.relayUrl, {
          ...options,
          headers: { ...desk.authorization, ...options.headers },
        }),
  )
  .extend(
    'direct',
    FILE,
    ({ upstream }) =>
      (options: RawRequestOptions): Promise<RawResponse> =>
        rawRequest(upstream.origin, options),
  )
  .extend(
    'expectSame',
    FILE,
    ({ tunnelled, direct }) =>
      async (options: RawRequestOptions): Promise<RawResponse> => {
        const [through, without] = [await tunnelled(options), await direct(options)]
        expect(through.status).toBe(without.status)
        expect(through.body.equals(without.body)).toBe(true)
        expect(passedFields(through)).toEqual(passedFields(without))
        return through
      },
  )

it.beforeEach(({ upstream }) => {
  upstream.seen.length = 0
})

/** Names with their case, values, order and repetitions of all fields that must pass. */
function passedFields({ rawHeaders }: RawResponse): string[] {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []))
  return lines.filter((line) => !NOT_PASSED.test(line.split(':', 1)[0] ?? '') && line !== 'vary: Origin')
}

describe('an answer', () => {
  it.for([200, 201, 299, 400, 402, 404, 409, 418, 422, 429, 499, 500, 503, 507, 529, 599])(
    'of status %i passes with unusual fields and every byte of its body',
    async (status, { upstream, expectSame }) => {
      upstream.on('POST', '/api/show', (_request, response) => {
        const fields: readonly (readonly [string, string])[] = [
          ['Content-Type', 'audio/x-odd; charset=latin1'],
          ['Content-Length', String(ALL_BYTES.length)],
          ['OpenAI-Odd', 'one'],
          ['openAI-oDD', 'two'],
          ['OpenAI-Empty', ''],
          ['OpenAI-Latin', 'caf\u00e9'],
          ['OpenAI-Long', 'l'.repeat(4_000)],
          ['Retry-After', '7'],
          ['ETag', 'W/"tag"'],
          ['Last-Modified', 'Thu, 01 Jan 2026 00:00:00 GMT'],
        ]
        response.writeHead(status, fields.flat()).end(ALL_BYTES)
      })
      await expectSame({ method: 'POST', target: '/api/show', body: '{"model":"fake"}' })
    },
  )

  it.for([
    ['with a length', true],
    ['in chunks', false],
  ] as const)(
    'that is compressed %s passes unchanged',
    async ([_how, hasLength], { upstream, expectSame }) => {
      const text = '{"response":"tokens"}\n'.repeat(1000)
      const zipped = gzipSync(text)
      upstream.on('POST', '/api/generate', (_request, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          ...(hasLength && { 'content-length': zipped.length }),
        })
        response.write(zipped.subarray(0, 100))
        response.end(zipped.subarray(100))
      })
      const response = await expectSame({ method: 'POST', target: '/api/generate', body: '{"model":"fake"}' })
      expect(gunzipSync(response.body).toString()).toBe(text)
    },
  )

  it('without a type or a length passes unchanged', async ({ upstream, expectSame }) => {
    upstream.on('GET', '/api/status', (_request, response) => {
      response.write('first ')
      response.end('second')
    })
    const response = await expectSame({ target: '/api/status' })
    expect(response.headers['content-type']).toBeUndefined()
  })

  it('to HEAD has the fields and the length of the omitted body', async ({ upstream, expectSame }) => {
    const body = JSON.stringify({ models: 'x'.repeat(5000) })
    upstream.on('HEAD', '/api/version', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end()
    })
    const head = await expectSame({ method: 'HEAD', target: '/api/version' })
    expect(head.headers['content-length']).toBe(String(body.length))
    expect((await expectSame({ method: 'HEAD', target: '/api/blobs/sha256:00' })).status).toBe(404)
  })

  it('without content (204, 304) passes, and a conditional request reaches the upstream', async ({
    upstream,
    expectSame,
    tunnelled,
  }) => {
    upstream.on('DELETE', '/api/delete', (_request, response) => void response.writeHead(204).end())
    upstream.on('GET', '/api/ps', (request, response) => {
      const isFresh = request.headers['if-none-match'] === '"tag"'
      response.writeHead(isFresh ? 304 : 200, { ETag: '"tag"' }).end()
    })
    await expectSame({ method: 'DELETE', target: '/api/delete', body: '{"model":"fake"}' })
    const conditional = await expectSame({ target: '/api/ps', headers: { 'if-none-match': '"tag"' } })
    expect(conditional.status).toBe(304)
    // The connection must still be usable: a body after 204 would be parsed as the next response.
    expect((await tunnelled({ target: '/api/tags' })).status).toBe(200)
  })

  it('that streams is marked as not to be buffered, and is otherwise unchanged', async ({
    upstream,
    tunnelled,
  }) => {
    const lines =
      'event: response.created\ndata: {"type":"response.created"}\n\n: comment\n\ndata: [DONE]\n\n'
    upstream.on('POST', '/v1/responses', (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'max-age=0' })
      response.end(lines)
    })
    const body = '{"model":"fake","stream":true}'
    const response = await tunnelled({ method: 'POST', target: '/v1/responses', body })
    expect(response.body.toString()).toBe(lines)
    expect(response.headers['cache-control']).toBe('max-age=0, no-transform')
    expect(response.headers['x-accel-buffering']).toBe('no')
  })

  it('delivers its head before the first token', async ({ desk }) => {
    const response = await fetch(`${desk.keyUrl}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fake', stream: true, options: { stall: 0 } }),
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await response.body?.cancel()
  })

  it('has one request id, the relay’s', async ({ upstream, tunnelled }) => {
    upstream.on('GET', '/api/status', (_request, response) => {
      response.setHeader('X-Request-Id', 'theirs')
      response.end()
    })
    const ids = fieldsOf(await tunnelled({ target: '/api/status' }), 'x-request-id')
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)])
  })
})

describe('a request', () => {
  const targets = [
    '/v1/models/hf.co%2Forg%2Fmodel%3AQ4_K_M',
    '/v1/models/hf.co%2forg%2fmodel%3aq4',
    '/v1/models/org/model:latest',
    '/v1/models/%E6%A8%A1%E5%9E%8B%20%7Etilde',
    "/v1/models/a!b$c&d'e(f)g*h+i,j;k=l@m~n-o_p.q",
    '/api/tags?a=%2F%2f&b=c+d&&=&e=%E4%BD%A0&f[]={"x":1}|^`',
    '/api/tags?',
    '/api/tags??x=//../%2e%2e',
  ]
  it.for(targets)('for %s reaches the upstream unchanged', async (target, { desk, tunnelled, upstream }) => {
    const { key, ownerId } = desk
    for (const path of [target, `/k/${key}${target}`, `/api/tunnel/${ownerId}${target}`])
      await tunnelled({ target: path })
    expect(upstream.fromClients.map((seen) => seen.target)).toEqual([target, target, target])
  })

  it('arrives with the client’s own fields, in the same case and order', async ({ tunnelled, upstream }) => {
    const headers = {
      'uSER-aGENT': 'Odd/1.0 (client)',
      'X-Stainless-Retry-Count': '0',
      'Content-Type': 'application/json; charset=utf-8',
      'X-Latin': 'caf\u00e9',
      'X-Empty': '',
      Accept: 'text/event-stream',
    }
    await tunnelled({ method: 'POST', target: '/api/show', headers, body: '{"model":"fake"}' })
    const { rawHeaders, headers: seen } = upstream.fromClients[0]!
    const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []))
    expect(lines.filter((line) => !/^(host|content-length|connection):/i.test(line))).toEqual(
      Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    )
    expect(seen.host).toBe(new URL(upstream.origin).host)
  })

  it('does not request compression on behalf of the client, which would delay tokens', async ({
    tunnelled,
    upstream,
  }) => {
    await tunnelled({ target: '/api/version', headers: { 'accept-encoding': 'gzip, br, zstd' } })
    expect(upstream.fromClients[0]!.headers['accept-encoding']).toBeUndefined()
  })

  it.for([
    '{ "model" : "fake",\r\n\t"stream":false, "big": 12345678901234567890, "tiny": 1e-400, "e": "\\u00e9é" }',
    '{"model":"fake","messages":[{"role":"user","content":"\\ud83d\\ude00 😀 \\/"}],"stream":false}  \n',
  ])('has its JSON forwarded unchanged: %s', async (body, { tunnelled, upstream }) => {
    await tunnelled({ method: 'POST', target: '/api/chat', body })
    expect((await upstream.fromClients[0]!.body()).text).toBe(body)
  })

  it('passes with many megabytes of images', async ({ upstream, tunnelled }) => {
    upstream.on('POST', '/api/embeddings', async (_request, response, seen) => {
      response.end((await seen.body()).sha256)
    })
    const image = randomBytes(12_000_000).toString('base64')
    const body = JSON.stringify({ model: 'fake', images: [image] })
    const response = await tunnelled({ method: 'POST', target: '/api/embeddings', body })
    expect(response.body.toString()).toBe(createHash('sha256').update(body).digest('hex'))
  })

  it('passes a recording byte for byte', async ({ upstream, tunnelled }) => {
    let received = Buffer.alloc(0)
    upstream.on('POST', '/v1/audio/transcriptions', async (request, response) => {
      received = Buffer.concat(await request.toArray())
      response.end('{"text":"hello"}')
    })
    const form = new FormData()
    form.append('model', 'fake')
    form.append('file', new Blob([ALL_BYTES, randomBytes(100_000)]), 'café "1".wav')
    const encoded = new Request('http://x', { method: 'POST', body: form })
    const contentType = encoded.headers.get('content-type') ?? ''
    const body = Buffer.from(await encoded.arrayBuffer())
    const response = await tunnelled({
      method: 'POST',
      target: '/v1/audio/transcriptions',
      headers: { 'content-type': contentType },
      body,
    })
    expect(response.json()).toEqual({ text: 'hello' })
    expect(received.equals(body)).toBe(true)
    expect(upstream.fromClients[0]?.headers['content-type']).toBe(contentType)
  })
})
