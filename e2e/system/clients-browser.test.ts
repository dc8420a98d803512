import { describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import { fieldsOf, rawRequest, type RawRequestOptions, type RawResponse } from '../support/raw-request.ts'
import { startStack } from '../support/stack.ts'

const ORIGIN = 'https://chat.example'
/** Headers that openai-node sends from a browser, and an unknown one. */
const ASKED = [
  'authorization',
  'content-type',
  'x-api-key',
  'x-stainless-arch',
  'x-stainless-retry-count',
  'anthropic-version',
  'x-never-heard-of',
]

const it = shared
  .extend(
    'send',
    FILE,
    ({ desk }) =>
      (options: RawRequestOptions): Promise<RawResponse> =>
        rawRequest(desk.relayUrl, options),
  )
  .extend(
    'preflight',
    FILE,
    ({ send }) =>
      (target: string, method: string, extra: Record<string, string> = {}) =>
        send({
          method: 'OPTIONS',
          target,
          headers: {
            origin: ORIGIN,
            'access-control-request-method': method,
            'access-control-request-headers': ASKED.join(','),
            ...extra,
          },
        }),
  )
  .extend('roots', FILE, ({ desk }) => (): string[] => [
    '/',
    `/k/${desk.key}`,
    `/k/${desk.key}/`,
    '/k/ctl_nobodys_key/',
    `/api/tunnel/${desk.ownerId}/`,
    `/api/tunnel/${desk.ownerId}`,
  ])

it.beforeEach(({ upstream }) => {
  upstream.seen.length = 0
})

/** Whether a browser would hand this answer to a page of that origin (Fetch standard, "CORS check"). */
function isReadable(response: RawResponse, origin: string): boolean {
  const allowed = fieldsOf(response, 'access-control-allow-origin')
  return allowed.length === 1 && (allowed[0] === '*' || allowed[0] === origin)
}

/** Whether a browser would then send the request itself (Fetch standard, "CORS-preflight fetch"). */
function lets(response: RawResponse, origin: string, method: string, names: readonly string[]): boolean {
  const listIn = (name: string) =>
    fieldsOf(response, name).flatMap((value) => value.toLowerCase().split(/ *, */))
  const methods = listIn('access-control-allow-methods')
  const allowed = listIn('access-control-allow-headers')
  const isOk = response.status >= 200 && response.status < 300
  const isMethodOk = ['GET', 'HEAD', 'POST'].includes(method) || methods.includes(method.toLowerCase())
  // A "*" would not cover Authorization.
  return isOk && isReadable(response, origin) && isMethodOk && names.every((name) => allowed.includes(name))
}

describe('a preflight', () => {
  it.for([
    ['/api/chat', 'POST'],
    ['/api/tags', 'GET'],
    ['/api/delete', 'DELETE'],
    ['/v1/chat/completions', 'POST'],
    ['/v1/messages', 'POST'],
    ['/api/tunnel/owner/v1/models', 'GET'],
    ['/api/tunnel/status', 'GET'],
    ['/api/blobs/sha256:00', 'POST'],
  ] as const)(
    'for %s allows the browser to send %s, without a key',
    async ([target, method], { preflight, upstream }) => {
      const response = await preflight(target, method)
      expect(response.status).toBe(204)
      expect(response.body).toHaveLength(0)
      expect(lets(response, ORIGIN, method, ASKED)).toBe(true)
      expect(Number(response.headers['access-control-max-age'])).toBeGreaterThan(0)
      expect(fieldsOf(response, 'vary').join()).toMatch(/origin/i)
      expect(upstream.fromClients).toHaveLength(0)
    },
  )

  it('for a path with a key is answered as well', async ({ preflight, desk }) => {
    const response = await preflight(`/k/${desk.key}/api/chat`, 'POST')
    expect(lets(response, ORIGIN, 'POST', ASKED)).toBe(true)
  })

  it('lets pages without an origin of their own in: files and sandboxed frames', async ({ preflight }) => {
    const response = await preflight('/api/chat', 'POST', { origin: 'null' })
    expect(lets(response, 'null', 'POST', ASKED)).toBe(true)
  })

  it('sends the private network header only to a browser that requests it', async ({ preflight }) => {
    const name = 'access-control-allow-private-network'
    expect((await preflight('/api/chat', 'POST')).headers[name]).toBeUndefined()
    const asking = await preflight('/api/chat', 'POST', { 'access-control-request-private-network': 'true' })
    expect(asking.headers[name]).toBe('true')
  })
})

describe('a request from a page', () => {
  it('is readable by the page, whose origin never reaches the upstream', async ({ send, desk, upstream }) => {
    for (const origin of [ORIGIN, 'null', 'http://192.168.1.2:8080', 'chrome-extension://abcdef']) {
      const response = await send({
        target: '/api/tags',
        headers: {
          ...desk.authorization,
          origin,
          referer: `${ORIGIN}/chat`,
          cookie: 'session=1',
          'sec-fetch-mode': 'cors',
          'sec-ch-ua': '"Chromium"',
        },
      })
      expect(response.status).toBe(200)
      expect(isReadable(response, origin)).toBe(true)
      expect(fieldsOf(response, 'access-control-expose-headers').join()).toContain('retry-after')
    }
    expect(upstream.fromClients).toHaveLength(4)
    for (const { headers } of upstream.fromClients)
      expect(Object.keys(headers).filter((name) => /^(origin|referer|cookie|sec-.*)$/.test(name))).toEqual([])
  })

  it('streams with the same headers', async ({ send, desk }) => {
    const response = await send({
      method: 'POST',
      target: '/v1/chat/completions',
      headers: { ...desk.authorization, origin: ORIGIN, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fake', stream: true, messages: [] }),
    })
    expect(response.headers['content-type']).toContain('text/event-stream')
    expect(isReadable(response, ORIGIN)).toBe(true)
  })

  it.for([
    ['no key', 401, '/api/tags', {}],
    ['a bad key', 401, '/v1/models', { authorization: 'Bearer nonsense' }],
    ['a path that does not exist', 404, '/nowhere', {}],
    ['an invalid path', 400, '/api/../tags', {}],
    ['a method that does not fit', 405, '/api/tunnel/devices/any', {}],
  ] as const)('with %s may read the %i', async ([_what, status, target, headers], { send }) => {
    const response = await send({ target, headers: { ...headers, origin: ORIGIN } })
    expect(response.status).toBe(status)
    expect(isReadable(response, ORIGIN)).toBe(true)
  })

  it('can read the bridge’s refusals', async ({ send, desk }) => {
    const response = await send({
      target: '/api/nothing',
      headers: { ...desk.authorization, origin: ORIGIN },
    })
    expect(response.status).toBe(404)
    expect(isReadable(response, ORIGIN)).toBe(true)
  })

  it('gets only the relay’s CORS fields, whatever the upstream allows', async ({ upstream, desk, send }) => {
    upstream.on('GET', '/api/ps', (_request, response) => {
      response.setHeader('Access-Control-Allow-Origin', 'http://localhost:3000')
      response.setHeader('access-control-allow-credentials', 'true')
      response.setHeader('vary', 'Accept-Language')
      response.end('{}')
    })
    const headers = { ...desk.authorization, origin: ORIGIN }
    const response = await send({ target: '/api/ps', headers })
    expect(fieldsOf(response, 'access-control-allow-origin')).toEqual([ORIGIN])
    expect(fieldsOf(response, 'access-control-allow-credentials')).toEqual([])
    expect(fieldsOf(response, 'vary').join(', ')).toBe('Origin')
  })

  it('is not readable for unlisted origins if the operator has listed some', async ({ upstream }) => {
    const strict = await startStack(upstream.origin, { corsOrigins: ORIGIN })
    for (const [origin, readable] of [
      [ORIGIN, true],
      ['https://evil.example', false],
    ] as const) {
      const response = await rawRequest(strict.desk.relayUrl, {
        target: '/api/tags',
        headers: { ...strict.desk.authorization, origin },
      })
      expect(isReadable(response, origin)).toBe(readable)
      expect(fieldsOf(response, 'vary').join()).toMatch(/origin/i)
    }
    await strict.close()
  })
})

describe('the root', () => {
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

  it('responds without a key that Ollama is running: the CLI asks this first and gives up on a 401', async ({
    roots,
    send,
    upstream,
  }) => {
    for (const target of roots()) {
      const response = await send({ target, headers: { accept: 'application/json' } })
      expect([response.status, response.body.toString()]).toEqual([200, 'Ollama is running'])
      const head = await send({ method: 'HEAD', target })
      expect([head.status, head.body.length]).toEqual([200, 0])
      expect(head.headers['content-length']).toBe(response.headers['content-length'])
    }
    expect(upstream.fromClients).toHaveLength(0)
  })

  it('shows a browser a page that does not leak the key', async ({ roots, send, desk }) => {
    for (const target of roots()) {
      const { status, headers, body } = await send({ target, headers: { accept: BROWSER } })
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['cache-control']).toMatch(/^no-(?:store|cache)$/)
      expect(body.toString()).not.toContain(desk.key)
      if (target.startsWith('/k/')) {
        // The fragment of an address is not sent anywhere.
        expect([status, headers.location]).toEqual([302, expect.stringMatching(/^(?:\.\.\/){1,2}#k=/)])
        continue
      }
      expect(status).toBe(200)
      expect(headers['content-type']).toMatch(/^text\/html/)
      expect(body.toString()).toMatch(/^<!doctype html>/i)
    }
  })
})
