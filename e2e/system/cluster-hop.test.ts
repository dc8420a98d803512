import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { Agent, request as requestByTls } from 'node:https'
import { Readable } from 'node:stream'
import { describe, expect } from 'vitest'
import { HopPasses } from '../../src/relay/cluster/hop-pass.ts'
import { hopClientTls } from '../../src/relay/cluster/hop-tls.ts'
import type { WallMs } from '../../src/shared/brands.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { busyLimitMs } from '../support/busy-limit.ts'
import { Call } from '../support/call.ts'
import { textOf, type Script } from '../support/fake-answers.ts'
import { sendBulk } from '../support/fake-upstream.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { rssMiB, tunnelsAt, type RelayGroup } from '../support/relay-group.ts'
import { SlowClient } from '../support/slow-client.ts'
import type { Desk } from '../support/stack.ts'
import { expectTokenByToken } from '../support/token-by-token.ts'

const MIB = 2 ** 20
const BULK_BYTES = 200 * MIB
const SCRIPT: Script = {
  tokens: 20,
  intervalMs: 10,
  marker: 'hop',
  padBytes: 0,
  load_ms: 0,
  breakBy: 'close',
}

const it = shared
  /** Has the tunnel; the others have none. */
  .extend('home', FILE, ({ relays }) => relays.all[0]!)
  .extend('desk', FILE, ({ relays, upstream, home }) => relays.desk(upstream.origin, { at: home }))
  /** URL at another relay, with the key in the path. */
  .extend('awayUrl', FILE, ({ relays, desk }) => `${relays.all[1]!.url}/k/${desk.key}`)

it.beforeEach(({ upstream }) => void (upstream.seen.length = 0))

function chat(url: string, script: Partial<Script> = {}): Call {
  return new Call(`${url}/api/chat`, {
    body: { model: 'fake', messages: [{ role: 'user', content: 'hi' }], options: { ...SCRIPT, ...script } },
  })
}

function wordsIn(ndjson: string): string {
  const records = ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  if (records.at(-1).done !== true) return `broken off: ${JSON.stringify(records.at(-1))}`
  return records.map(({ message }) => message.content).join('')
}

