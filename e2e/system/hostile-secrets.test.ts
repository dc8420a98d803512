import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { WebSocket } from 'ws'
import { createLogger } from '../../src/bridge/log/pino-logger.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { ERRORS } from '../../src/shared/errors.ts'
import type { Logger } from '../../src/shared/logger.ts'
import { closedAfter, FILE, fresh, shared } from '../support/fixtures.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'
import { RawSocket, sendRaw } from '../support/raw-socket.ts'
import { startTestRelay, type Desk } from '../support/stack.ts'

/** Input of the loggers, before redaction. */
const logged: unknown[] = []
/** Output of the loggers. */
const written: string[] = []

const output = { write: (line: string) => void written.push(line) }
const behind = createLogger({ level: 'debug', format: 'json', output })
const recorder = (logger: Logger): Logger => {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
    logged.push(fields, message)
    logger[level](fields, message)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => {
      logged.push(fields)
      return recorder(logger.child(fields))
    },
  }
}

const recorded = shared
  .extend('relayOptions', FILE, { logger: recorder(behind) })
  .extend('deskOptions', FILE, { logger: recorder(behind) })
  .extend('revoked', FILE, async ({ desk }) => {
    const { key, record } = await desk.createKey({ name: 'to be revoked' })
    await desk.keys.revoke(record.id)
    return key
  })

describe('guessing a pairing code', () => {
  const it = fresh
  const guess = (relay: Relay, code: string, from?: string): Promise<RawResponse> =>
    rawRequest(relay.url, {
      method: 'POST',
      target: '/api/pair',
      headers: { 'content-type': 'application/json', ...(from !== undefined && { 'x-forwarded-for': from }) },
      body: JSON.stringify({ code }),
    })

  it('is limited after five attempts from one address, even parallel ones, with the time to retry', async ({
    relay,
  }) => {
    const code = relay.mintPairingCode('owner')
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => guess(relay, 'AAAA-AAAA', '203.0.113.5')),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === ERRORS.PAIRING_CODE_INVALID.status)).toHaveLength(5)
    expect(statuses.filter((status) => status === ERRORS.PAIRING_LOCKED.status)).toHaveLength(25)
    const locked = answers.find(({ status }) => status === 429)
    expect(Number(locked?.headers['retry-after'])).toBeGreaterThan(0)
    expect((await guess(relay, code, '203.0.113.5')).status).toBe(ERRORS.PAIRING_LOCKED.status)
    expect((await guess(relay, code, '203.0.113.6')).status).toBe(200)
  })

  it('is limited after sixty attempts from one network, and not for others', async ({ relay }) => {
    const statuses: number[] = []
    for (let i = 0; i < 65; i++) statuses.push((await guess(relay, 'AAAA-AAAA', `203.0.113.${i}`)).status)
    expect(statuses).toEqual([...Array<number>(60).fill(403), ...Array<number>(5).fill(429)])
    // A new one: so many wrong tries have voided those from before.
    const code = relay.mintPairingCode('owner')
    expect((await guess(relay, code, '198.51.100.1')).status).toBe(200)
  })

  it('cannot be restarted with a forged address', async () => {
    const relay = await closedAfter(startTestRelay({ trustedProxies: 'none' }))
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await guess(relay, 'AAAA-AAAA', `203.0.113.${i}`)).status)
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429])
  })

  it.for([
    '',
    'null',
    '[]',
    '{}',
    '{"code":1}',
    '{"code":["A"]}',
    '{"code":{"a":1}}',
    `{"code":"${'A'.repeat(65)}"}`,
    '{"code":"A"',
    '\ufeff{}',
  ])('does not count a malformed request as an attempt: %j', async (body, { relay }) => {
    const { status } = await rawRequest(relay.url, {
      method: 'POST',
      target: '/api/pair',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(status).toBe(ERRORS.BAD_REQUEST.status)
  })

  it('works once with the correct code, and never again', async ({ relay }) => {
    const code = relay.mintPairingCode('owner')
    const statuses = (await Promise.all([1, 2, 3, 4].map(() => guess(relay, code)))).map(
      ({ status }) => status,
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 403, 403, 403])
  })
})

