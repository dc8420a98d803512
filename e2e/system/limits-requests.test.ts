import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RelayFlags } from '../../src/relay/config.ts'
import { Call } from '../support/call.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { startStack, startTestRelay, type DeskOptions, type Stack } from '../support/stack.ts'

const ORIGIN = 'https://chat.example'

let fake: FakeUpstream
let stack: Stack | undefined
beforeAll(async () => void (fake = await FakeUpstream.start()))
afterAll(() => fake.close())
afterEach(async () => {
  await stack?.close()
  stack = undefined
  fake.seen.length = 0
})

async function start(flags: RelayFlags, options: DeskOptions = {}): Promise<Stack> {
  stack = await startStack(fake.origin, flags, options)
  return stack
}

function chat({ desk }: Stack, options: object = {}, key = desk.key, path = '/api/chat'): Call {
  const headers = { authorization: `Bearer ${key}`, 'user-agent': 'test', origin: ORIGIN }
  return new Call(`${desk.relayUrl}${path}`, { headers, body: { model: 'fake', messages: [], options } })
}

async function answerOf(
  call: Call,
): Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }> {
  const { statusCode: status, headers } = await call.head
  await call.over
  return { status, headers, body: call.text }
}

describe('requests of one owner above their limit', () => {
  it('wait, and are all answered eventually', async () => {
    const here = await start({ maxConcurrentStreams: 3 })
    const calls = Array.from({ length: 30 }, () => chat(here, { tokens: 3, intervalMs: 2 }))
    for (const call of calls) expect(await answerOf(call)).toMatchObject({ status: 200 })
  })

  it('take turns by key: a greedy key does not delay another by all of its requests', async () => {
    const here = await start({ maxConcurrentStreams: 1 })
    const { key } = await here.desk.createKey({ name: 'modest' })
    const order: string[] = []
    const note = (name: string) => async (call: Call) => {
      await call.whole()
      order.push(name)
    }
    const loaded = fake.holdLoads()
    const running = chat(here)
    await fake.request('/api/chat')
    const greedy = Array.from({ length: 10 }, () => chat(here))
    await waiting(here, 10)
    const modest = chat(here, {}, key)
    await waiting(here, 11)
    loaded()
    await Promise.all([running.whole(), ...greedy.map(note('greedy')), note('modest')(modest)])
    expect(order.indexOf('modest')).toBeLessThanOrEqual(1)
  })

  it.each([
    ['/api/chat', { error: expect.any(String) as string }],
    ['/v1/chat/completions', { error: { type: 'rate_limit_error', code: 'TOO_MANY_STREAMS' } }],
    ['/v1/messages', { type: 'error', error: { type: 'rate_limit_error' } }],
  ])('are refused on %s in its dialect if too many wait, readable by a page', async (path, body) => {
    const here = await start({ maxConcurrentStreams: 1, maxQueued: 1 })
    const running = chat(here, { stall: 0 })
    await fake.request('/api/chat')
    const second = chat(here)
    await waiting(here, 1)
    const refused = await answerOf(chat(here, {}, here.desk.key, path))
    expect(refused.status).toBe(429)
    expect(refused.headers).toMatchObject({
      'retry-after': '1',
      'x-queue-position': '2',
      'x-queue-length': '1',
      'access-control-allow-origin': ORIGIN,
      'access-control-expose-headers': expect.stringMatching(/retry-after.*x-queue-position/) as string,
    })
    expect(JSON.parse(refused.body)).toMatchObject(body)
    running.destroy()
    await second.whole()
  })

  it('get a time to retry after the maximum wait', async () => {
    const here = await start({ maxConcurrentStreams: 1, queueWaitMs: 50 })
    const running = chat(here, { stall: 0 })
    await fake.request('/api/chat')
    const late = await answerOf(chat(here))
    expect([late.status, late.headers['x-queue-position']]).toEqual([429, '1'])
    running.destroy()
  })

  it('leave the queue when their client disconnects, and never reach the model', async () => {
    const here = await start({ maxConcurrentStreams: 1 })
    const running = chat(here, { stall: 0 })
    await fake.request('/api/chat')
    const leaver = chat(here, { marker: 'leaver' })
    await waiting(here, 1)
    leaver.destroy()
    await waiting(here, 0)
    running.destroy()
    await chat(here).whole()
    expect(fake.fromClients).toHaveLength(2)
  })
})

