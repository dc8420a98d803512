import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Relay } from '../../src/relay/relay.ts'
import { silentLogger, type Logger } from '../../src/shared/logger.ts'
import { rawRequest } from '../support/raw-request.ts'
import { pair, startPlainRelay } from '../support/stack.ts'

const TOKEN = 'a token of the operator'
const bearer = { authorization: `Bearer ${TOKEN}` }

describe('a relay without configured proxies', () => {
  const warnings: { readonly fields: object; readonly message: string }[] = []
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => void warnings.push({ fields, message }),
    child: () => silentLogger,
  }
  let relay: Relay
  beforeAll(async () => void (relay = await startPlainRelay({}, { logger })))
  afterAll(() => relay.close())

  it('shows its metrics to no client, not even on this machine', async () => {
    const refused = await rawRequest(relay.url, { target: '/metrics' })
    expect(refused.status).toBe(401)
    expect(refused.json()).toMatchObject({ error: expect.stringContaining('OPERATOR_TOKEN') })
  })

  it('ignores a forwarded address from a peer on this machine, and warns once', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) {
      const headers = { 'x-forwarded-for': `203.0.113.${i}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ code: 'AAAA-AAAA' })
      statuses.push(
        (await rawRequest(relay.url, { method: 'POST', target: '/api/pair', headers, body })).status,
      )
    }
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429])
    expect(warnings.filter(({ message }) => message.includes('TRUSTED_PROXIES'))).toEqual([
      { fields: { peer: '127.0.0.1' }, message: expect.stringContaining('X-Forwarded-For') },
    ])
  })
})

describe('metrics that are open to this machine', () => {
  let relay: Relay
  beforeAll(async () => void (relay = await startPlainRelay({ metricsOnLoopback: 'true' })))
  afterAll(() => relay.close())
  const ask = async (headers: Readonly<Record<string, string>> = {}) =>
    (await rawRequest(relay.url, { target: '/metrics', headers })).status

  it('are read there without a token', async () => {
    expect(await ask()).toBe(200)
    expect(await ask({ host: 'localhost:3001' })).toBe(200)
  })

  it.each([
    { 'x-forwarded-for': '127.0.0.1' },
    { forwarded: 'for=127.0.0.1' },
    { 'x-real-ip': '127.0.0.1' },
    { via: '1.1 proxy' },
    { 'cf-connecting-ip': '127.0.0.1' },
  ] as Record<string, string>[])('are closed to forwarded requests: %j', async (headers) => {
    expect(await ask(headers)).toBe(401)
  })

  it.each([{ host: '192.0.2.1' }, { host: 'relay.example.com' }])(
    'are closed to requests with another host name: %j',
    async (headers) => {
      expect(await ask(headers)).toBeGreaterThanOrEqual(401)
    },
  )
})

describe('a cross-origin page in the operator’s browser', () => {
  let relay: Relay
  beforeAll(async () => {
    relay = await startPlainRelay({
      operatorToken: TOKEN,
      publicUrl: 'https://relay.example.com',
      trustedHosts: 'inside.example',
      trustedOrigins: 'https://console.example',
    })
  })
  afterAll(() => relay.close())
  const here = () => `http://127.0.0.1:${relay.port}`
  const metrics = async (headers: Readonly<Record<string, string>>) =>
    (await rawRequest(here(), { target: '/metrics', headers: { ...bearer, ...headers } })).status
  const redeem = (headers: Readonly<Record<string, string>>, code = 'AAAA-AAAA') =>
    rawRequest(here(), {
      method: 'POST',
      target: '/api/pair',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ code }),
    })

  it.each([
    'evil.example',
    'evil.example:3001',
    'relay.example.com.evil.example',
    'x@127.0.0.1',
    'localhost.evil.example',
  ])('is refused as %s, a name that it made resolve to this relay', async (host) => {
    expect(await metrics({ host })).toBe(403)
    const refused = await redeem({ host })
    expect(refused.status).toBe(403)
    expect(refused.json()).toEqual({ error: expect.stringContaining('TRUSTED_HOSTS') })
  })

  it.each([
    'relay.example.com',
    'RELAY.example.com:8443',
    'inside.example',
    'localhost',
    '127.0.0.1:1',
    '[::1]:3001',
    '192.0.2.7',
  ])('cannot use %s through DNS rebinding', async (host) => {
    expect(await metrics({ host })).toBe(200)
  })

  it.each([
    'https://evil.example',
    'null',
    'http://127.0.0.1:8080',
    'https://relay.example.com.evil.example',
  ])('cannot pair from %s, nor read metrics', async (origin) => {
    const code = relay.mintPairingCode('owner')
    const refused = await redeem({ origin }, code)
    expect(refused.status).toBe(403)
    expect(refused.json()).toEqual({ error: expect.stringContaining('TRUSTED_ORIGINS') })
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    expect(await metrics({ origin })).toBe(403)
    // The code has not been used up.
    expect((await redeem({}, code)).status).toBe(200)
  })

  it('is not permitted by a preflight', async () => {
    const ask = async (origin: string) =>
      (
        await rawRequest(here(), {
          method: 'OPTIONS',
          target: '/api/pair',
          headers: { origin, 'access-control-request-method': 'POST' },
        })
      ).headers['access-control-allow-origin']
    expect(await ask('https://evil.example')).toBeUndefined()
    expect(await ask('https://console.example')).toBe('https://console.example')
  })

  it('is accepted if it is the relay’s own or listed', async () => {
    for (const headers of [
      { origin: 'https://relay.example.com', host: '127.0.0.1:3001' },
      { origin: 'https://console.example' },
      { origin: 'http://127.0.0.1:3001', host: '127.0.0.1:3001' },
    ] as Record<string, string>[])
      expect((await redeem(headers, relay.mintPairingCode('owner'))).status).toBe(200)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; x=application/json',
  ])('cannot send a pairing code like a form: %s', async (type) => {
    expect((await redeem({ 'content-type': type }, relay.mintPairingCode('owner'))).status).toBe(415)
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'leaves %s to devices',
    async (type) => {
      expect((await redeem({ 'content-type': type }, relay.mintPairingCode('owner'))).status).toBe(200)
    },
  )

  it('cannot open a tunnel, whatever token it has', async () => {
    const own = await startPlainRelay({ trustedOrigins: 'https://console.example' })
    const { credential } = await pair(own, 'owner')
    const dial = async (origin: string | undefined) => {
      const url = `ws://127.0.0.1:${own.port}/ws/tunnel?token=${credential}`
      const socket = new WebSocket(url, ['ctl.tunnel.v1'], origin === undefined ? {} : { origin })
      socket.on('error', () => {})
      const opened = once(socket, 'open').then(() => 101)
      const refused = once(socket, 'unexpected-response').then(
        ([, response]: { statusCode?: number }[]) => response?.statusCode,
      )
      const status = await Promise.race([opened, refused])
      socket.terminate()
      return status
    }
    expect(await dial('https://evil.example')).toBe(403)
    expect(await dial('null')).toBe(403)
    expect(await dial(undefined)).toBe(101)
    expect(await dial('https://console.example')).toBe(101)
    await own.close()
  })
})

it('serves operator paths without any prefix only', async () => {
  const relay = await startPlainRelay({ operatorToken: TOKEN })
  for (const target of [
    '/k/x/metrics',
    '/k//metrics',
    '/k/x/api/pair',
    '/metrics/',
    '//metrics',
    '/v1/metrics',
    '/api/metrics',
  ]) {
    const { status } = await rawRequest(relay.url, { target, headers: bearer })
    expect([target, [400, 401, 404].includes(status)]).toEqual([target, true])
  }
  expect((await rawRequest(relay.url, { target: '/metrics', headers: bearer })).status).toBe(200)
  await relay.close()
})
