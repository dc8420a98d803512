import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, describe, expect } from 'vitest'
import { FILE, shared } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { rawRequest, type RawRequestOptions, type RawResponse } from '../support/raw-request.ts'
import { Desk, startTestRelay } from '../support/stack.ts'

let other: Desk
const it = shared.extend(
  'send',
  FILE,
  ({ relay }) =>
    (options: RawRequestOptions): Promise<RawResponse> =>
      rawRequest(relay.url, options),
)

it.beforeAll(async ({ relay, upstream }) => {
  other = await Desk.start(relay, upstream.origin, { owner: 'other owner' })
})
afterAll(async () => {
  await other.close()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('the tunnel addressed by user', () => {
  const targetOf = ({ ownerId }: Desk, rest: string): string =>
    `/api/tunnel/${encodeURIComponent(ownerId)}${rest}`

  it('accepts the user’s token and their key', async ({ send, desk }) => {
    for (const one of [desk, other])
      for (const credential of [one.key, one.token]) {
        const response = await send({ target: targetOf(one, '/api/tags'), headers: bearer(credential) })
        expect(response.status).toBe(200)
        expect(response.json()).toHaveProperty('models')
      }
  })

  it('forwards the path after the user id to the upstream, byte for byte', async ({ send, upstream }) => {
    const body = '{"model":"fake", "stream":false, "messages":[]}'
    const target = targetOf(other, '/v1/chat/completions?a=%2F&b=c+d')
    const response = await send({ method: 'POST', target, headers: bearer(other.token), body })
    expect(response.status).toBe(200)
    const seen = upstream.fromClients.at(-1)!
    expect([seen.method, seen.target]).toEqual(['POST', '/v1/chat/completions?a=%2F&b=c+d'])
    expect((await seen.body()).text).toBe(body)
  })

  it('is forbidden to everyone else, in the dialect of the path, and the upstream gets no request', async ({
    upstream,
    send,
    desk,
  }) => {
    const before = upstream.fromClients.length
    for (const credential of [other.key, other.token]) {
      const ollama = await send({ target: targetOf(desk, '/api/tags'), headers: bearer(credential) })
      expect([ollama.status, ollama.json()]).toEqual([403, { error: expect.stringMatching(/another owner/) }])
      const openai = await send({ target: targetOf(desk, '/v1/models'), headers: bearer(credential) })
      expect([openai.status, openai.json()]).toMatchObject([403, { error: { code: 'FORBIDDEN' } }])
    }
    const nobody = await send({ target: '/api/tunnel/nobody/api/tags', headers: bearer(other.token) })
    expect(nobody.status).toBe(403)
    expect((await send({ target: targetOf(desk, '/api/tags') })).status).toBe(401)
    expect(upstream.fromClients).toHaveLength(before)
  })

  it('serves a user whose id equals one of the relay’s own paths', async ({ upstream }) => {
    const relay = await startTestRelay()
    const desk = await Desk.start(relay, upstream.origin, { owner: 'health-insurance' })
    const target = targetOf(desk, '/api/version')
    expect((await rawRequest(relay.url, { target, headers: bearer(desk.token) })).status).toBe(200)
    await desk.close()
    await relay.close()
  })
})

describe('an owner’s view of their tunnels', () => {
  const paths = (desk: Desk): string[] => [
    '/api/tunnel/status',
    '/api/tunnel/metrics',
    `/api/tunnel/health/${encodeURIComponent(desk.ownerId)}`,
  ]

  it('needs a credential', async ({ desk, send }) => {
    for (const target of paths(desk)) {
      expect((await send({ target })).status).toBe(401)
      expect((await send({ target, headers: bearer('nonsense') })).status).toBe(401)
    }
  })

  it('lists the owner’s tunnels and no one else’s', async ({ send, desk }) => {
    const response = await send({ target: '/api/tunnel/status', headers: bearer(desk.token) })
    expect(response.json()).toMatchObject({
      userId: desk.ownerId,
      tunnels: [
        {
          deviceId: desk.identity.deviceId,
          connected: true,
          upstream: 'ollama',
          models: ['fake:latest', 'other:latest'],
        },
      ],
    })
    expect(response.body.toString()).not.toContain(other.identity.deviceId)
  })

  it('reports an offline desktop as a status, not as a failure', async ({ upstream }) => {
    const relay = await startTestRelay({ graceMs: 200 })
    const desk = await Desk.start(relay, upstream.origin)
    const ask = (target: string, key = desk.key) => rawRequest(relay.url, { target, headers: bearer(key) })
    expect((await ask('/api/tunnel/status')).json()).toMatchObject({ userId: desk.ownerId, online: true })
    await desk.close()
    await expect
      .poll(async () => (await ask('/api/tunnel/status')).json())
      .toEqual({
        userId: null,
        online: false,
        tunnels: [],
      })
    expect((await ask('/api/tags')).status).toBe(503)
    const forged = `ctl_${'a'.repeat(20)}_${'a'.repeat(43)}`
    expect((await ask('/api/tunnel/status', forged)).status).toBe(401)
    await relay.close()
  })

  it('reports the health of a user’s tunnel to that user only', async ({ desk, send }) => {
    const target = `/api/tunnel/health/${desk.ownerId}`
    const mine = await send({ target, headers: bearer(desk.token) })
    expect(mine.json()).toMatchObject({ status: 'healthy', userId: desk.ownerId })
    expect((await send({ target, headers: bearer(other.token) })).status).toBe(403)
  })

  it('reports that the model server is down, and queries a model on request', async () => {
    const own = await FakeUpstream.start()
    const relay = await startTestRelay()
    const desk = await Desk.start(relay, own.origin)
    const path = `/api/tunnel/health/${desk.ownerId}`
    const ask = (target: string, headers: Record<string, string> = bearer(desk.key)) =>
      rawRequest(relay.url, { target, headers })
    const deep = await ask(`${path}?deep=1`)
    expect([deep.status, deep.json()]).toMatchObject([200, { status: 'healthy', deep: { ok: true } }])
    await Promise.all([1, 2, 3].map(() => ask(`${path}?deep=1`)))
    const tokens = own.seen.filter(({ target }) => target === '/v1/chat/completions')
    expect(tokens).toHaveLength(1)
    expect(JSON.parse((await tokens[0]!.body()).text)).toMatchObject({ max_tokens: 1, stream: false })
    expect((await rawRequest(relay.url, { target: `${path}?deep=1` })).status).toBe(401)
    await own.close()
    await rawRequest(relay.url, { target: '/api/version', headers: bearer(desk.key) })
    await expect
      .poll(async () => (await ask(path)).json())
      .toMatchObject({ status: 'degraded', checks: { hasConnections: true, upstream: false } })
    expect((await ask('/api/tunnel/health', {})).json()).toMatchObject({
      status: 'degraded',
      checks: { upstream: false },
    })
    await desk.close()
    await relay.close()
  })

  it('responds with 503 if no model answers, for as long as the result is cached', async () => {
    const own = await FakeUpstream.start()
    own.on('POST', '/v1/chat/completions', (_request, response) => void response.writeHead(500).end('{}'))
    const relay = await startTestRelay()
    const desk = await Desk.start(relay, own.origin)
    const target = `/api/tunnel/health/${desk.ownerId}?deep=1`
    const answer = await rawRequest(relay.url, { target, headers: bearer(desk.token) })
    expect([answer.status, answer.json()]).toMatchObject([503, { status: 'degraded', deep: { ok: false } }])
    await desk.close()
    await relay.close()
    await own.close()
  })

  it('counts the owner’s requests and no one else’s', async ({ send, desk }) => {
    const figures = async (desk: Desk) =>
      (await send({ target: '/api/tunnel/metrics', headers: bearer(desk.token) })).json() as {
        requests: number
        bytesOut: number
        active: number
      }
    const before = { mine: await figures(desk), theirs: await figures(other) }
    const { body } = await send({ target: '/api/tags', headers: bearer(desk.key) })
    const after = { mine: await figures(desk), theirs: await figures(other) }
    expect(after.mine.requests - before.mine.requests).toBe(1)
    expect(after.mine.bytesOut - before.mine.bytesOut).toBe(body.length)
    expect(after.mine.active).toBe(0)
    expect(after.theirs).toEqual(before.theirs)
  })
})

describe('public endpoints', () => {
  it.for(['/health', '/health/live', '/health/ready'])('%s is up', async (target, { send }) => {
    expect((await send({ target })).status).toBe(200)
    expect((await send({ method: 'HEAD', target })).status).toBe(200)
  })

  it('report the health of tunnels, and count none at all as healthy', async ({ send }) => {
    expect((await send({ target: '/api/tunnel/health' })).json()).toEqual({
      status: 'healthy',
      checks: {
        hasConnections: true,
        successRateOk: true,
        timeoutRateOk: true,
        averageResponseTimeOk: true,
        upstream: true,
      },
    })
    const empty = await startTestRelay()
    const response = await rawRequest(empty.url, { target: '/api/tunnel/health' })
    expect(response.json()).toMatchObject({ status: 'healthy', checks: { hasConnections: false } })
    await empty.close()
  })

  it('list the relay’s features', async ({ send, relay }) => {
    const description = (await send({ target: '/.well-known/cloudtolocalllm' })).json()
    expect(description).toMatchObject({
      name: 'cloudtolocalllm',
      protocols: [1],
      publicUrl: relay.url,
      signIn: { pairing: true },
    })
  })

  it('name a contact for vulnerabilities', async ({ send }) => {
    const { status, headers, body } = await send({ target: '/.well-known/security.txt' })
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(body.toString()).toMatch(/^Contact: https:.*\nExpires: \d{4}-.*Z\n/)
    expect((await send({ method: 'POST', target: '/.well-known/security.txt' })).status).toBe(405)
  })
})

describe('the operator’s metrics', () => {
  it('are open to this machine if configured', async ({ send, desk }) => {
    const response = await send({ target: '/metrics' })
    expect(response.headers['content-type']).toMatch(/^text\/plain/)
    expect(response.body.toString()).toMatch(/^ctl_tunnels 2$/m)
    expect(response.body.toString()).not.toContain(desk.ownerId)
  })

  it('are closed to clients behind a reverse proxy on this machine', async ({ send }) => {
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.7' },
      { 'x-forwarded-for': '127.0.0.1, 203.0.113.7' },
    ])
      expect((await send({ target: '/metrics', headers })).status).toBe(401)
  })

  it('require the operator’s token once it is set', async ({ desk }) => {
    const operatorToken = 'a token of the operator'
    const relay = await startTestRelay({ operatorToken, metricsOnLoopback: 'false' })
    const ask = (headers = {}) => rawRequest(relay.url, { target: '/metrics', headers })
    expect((await ask()).status).toBe(401)
    expect((await ask(bearer(desk.token))).status).toBe(401)
    expect((await ask(bearer(operatorToken))).status).toBe(200)
    await relay.close()
  })
})