describe('too many requests', () => {
  it('of an owner in a window are refused with the time to wait, but not those of others', async () => {
    const here = await start({ preset: 'hosted', maxRequests: 5 })
    const statuses = []
    for (let i = 0; i < 6; i++) statuses.push((await answerOf(chat(here))).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    const { headers } = await answerOf(chat(here))
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
  })

  it('of all owners are refused, and running ones continue', async () => {
    const here = await start({ maxStreams: 1 })
    const running = chat(here, { tokens: 30, intervalMs: 10 })
    await running.piece()
    const shed = await answerOf(chat(here))
    expect([shed.status, shed.headers['retry-after']]).toEqual([503, '5'])
    expect(await running.whole()).toContain('token-29')
    expect((await answerOf(chat(here))).status).toBe(200)
  })
})

describe('a model server that is down', () => {
  it('gets no requests after some failures, until it is back', async () => {
    const own = await FakeUpstream.start()
    const here = (stack = await startStack(own.origin, { breakerFailures: 3, breakerPauseMs: 1_000 }))
    expect((await answerOf(chat(here))).status).toBe(200)
    const { port } = own
    await own.close()
    const open = await until(here, 503)
    expect(open.headers).toMatchObject({ 'retry-after': '1', 'access-control-allow-origin': ORIGIN })
    expect(open.body).toContain('failed several times in a row')
    const revived = await FakeUpstream.start({ port })
    await until(here, 200)
    await waitFor(here, /^ctl_breakers_open 0$/m)
    await revived.close()
  })

  it('is distinguished from one that refuses, and from one whose clients disconnect', async () => {
    const here = await start({ breakerFailures: 2 })
    for (const status of [400, 404, 500, 503])
      expect((await answerOf(chat(here, { status }))).status).toBe(status)
    for (let i = 0; i < 4; i++) {
      const leaver = chat(here, { load_ms: 60_000 })
      await fake.request('/api/chat')
      leaver.destroy()
    }
    expect((await answerOf(chat(here))).status).toBe(200)
  })
})

describe('guessing', () => {
  it('keys is refused, even with the correct one, but not from another address', async () => {
    const here = await start({ maxAuthFailures: 3 })
    const from = async (address: string, key: string) => {
      const headers = { authorization: `Bearer ${key}`, 'x-forwarded-for': address }
      return answerOf(new Call(`${here.relay.url}/api/tags`, { headers }))
    }
    const wrong = here.desk.key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    for (let i = 0; i < 3; i++) expect((await from('203.0.113.7', wrong)).status).toBe(401)
    const locked = await from('203.0.113.7', here.desk.key)
    expect(locked.status).toBe(429)
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(0)
    expect((await from('203.0.113.8', here.desk.key)).status).toBe(200)
  })

  it('a tunnel’s token is refused as well', async () => {
    const here = await start({ maxAuthFailures: 2 })
    const dial = async () => {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-protocol': 'ctl.tunnel.v1',
        authorization: 'Bearer a.b.c',
        'x-forwarded-for': '203.0.113.7',
      }
      return (await answerOf(new Call(`${here.relay.url}/ws/tunnel`, { headers }))).status
    }
    expect([await dial(), await dial(), await dial()]).toEqual([401, 401, 429])
  })
})

describe('an address with too many sockets', () => {
  it('gets an error on the next, and can connect again once one is closed', async () => {
    const relay = await startTestRelay({ trustedProxies: 'none', maxConnectionsPerAddress: 3 })
    const sockets = await Promise.all([1, 2, 3].map(() => RawSocket.open(relay.port)))
    const fourth = await RawSocket.open(relay.port)
    expect((await fourth.answer()).status).toBe(503)
    sockets[0]?.destroy()
    await fourth.closed
    for (;;) {
      const next = await RawSocket.open(relay.port)
      next.send('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
      const { status } = await next.answer().catch(() => ({ status: 0 }))
      next.destroy()
      if (status === 200) break
    }
    for (const socket of sockets) socket.destroy()
    await relay.close()
  })
})

it('compresses a tunnel only if the relay is configured to', async () => {
  const body = 'the same again '.repeat(20_000)
  const bytesUp = async (flags: RelayFlags) => {
    const { desk } = (stack = await startStack(fake.origin, flags))
    fake.on('GET', '/v1/models/long', (_request, response) => void response.end(body))
    const before = desk.proxy.bytes.up
    const answer = new Call(`${desk.relayUrl}/v1/models/long`, { headers: desk.authorization })
    expect((await answer.whole()) === body).toBe(true)
    const spent = desk.proxy.bytes.up - before
    await stack.close()
    stack = undefined
    return spent
  }
  expect(await bytesUp({})).toBeGreaterThan(body.length)
  expect(await bytesUp({ compressionEnabled: 'true' })).toBeLessThan(body.length / 10)
})

/** Repeats the request until this is the response. */
async function until(here: Stack, status: number) {
  for (;;) {
    const answer = await answerOf(chat(here))
    if (answer.status === status) return answer
  }
}

function waiting(here: Stack, count: number): Promise<void> {
  return waitFor(here, new RegExp(`^ctl_requests_waiting ${count}$`, 'm'))
}

async function waitFor({ relay }: Stack, figure: RegExp): Promise<void> {
  while (!figure.test((await relay.metrics.exposition()).body))
    await new Promise((resolve) => setImmediate(resolve))
}