describe('a request to a relay without the device', () => {
  it('is answered as by the relay that has it, with any credential', async ({ relays, desk }) => {
    expect(await Promise.all(relays.all.map(tunnelsAt))).toEqual([1, 0, 0])
    for (const relay of relays.all) {
      expect((await fetch(`${relay.url}/k/${desk.key}/api/tags`)).status).toBe(200)
      const byOwner = { authorization: `Bearer ${desk.token}` }
      const models = await fetch(`${relay.url}/v1/models`, { headers: byOwner })
      expect(await models.json()).toMatchObject({ object: 'list' })
      const named = `${relay.url}/api/tunnel/${desk.ownerId}/api/version`
      expect((await fetch(named, { headers: desk.authorization })).status).toBe(200)
      expect(wordsIn(await chat(`${relay.url}/k/${desk.key}`).whole())).toBe(textOf(SCRIPT))
    }
  })

  it('gets the same errors, with the same fields', async ({ relays, desk }) => {
    const unknown = desk.key.replace(/.{6}$/, 'AAAAAA')
    for (const relay of relays.all) {
      const refused = await fetch(`${relay.url}/v1/models`, {
        headers: { 'x-api-key': unknown, origin: 'https://a.example' },
      })
      expect(refused.status).toBe(401)
      expect(refused.headers.get('access-control-allow-origin')).toBe('https://a.example')
      expect(refused.headers.get('x-ctl-hop')).toBeNull()
      expect(await refused.json()).toMatchObject({ error: { code: 'KEY_UNKNOWN' } })
      const other = await fetch(`${relay.url}/api/tunnel/somebody/api/tags`, { headers: desk.authorization })
      expect(other.status).toBe(403)
      const missing = await fetch(`${relay.url}/k/${desk.key}/api/chat`, {
        method: 'POST',
        body: '{"model":"none"}',
      })
      expect(missing.status).toBe(404)
      const head = await fetch(`${relay.url}/k/${desk.key}/api/tags`, { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    }
  })

  it('reports an offline desktop within a second', async ({ relays, desk }) => {
    const nobody = desk.key.replace(desk.identity.address, relays.address('nobody'))
    const ask = (key: string) =>
      fetch(`${relays.all[1]!.url}/api/tags`, { headers: { authorization: `Bearer ${key}` } })
    const limitMs = await busyLimitMs(1_000, () => ask(desk.key))
    const startedAt = performance.now()
    const response = await ask(nobody)
    expect(performance.now() - startedAt).toBeLessThan(limitMs)
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).not.toBeNull()
  })

  it('is answered token by token', ({ upstream, awayUrl }) => expectTokenByToken(upstream, awayUrl))

  it('ends in an error that the client sees at the end of the truncated answer', async ({ awayUrl }) => {
    const call = chat(awayUrl, { breakAfter: 5 })
    await call.over
    expect(wordsIn(call.text)).toMatch(/^broken off: \{"error":"/)
  })

  it('has one id in the logs of both relays, and the address of its client', async ({ relays, desk }) => {
    const unknown = desk.key.replace(/.{6}$/, 'BBBBBB')
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-request-id': 'one-id-for-both' }
    const [home, away] = relays.all
    await fetch(`${away!.url}/k/${unknown}/api/tags`, { headers })
    for (const relay of [home!, away!]) {
      await relay.program.stderr.next((line) => line.includes('203.0.113.7'))
      await relay.program.stderr.next((line) => line.includes('one-id-for-both'))
    }
  })

  it('sees its owner’s tunnels and metrics from every relay', async ({ relays, desk }) => {
    for (const relay of relays.all) {
      const ask = async (path: string) =>
        (await fetch(`${relay.url}/api/tunnel/${path}`, { headers: desk.authorization })).json() as Promise<{
          requests: number
        }>
      expect(await ask('status')).toMatchObject({ userId: 'owner', tunnels: [{ connected: true }] })
      expect(await ask(`health/${desk.ownerId}`)).toMatchObject({ status: 'healthy' })
      expect((await ask('metrics')).requests).toBeGreaterThan(0)
    }
  })
})

describe('a body through a hop', () => {
  it('of 200 MiB arrives byte for byte, upwards', async ({ upstream, awayUrl }) => {
    const block = randomBytes(MIB)
    const hash = createHash('sha256')
    for (let i = 0; i < BULK_BYTES / MIB; i++) hash.update(block)
    const digest = `sha256:${hash.digest('hex')}`
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < BULK_BYTES / MIB; i++) yield block
      })(),
    )
    const call = new Call(`${awayUrl}/api/blobs/${digest}`, { body })
    expect((await call.head).statusCode).toBe(201)
    await call.whole()
    expect(upstream.blobs).toContain(digest)
  })

  it('of 200 MiB arrives byte for byte, downwards, in bounded memory however slowly it is read', async ({
    relays,
    upstream,
    awayUrl,
  }) => {
    let sent: Promise<string> | undefined
    upstream.on('POST', '/api/generate', async (_request, response, seen) => {
      await seen.body()
      sent = sendBulk(response, BULK_BYTES)
      await sent
    })
    const before = relays.all.map(rssMiB)
    const client = await SlowClient.post(`${awayUrl}/api/generate`, { model: 'fake' })
    await client.read(MIB)
    // Others are served meanwhile, and what is not read does not pile up.
    for (let i = 0; i < 20; i++) await chat(awayUrl, { tokens: 5 }).whole()
    const grown = relays.all.map((relay, i) => rssMiB(relay) - (before[i] ?? 0))
    expect(Math.max(...grown)).toBeLessThan(80)
    const { bytes, sha256 } = await client.readAll()
    expect(bytes).toBe(BULK_BYTES)
    expect(sha256).toBe(await sent)
  })

  it('is sent only once the desktop requests it, if the client waits for that', async ({ awayUrl }) => {
    const { promise: continued, resolve } = Promise.withResolvers<void>()
    const body = '{"model":"fake","prompt":"{\\"tokens\\":3}","stream":false}'
    const headers = { expect: '100-continue', 'content-length': String(body.length) }
    const outgoing = request(`${awayUrl}/api/embed`, { method: 'POST', headers, agent: false })
    outgoing.on('continue', () => {
      resolve()
      outgoing.end(body)
    })
    const [answer] = await Promise.all([
      new Promise<number>((done) =>
        outgoing.on('response', (response) => done(response.resume().statusCode ?? 0)),
      ),
      continued,
    ])
    expect(answer).toBe(200)
  })

  it('that is larger than allowed is also refused through a second relay', async ({ awayUrl }) => {
    const tooLarge = { method: 'POST', headers: { 'content-length': String(600 * MIB) } }
    const status = await new Promise((resolve) => {
      const outgoing = request(`${awayUrl}/api/chat`, { ...tooLarge, agent: false })
      outgoing.on('error', () => {})
      outgoing.on('response', (response) => resolve(response.resume().statusCode))
      outgoing.flushHeaders()
    })
    expect(status).toBe(413)
  })
})

