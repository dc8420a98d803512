import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { Call } from '../support/call.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { freePort } from '../support/free-port.ts'
import { FrontServer } from '../support/front-server.ts'
import { PATIENCE_MS } from '../support/patience.ts'
import { Desk, startTestRelay } from '../support/stack.ts'
import { expectTokenByToken } from '../support/token-by-token.ts'

const MIB = 1024 * 1024

describe.each(['nginx', 'caddy'] as const)('behind %s, as deploy/ configures it', (kind) => {
  let fake: FakeUpstream
  let relay: Relay
  let front: FrontServer
  let desk: Desk
  beforeAll(async () => {
    fake = await FakeUpstream.start()
    relay = await startTestRelay()
    // Only the last relay is up: clients must not notice that the others are down.
    front = await FrontServer[kind]([await freePort(), await freePort(), relay.port])
    await vi.waitFor(async () => expect((await fetch(`${front.url}/health/ready`)).status).toBe(200), {
      timeout: PATIENCE_MS,
    })
    // Pairing, the tunnel and every request go through the proxy.
    desk = await Desk.start({ ...relay, port: front.port, url: front.url }, fake.origin)
  })
  afterAll(async () => {
    await desk?.close()
    await front?.close()
    await relay.close()
    await fake.close()
  })

  it('passes each token before the next one is generated', () => expectTokenByToken(fake, desk.keyUrl))

  it('passes an upload of 100 MB of unknown length, byte for byte', async () => {
    const block = randomBytes(MIB)
    const hash = createHash('sha256')
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 100; i++) {
          hash.update(block)
          yield block
        }
      })(),
    )
    fake.on('POST', '/api/blobs/sha256:ab', async (_request, response, seen) => {
      response.end(JSON.stringify(await seen.body()))
    })
    const call = new Call(`${desk.keyUrl}/api/blobs/sha256:ab`, { method: 'POST', body })
    expect((await call.head).statusCode).toBe(200)
    expect(JSON.parse(await call.whole())).toMatchObject({ bytes: 100 * MIB, sha256: hash.digest('hex') })
  })

  // Without further input, a proxy may notice only at the next heartbeat.
  it('aborts the upstream request soon after a client has disconnected', { timeout: 10_000 }, async () => {
    fake.on('POST', '/api/generate', async (_request, response, seen) => {
      await seen.body()
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write('{"token":0}\n')
    })
    const call = new Call(`${desk.keyUrl}/api/generate`, { body: { model: fake.models[0], prompt: 'x' } })
    const seen = await fake.request('/api/generate')
    await call.piece()
    call.destroy()
    await seen.socketClosedAt
  })

  it('passes the relay’s own errors', async () => {
    const origin = 'https://chat.example'
    const refused = await fetch(`${front.url}/v1/models`, { headers: { origin } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/chat\.example)$/)
    expect(await refused.json()).toMatchObject({ error: { code: expect.any(String) } })
    const preflight = await fetch(`${front.url}/v1/models`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization',
    ])
  })

  it('keeps paths and long tokens unchanged', async () => {
    fake.on('GET', '/v1/models/org%2Fmodel', (_request, response) => void response.end('{}'))
    const call = new Call(`${desk.keyUrl}/v1/models/org%2Fmodel`)
    await call.over
    expect((await fake.request('/v1/models/org%2Fmodel')).target).toBe('/v1/models/org%2Fmodel')
    const token = `${'a'.repeat(12_000)}.b.c`
    const long = new Call(`${front.url}/api/tags`, { headers: { authorization: `Bearer ${token}` } })
    expect((await long.head).statusCode).toBe(401)
  })

  it('assigns request ids, ignores those of clients, and logs no key', async () => {
    const headers = { 'x-request-id': 'chosen-by-a-client', 'user-agent': 'test' }
    const answer = await new Call(`${desk.keyUrl}/api/version`, { headers }).head
    const id = String(answer.headers['x-request-id'])
    expect(id).toMatch(/^[\da-f-]{32,36}$/)
    // nginx assigns ids of 32 digits.
    if (kind === 'nginx') await expect.poll(() => front.log()).toContain(id)
    expect(await front.log()).not.toContain(desk.key)
  })

  it.each(['/metrics', '/metrics/', '/k/x/metrics', `/k/x/metrics?a`, '/%6detrics', '/k/x/%6detrics'])(
    'does not expose the metrics at %s',
    async (path) => {
      // The relay itself would respond to this machine: only the proxy refuses.
      expect((await fetch(`${relay.url}/metrics`)).status).toBe(200)
      expect((await fetch(`${front.url}${path}`)).status).toBe(404)
    },
  )

  it('passes the relay’s refusal of a tunnel without a token', async () => {
    const opened = await new Promise<number>((resolve) => {
      const upgrade = request(`${front.url}/ws/tunnel`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
          'sec-websocket-protocol': 'ctl.tunnel.v1',
        },
      })
      upgrade.on('response', ({ statusCode }) => resolve(statusCode ?? 0))
      upgrade.on('upgrade', () => resolve(101))
      upgrade.end()
    })
    expect(opened).toBe(401)
  })
})