describe('unknown paths', () => {
  const unknown = [
    ['/nowhere', 'ollama'],
    ['/api/nowhere', 'ollama'],
    ['/debug/pprof', 'ollama'],
    ['/v1', 'openai'],
    ['/v1/', 'openai'],
    ['/v1/threads', 'openai'],
    ['/v1/messages/batches', 'anthropic'],
  ] as const

  it.for(unknown)(
    '%s is answered 404 in the dialect of %s clients, wherever the key is',
    async ([path, dialect], { upstream, desk, send }) => {
      const before = upstream.fromClients.length
      const headers = desk.authorization
      for (const response of [
        await send({ target: path, headers }),
        await send({ target: `/k/${desk.key}${path}` }),
        await send({ target: `/api/tunnel/${desk.ownerId}${path}`, headers }),
      ]) {
        expect(response.status).toBe(404)
        expect(response.json()).toEqual(shapeOf(dialect, 'NOT_FOUND'))
      }
      expect(upstream.fromClients).toHaveLength(before)
    },
  )

  it.for([
    ['/api/chat', 'GET', 'ollama', 'POST'],
    ['/api/tags', 'DELETE', 'ollama', 'GET, HEAD'],
    ['/v1/models', 'POST', 'openai', 'GET, HEAD'],
    ['/v1/chat/completions', 'PUT', 'openai', 'POST'],
    ['/v1/messages', 'GET', 'anthropic', 'POST'],
  ] as const)(
    '%s refuses %s in the dialect of %s clients',
    async ([path, method, dialect, allow], { desk, send }) => {
      for (const target of [path, `/k/${desk.key}${path}`]) {
        const response = await send({ method, target, headers: desk.authorization })
        expect(response.status).toBe(405)
        expect(response.json()).toEqual(shapeOf(dialect, 'METHOD_NOT_ALLOWED'))
        expect(response.headers.allow).toBe(allow)
      }
    },
  )

  it('is refused by the relay itself with the allowed methods', async ({ send }) => {
    const response = await send({ method: 'GET', target: '/api/pair' })
    expect([response.status, response.headers.allow]).toEqual([405, 'POST'])
  })

  it.for([
    ['/v1/models/../../debug', 'openai'],
    ['/v1///models', 'openai'],
    ['/v1/models//x', 'openai'],
    ['/v1/messages/%2e%2e/x', 'anthropic'],
    ['/api/%2fdebug', 'ollama'],
  ] as const)('%s is refused in the dialect of %s clients', async ([path, dialect], { desk, send }) => {
    for (const target of [path, `/k/${desk.key}${path}`, `/api/tunnel/${desk.ownerId}${path}`]) {
      const response = await send({ target, headers: desk.authorization })
      expect(response.status).toBe(400)
      expect(response.json()).toEqual(shapeOf(dialect, 'BAD_PATH'))
    }
  })
})