describe('secrets and content', () => {
  const PROMPT = 'the-prompt-that-nobody-may-keep'
  const ANSWER = 'the-answer-that-nobody-may-keep'
  const NONSENSE_KEY = 'the-key-that-was-mistyped'
  const WRONG_TOKEN = `${Buffer.from('{"alg":"EdDSA","kid":"x"}').toString('base64url')}.e30.c2lnbmF0dXJlLXRoYXQtaXMtd3Jvbmc`
  const it = recorded
  const answered: string[] = []
  it.beforeAll(async ({ upstream, relay, desk, revoked }) => {
    upstream.on('POST', '/api/generate', async (_request, response, seen) => {
      await seen.body()
      response.end(ANSWER)
    })
    upstream.on('POST', '/api/embed', (_request, response) => void response.socket?.resetAndDestroy())
    await exercise(relay, desk, revoked)
  })

  async function sendTo(
    relay: Relay,
    target: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<number> {
    const answer = await rawRequest(relay.url, {
      method: body === undefined ? 'GET' : 'POST',
      target,
      headers,
      ...(body !== undefined && { body }),
    })
    answered.push(answer.rawHeaders.join('\n'), answer.body.toString())
    return answer.status
  }

  /** Every kind of failure of a request that contains a secret. */
  async function exercise(relay: Relay, desk: Desk, revoked: string): Promise<void> {
    const send = sendTo.bind(undefined, relay)
    const { key } = desk
    const chat = JSON.stringify({
      model: 'fake',
      prompt: PROMPT,
      messages: [{ role: 'user', content: PROMPT }],
    })
    const bearer = { authorization: `Bearer ${key}` }
    expect(await send(`/k/${key}/api/generate`, {}, chat)).toBe(200)
    expect(await send('/api/generate?api_key=in-the-query', { 'x-api-key': key }, chat)).toBe(200)
    expect(await send('/api/embed', bearer, chat)).toBe(502)
    expect(await send('/api/chat', bearer, `{"model":"${PROMPT}"`)).toBe(400)
    expect(await send('/api/tags', { authorization: `Bearer ${desk.token}` })).toBe(200)
    expect(await send(`/api/tunnel/status?token=${desk.token}`, bearer)).toBe(200)
    for (const path of ['/api/tags', '/v1/models', '/nothing', '/api/../tags', '/v1/models/a%00', '']) {
      await send(`/k/${key}${path}`)
      await send(`/k/${revoked}${path}`)
      await send(`/k/${NONSENSE_KEY}${path}`)
      await send(`/k/${key.replace('c', '%63')}${path}`)
      await send(`/k/${encodeURIComponent(`${key}/`)}${path}`)
    }
    for (const prefix of ['/api/k', '/K', '/v1/k', '/api/tunnel', '/api'])
      await send(`${prefix}/${key}/api/tags`)
    expect(await send(`/k/${key}/api/tags`, { authorization: `Bearer ${desk.token}` })).toBe(401)
    expect(
      await send('/api/tags', { authorization: `Basic ${Buffer.from(`me:${key}`).toString('base64')}` }),
    ).toBe(200)
    expect(await send('/api/tags', { authorization: `Bearer ${WRONG_TOKEN}` })).toBe(401)
    expect(await send('/metrics')).toBe(200)
    answered.push((await sendRaw(relay.port, `GET /k/${key}/api/ tags HTTP/1.1\r\nHost: relay\r\n\r\n`)).body)
    answered.push(
      (await sendRaw(relay.port, `GET /k/${key}/api/tags HTTP/1.1\r\nX-Api-Key : ${key}\r\n\r\n`)).body,
    )
    for (const token of [desk.token, WRONG_TOKEN, key]) await dial(relay, token)
    relay.mintPairingCode('owner')
    await send(
      '/api/pair',
      { 'content-type': 'application/json' },
      JSON.stringify({ code: NONSENSE_KEY, deviceName: PROMPT }),
    )
  }

  async function dial({ port }: Relay, token: string): Promise<void> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/tunnel?token=${token}`, ['ctl.tunnel.v1'])
    const { promise, resolve } = Promise.withResolvers<void>()
    socket.on('unexpected-response', (_request, response) => {
      answered.push(response.rawHeaders.join('\n'))
      resolve()
    })
    socket.on('error', () => resolve())
    socket.on('open', () => resolve())
    await promise
    socket.terminate()
  }

  const deep = (value: unknown): string =>
    inspect(value, { depth: 12, maxStringLength: null, maxArrayLength: null, showHidden: true })
  const secretPart = (key: string): string => key.slice(-43)

  it('are in no log: no prompt, answer or token even before redaction', ({ desk }) => {
    const text = logged.map(deep).join('\n')
    expect(logged.length).toBeGreaterThan(50)
    for (const secret of [PROMPT, ANSWER, desk.token, WRONG_TOKEN, 'in-the-query'])
      expect(text).not.toContain(secret)
  })

  it('are in no log: no key after redaction', ({ desk, revoked }) => {
    const text = written.join('')
    for (const secret of [
      secretPart(desk.key),
      secretPart(revoked),
      NONSENSE_KEY,
      PROMPT,
      ANSWER,
      desk.token,
      WRONG_TOKEN,
    ])
      expect(text).not.toContain(secret)
  })

  it('are in no response', ({ desk, revoked }) => {
    const text = answered.join('\n').replaceAll(ANSWER, '')
    for (const secret of [
      secretPart(desk.key),
      secretPart(revoked),
      NONSENSE_KEY,
      PROMPT,
      desk.token,
      WRONG_TOKEN,
    ])
      expect(text).not.toContain(secret)
  })

  it('are in no metrics', async ({ relay, desk }) => {
    const metrics = await (await fetch(`${relay.url}/metrics`)).text()
    for (const secret of [
      secretPart(desk.key),
      desk.token,
      desk.ownerId === 'owner' ? '"owner"' : desk.ownerId,
      PROMPT,
    ])
      expect(metrics).not.toContain(secret)
  })

  it('are not sent to the upstream', ({ upstream, desk }) => {
    for (const { rawHeaders, target } of upstream.seen) {
      const text = [...rawHeaders, target].join('\n')
      for (const secret of [secretPart(desk.key), desk.token]) expect(text).not.toContain(secret)
    }
  })
})

describe('a key in the path', () => {
  const variants: [string, (key: string) => string, number][] = [
    ['as it is', (key) => `/k/${key}/api/tags`, 200],
    ['percent-encoded in part', (key) => `/k/${key.replace('ctl', '%63tl')}/api/tags`, 401],
    [
      'percent-encoded throughout',
      (key) => `/k/${[...Buffer.from(key)].map((byte) => `%${byte.toString(16)}`).join('')}/api/tags`,
      401,
    ],
    ['in capitals', (key) => `/k/${key.toUpperCase()}/api/tags`, 401],
    ['with a letter more', (key) => `/k/${key}A/api/tags`, 401],
    ['with a letter less', (key) => `/k/${key.slice(0, -1)}/api/tags`, 401],
    [
      'with another letter at the end',
      (key) => `/k/${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}/api/tags`,
      401,
    ],
    ['followed by a NUL', (key) => `/k/${key}%00/api/tags`, 400],
    ['followed by a line break', (key) => `/k/${key}%0a/api/tags`, 400],
    ['with a slash that is encoded', (key) => `/k/${key}%2fapi/tags`, 400],
    ['with dot segments in its place', () => '/k/%2e%2e/api/tags', 400],
    ['twice', (key) => `/k/${key}/k/${key}/api/tags`, 404],
    ['empty', () => '/k//api/tags', 401],
    ['followed by nothing', (key) => `/k/${key}`, 200],
    ['after another letter', (key) => `/K/${key}/api/tags`, 404],
  ]
  shared.for(variants)(
    'is accepted only in its exact form: %s',
    async ([, target, status], { relay, desk }) => {
      const socket = await RawSocket.open(relay.port)
      socket.send(`GET ${target(desk.key)} HTTP/1.1\r\nHost: relay\r\n\r\n`)
      expect((await socket.answer()).status).toBe(status)
      socket.destroy()
    },
  )
})