describe('a client that disconnects', () => {
  it.for([
    ['while it is answered', {}],
    ['before the first token', { load_ms: 60_000 }],
  ] as const)('stops the model through a hop, %s', async ([, script], { upstream, awayUrl }) => {
    const call = chat(awayUrl, { tokens: 100_000, intervalMs: 5, ...script })
    const seen = await upstream.request('/api/chat')
    if (!('load_ms' in script)) await call.piece()
    const limitMs = await busyLimitMs(1_000, () => fetch(`${awayUrl}/api/version`))
    const goneAt = performance.now()
    call.destroy()
    expect((await seen.socketClosedAt) - goneAt).toBeLessThan(limitMs)
  })
})

describe('the internal listener', () => {
  const line = { method: 'GET', target: '/api/tags' }
  const facts = { requestId: 'x', clientAddress: '127.0.0.1', expectsContinue: false }

  async function internalUrls({ redis: { client } }: RelayGroup): Promise<string[]> {
    const leases = await client.mget(await client.keys('ctl:replica:*'))
    return leases.flatMap((lease) => /https:.*$/.exec(lease ?? '') ?? [])
  }

  /** Statuses at every relay: only one has the device. */
  async function hop(
    { relays, desk }: { relays: RelayGroup; desk: Desk },
    headers: Record<string, string>,
    secret: Uint8Array = relays.key.hopTlsSecret,
  ): Promise<(number | undefined)[]> {
    const urls = await internalUrls(relays)
    expect(urls).toHaveLength(3)
    const agent = new Agent(hopClientTls(secret))
    const answers = urls.map((url) => {
      const fields = { ...desk.authorization, ...headers }
      const outgoing = requestByTls(`${url}${line.target}`, { agent, headers: fields })
      return new Promise<number | undefined>((resolve) => {
        outgoing.on('response', (answer) => resolve(answer.resume().statusCode))
        outgoing.on('error', () => resolve(undefined))
        outgoing.end()
      })
    })
    return (await Promise.all(answers)).toSorted((a, b) => (a ?? 0) - (b ?? 0))
  }

  it('refuses connections without the replicas’ key, in clear text or by TLS', async ({ relays, desk }) => {
    const pass = new HopPasses(relays.key.hopSecret, systemClock).sign(line, facts)
    const none = [undefined, undefined, undefined]
    expect(await hop({ relays, desk }, { 'x-ctl-hop': pass }, randomBytes(32))).toEqual(none)
    expect(await hop({ relays, desk }, { 'x-ctl-hop': pass }, relays.key.hopSecret)).toEqual(none)
    for (const url of await internalUrls(relays)) {
      const headers = { ...desk.authorization, 'x-ctl-hop': pass }
      await expect(fetch(url.replace('https', 'http') + line.target, { headers })).rejects.toThrow()
      await expect(fetch(url + line.target, { headers })).rejects.toThrow()
    }
  })

  it('refuses a missing, forged, expired or mismatched pass', async ({ relays, desk }) => {
    const late = { ...systemClock, now: () => (Date.now() - 60_000) as WallMs }
    const passes = new HopPasses(relays.key.hopSecret, systemClock)
    const forged = [
      '',
      'x',
      'e30.AAAA',
      new HopPasses(randomBytes(32), systemClock).sign(line, facts),
      new HopPasses(relays.key.hopSecret, late).sign(line, facts),
      passes.sign({ ...line, target: '/api/ps' }, facts),
      passes.sign({ ...line, method: 'POST' }, facts),
    ]
    expect(await hop({ relays, desk }, {})).toEqual([403, 403, 403])
    for (const pass of forged)
      expect(await hop({ relays, desk }, { 'x-ctl-hop': pass })).toEqual([403, 403, 403])
    expect(await hop({ relays, desk }, { 'x-ctl-hop': passes.sign(line, facts) })).toEqual([200, 503, 503])
  })

  it('is not accepted at the public port', async ({ relays, awayUrl }) => {
    const pass = new HopPasses(relays.key.hopSecret, systemClock).sign(line, {
      ...facts,
      requestId: 'made-up-id',
    })
    const response = await fetch(`${awayUrl}/api/tags`, { headers: { 'x-ctl-hop': pass } })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-request-id')).not.toBe('made-up-id')
  })
})

describe('Redis', () => {
  it('contains neither keys nor tokens nor content', async ({ relays, desk }) => {
    const { client } = relays.redis
    let all = ''
    for (const key of await client.keys('*')) {
      const type = await client.type(key)
      all += `${key} ${JSON.stringify(type === 'hash' ? await client.hgetall(key) : await client.get(key))}\n`
    }
    expect(all).toContain(`ctl:owner:${relays.address('owner')}`)
    const secrets = [desk.key.slice(-32), desk.token, 'fake:latest', '/api/chat']
    for (const secret of secrets) expect(all).not.toContain(secret)
  })
})