describe('a slightly wrong base URL', () => {
  it.for([
    ['/v1/', 'chat/completions/'],
    ['/v1/', '/chat/completions'],
    ['/v1', '/v1/chat/completions'],
    ['', '/chat/completions'],
    ['/api', '/v1/chat/completions'],
  ] as const)(
    '%s with %s reaches the model, and the desktop gets the correct path',
    async ([base, path], { desk, send, upstream }) => {
      const body = '{"model":"fake","messages":[]}'
      for (const prefix of ['', `/k/${desk.key}`, `/api/tunnel/${desk.ownerId}`]) {
        const headers = desk.authorization
        const response = await send({ method: 'POST', target: `${prefix}${base}${path}`, headers, body })
        expect(response.status).toBe(200)
        expect(upstream.fromClients.at(-1)?.target).toBe('/v1/chat/completions')
      }
    },
  )

  it('is reported if it cannot be corrected, without the key', async ({ relay, send, desk }) => {
    const { url } = relay
    const named = await send({ method: 'POST', target: '/openai/v1/chat/completions', body: '{}' })
    expect(named.status).toBe(404)
    const text = `Your base URL ends with "/openai/v1". Use ${url}/v1 instead.`
    expect(named.body.toString()).toContain(JSON.stringify(text).slice(1, -1))
    const keyed = await send({ target: `/k/${desk.key}/x/api/tags` })
    expect(keyed.json()).toEqual({ error: `Your base URL ends with "/x". Use ${url}/k/<key> instead.` })
    const pasted = await send({ target: `/x/k/${desk.key}/api/tags` })
    expect([pasted.status, pasted.body.toString()]).toEqual([404, expect.not.stringContaining('ctl_a')])
    expect(pasted.body.toString()).not.toContain(desk.key.slice(-20))
  })

  it('cannot request the tunnel’s path without a WebSocket', async ({ send }) => {
    for (const method of ['GET', 'HEAD'])
      for (const target of ['/ws/tunnel', '/ws', '/ws?token=x']) {
        const response = await send({ method, target })
        expect([response.status, response.headers.upgrade]).toEqual([426, 'websocket'])
      }
  })
})

/** An error body of this dialect with this code, where the dialect has room for it. */
function shapeOf(dialect: 'ollama' | 'openai' | 'anthropic', code: string): object {
  const message: unknown = expect.any(String)
  const type: unknown = expect.any(String)
  if (dialect === 'ollama') return { error: message }
  const error = { message, type, code }
  return dialect === 'openai' ? { error } : { type: 'error', error }
}

it('pairing sends 100 Continue to a client that waits for it', async ({ relay }) => {
  const call = request(`${relay.url}/api/pair`, {
    method: 'POST',
    headers: { expect: '100-continue', 'content-type': 'application/json', 'content-length': 2 },
  })
  call.flushHeaders()
  await once(call, 'continue')
  call.end('{}')
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  response.resume()
  expect(response.statusCode).toBe(400)
})
