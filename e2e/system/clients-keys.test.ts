import { describe, expect } from 'vitest'
import type { Clock } from '../../src/shared/clock.ts'
import { formatKey } from '../../src/shared/key-format.ts'
import type { NewKey } from '../../src/bridge/keys/key-record.ts'
import { SCOPES, type Scope } from '../../src/shared/routes.ts'
import type { WallMs } from '../../src/shared/brands.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { busyLimitMs } from '../support/busy-limit.ts'
import { FILE, fresh, shared } from '../support/fixtures.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'
import { Desk, startTestRelay } from '../support/stack.ts'

const HOUR_MS = 3_600_000
const MODELS = ['fake:latest', 'other:latest', 'hf.co/org/model:q4', 'big:120b-cloud']

const it = shared
  /** A key with these facts. The relay takes few announcements a second: keys are made together, and once. */
  .extend('make', FILE, async ({ desk }) => {
    const made = new Map<string, Promise<string>>()
    const make = (facts: Partial<NewKey>): Promise<string> => {
      const id = JSON.stringify(facts)
      const key = made.get(id) ?? desk.createKey({ name: 'made', ...facts }).then((created) => created.key)
      made.set(id, key)
      return key
    }
    const allBut = SCOPES.map((scope) => SCOPES.filter((other) => other !== scope))
    const scopes = [...SCOPES.map((scope) => [scope]), ...allBut, SCOPES, ['inference', 'manage'] as const]
    await Promise.all(scopes.map((each) => make({ scopes: each })))
    return make
  })

it.beforeAll(async ({ upstream }) => {
  upstream.models = MODELS
  const ok = (path: string, method = 'POST') =>
    upstream.on(method, path, async (_request, response, seen) => {
      await seen.body()
      response.end('{}')
    })
  for (const path of ['/api/copy', '/api/create', '/api/push', '/api/me', '/api/pull', '/api/chat']) ok(path)
  ok('/api/delete', 'DELETE')
})
it.beforeEach(({ upstream }) => {
  upstream.seen.length = 0
})

interface Asked {
  readonly method?: string
  readonly target: string
  readonly body?: object
}

async function ask(desk: Desk, key: string, { target, body, method }: Asked): Promise<RawResponse> {
  return rawRequest(desk.relayUrl, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    target,
    headers: { authorization: `Bearer ${key}` },
    ...(body && { body: JSON.stringify(body) }),
  })
}

const TAGS: Asked = { target: '/api/tags' }

/** Requests that a client can make in half a second. */
const HALF_A_SECOND = 50

/** An answer within a second: clients give model lists no more time. */
async function askQuickly(desk: Desk, key: string, asked: Asked): Promise<RawResponse> {
  const limitMs = await busyLimitMs(1_000, () => rawRequest(desk.relayUrl, { target: '/health' }))
  const startedAt = performance.now()
  const response = await ask(desk, key, asked)
  expect(performance.now() - startedAt).toBeLessThan(limitMs)
  return response
}

async function expectOffline(desk: Desk): Promise<void> {
  const ollama = await askQuickly(desk, desk.key, TAGS)
  expect([ollama.status, ollama.json()]).toEqual([503, { error: expect.stringMatching(/offline/) }])
  const openai = await askQuickly(desk, desk.key, { target: '/v1/models' })
  expect([openai.status, openai.json()]).toMatchObject([503, { error: { code: 'OFFLINE' } }])
  const anthropic = await askQuickly(desk, desk.key, { target: '/v1/messages', body: {} })
  expect(anthropic.json()).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  for (const { headers } of [ollama, openai, anthropic])
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
}

describe('a desktop that is offline', () => {
  fresh(
    'answers a known key 503 with Retry-After at once when it was stopped, an unknown one 401',
    async ({ desk }) => {
      desk.bridge.stop()
      await expectOffline(desk)
      expect((await askQuickly(desk, formatKey('a'.repeat(20), 'S'.repeat(43)), TAGS)).status).toBe(401)
    },
  )

  fresh('does the same when it is cut off, while the relay waits for it to come back', async ({ desk }) => {
    await desk.proxy.refuse(true)
    desk.proxy.cut()
    await desk.until(({ tunnel }) => tunnel.kind !== 'online')
    await expectOffline(desk)
    const unknown = desk.key.replace(/.{4}$/, desk.key.endsWith('AAAA') ? 'BBBB' : 'AAAA')
    expect((await askQuickly(desk, unknown, TAGS)).status).toBe(401)
    await desk.proxy.refuse(false)
    desk.bridge.reconnect()
    await desk.until(({ tunnel }) => tunnel.kind === 'online')
    expect((await askQuickly(desk, desk.key, TAGS)).status).toBe(200)
  })

  fresh('works at once when it is back, and calls no good key unknown meanwhile', async ({ desk }) => {
    desk.bridge.stop()
    const statuses = [(await ask(desk, desk.key, TAGS)).status]
    const online = desk.until(({ tunnel }) => tunnel.kind === 'online').then(() => statuses.length)
    await desk.bridge.start()
    while (statuses.at(-1) !== 200) statuses.push((await ask(desk, desk.key, TAGS)).status)
    expect(statuses.length - (await online)).toBeLessThan(HALF_A_SECOND)
    expect([...new Set(statuses)]).toEqual([503, 200])
  })
})

describe('a key', () => {
  fresh('works right after it was made', async ({ desk }) => {
    const { key } = await desk.keys.create({
      name: 'fresh',
      scopes: ['read'],
      models: null,
      expiresAt: null,
      requestsPerMinute: null,
      maxConcurrent: null,
    })
    let refusals = 0
    while ((await ask(desk, key, TAGS)).status !== 200) expect(++refusals).toBeLessThan(HALF_A_SECOND)
  })

  fresh('is refused right after it was revoked', async ({ desk, upstream }) => {
    const { key, record } = await desk.createKey({ name: 'leaked' })
    expect((await ask(desk, key, TAGS)).status).toBe(200)
    await desk.keys.revoke(record.id)
    const refused = await ask(desk, key, { target: '/v1/models' })
    expect(refused.status).toBe(401)
    expect(refused.json()).toMatchObject({ error: { code: 'KEY_UNKNOWN' } })
    expect(upstream.fromClients).toHaveLength(1)
  })

  fresh('is refused from the moment it expires, even before a timer fires', async ({ upstream }) => {
    let shiftMs = 0
    const clock: Clock = {
      now: () => (systemClock.now() + shiftMs) as WallMs,
      monotonic: () => systemClock.monotonic(),
      after: (delayMs, run) => systemClock.after(delayMs, run),
      soon: (run) => systemClock.soon(run),
    }
    const relay = await startTestRelay()
    const desk = await Desk.start(relay, upstream.origin, { clock })
    const { key } = await desk.createKey({ name: 'guest', expiresAt: clock.now() + HOUR_MS })
    shiftMs = HOUR_MS - 60_000
    expect((await ask(desk, key, TAGS)).status).toBe(200)
    shiftMs = HOUR_MS
    expect((await ask(desk, key, TAGS)).status).toBe(401)
    expect((await ask(desk, desk.key, TAGS)).status).toBe(200)
    await desk.close()
    await relay.close()
  })

  const requests: readonly (Asked & { readonly scope: Scope })[] = [
    { scope: 'read', target: '/api/tags' },
    { scope: 'read', target: '/api/tags', method: 'HEAD' },
    { scope: 'read', target: '/api/ps' },
    { scope: 'read', target: '/v1/models/fake' },
    { scope: 'read', target: '/api/show', body: { model: 'fake' } },
    { scope: 'inference', target: '/api/chat', body: { model: 'fake' } },
    { scope: 'inference', target: '/api/embed', body: { model: 'fake', input: 'x' } },
    { scope: 'inference', target: '/v1/chat/completions', body: { model: 'fake' } },
    { scope: 'inference', target: '/v1/messages', body: { model: 'fake' } },
    { scope: 'manage', target: '/api/pull', body: { model: 'fake' } },
    { scope: 'manage', target: '/api/copy', body: { source: 'fake', destination: 'copy' } },
    { scope: 'manage', target: '/api/create', body: { model: 'mine', from: 'fake' } },
    { scope: 'manage', target: '/api/delete', body: { model: 'fake' }, method: 'DELETE' },
    { scope: 'manage', target: '/api/blobs/sha256:00', method: 'HEAD' },
    { scope: 'account', target: '/api/push', body: { model: 'me/fake' } },
    { scope: 'account', target: '/api/me', body: {} },
  ]
  it.for(requests)(
    'needs the scope $scope for $target',
    async ({ scope, ...asked }, { make, desk, upstream }) => {
      const others = await make({ scopes: SCOPES.filter((other) => other !== scope) })
      const refused = await ask(desk, others, asked)
      expect(refused.status).toBe(403)
      if (asked.method !== 'HEAD')
        expect(refused.body.toString()).toContain(`needs a key with the ${scope} scope`)
      expect(upstream.fromClients).toHaveLength(0)
      await ask(desk, await make({ scopes: [scope] }), asked)
      expect(upstream.fromClients.map(({ target }) => target)).toEqual([asked.target])
    },
  )

  describe('limited to certain models', () => {
    let key: string
    it.beforeAll(async ({ make }) => {
      key = await make({ models: ['fake', 'hf.co/org/model:q4'], scopes: SCOPES })
    })

    it.for([
      ['/api/tags', 'models', 'name', ['fake:latest', 'hf.co/org/model:q4']],
      ['/api/ps', 'models', 'name', ['fake:latest']],
      ['/v1/models', 'data', 'id', ['fake:latest', 'hf.co/org/model:q4']],
    ] as const)('sees only those in %s', async ([target, list, name, expected], { desk }) => {
      const answer = (await ask(desk, key, { target })).json() as Record<string, Record<string, string>[]>
      expect(answer[list]!.map((entry) => entry[name])).toEqual(expected)
    })

    it('cannot infer other models from the length of the list', async ({ desk }) => {
      const head = await ask(desk, key, { target: '/api/tags', method: 'HEAD' })
      expect(head.headers['content-length']).toBeUndefined()
    })

    const allowed: readonly Asked[] = [
      { target: '/api/show', body: { model: 'FAKE:latest' } },
      { target: '/api/chat', body: { model: 'registry.ollama.ai/library/fake' } },
      { target: '/v1/chat/completions', body: { model: 'hf.co/org/model:q4' } },
      { target: '/v1/models/hf.co%2Forg%2Fmodel%3Aq4' },
    ]
    it.for(allowed)('may use them: $target', async (asked, { desk }) => {
      expect((await ask(desk, key, asked)).status).toBe(200)
    })

    const refused: readonly Asked[] = [
      { target: '/api/show', body: { model: 'other' } },
      { target: '/api/show', body: { name: 'other' } },
      { target: '/api/chat', body: { model: 'fake:7b' } },
      { target: '/api/chat', body: { messages: [] } },
      { target: '/api/embed', body: { model: 'other', input: 'x' } },
      { target: '/v1/chat/completions', body: { model: 'other' } },
      { target: '/v1/messages', body: { model: 'other' } },
      { target: '/v1/models/other' },
      { target: '/v1/models/hf.co%2Forg%2Fother' },
      { target: '/api/create', body: { model: 'fake', from: 'other' } },
      { target: '/api/copy', body: { source: 'fake', destination: 'other' } },
      { target: '/api/delete', body: { model: 'other' }, method: 'DELETE' },
    ]
    it.for(refused)('may use no other: $target', async (asked, { desk, upstream }) => {
      const response = await ask(desk, key, asked)
      expect(response.status).toBe(403)
      expect(response.body.toString()).toMatch(/certain models|does not allow this model/)
      expect(upstream.fromClients).toHaveLength(0)
    })
  })

  const cloud: readonly Asked[] = [
    { target: '/api/chat', body: { model: 'big:120b-cloud' } },
    { target: '/api/show', body: { model: 'big:cloud' } },
    { target: '/v1/chat/completions', body: { model: 'big:120b-cloud' } },
    { target: '/v1/models/big:cloud' },
    { target: '/api/pull', body: { model: 'big:120b-cloud' } },
  ]
  it.for(cloud)(
    'does not reach cloud models without the scope: $target',
    async (asked, { make, desk, upstream }) => {
      const here = await make({ scopes: SCOPES.filter((scope) => scope !== 'cloud') })
      const response = await ask(desk, here, asked)
      expect(response.status).toBe(403)
      expect(response.body.toString()).toContain('cloud scope')
      expect(upstream.fromClients).toHaveLength(0)
      expect((await ask(desk, await make({ scopes: SCOPES }), asked)).status).toBe(200)
    },
  )

  it.for([-1, 0, '-1m', '0s', '0', 'for ever'])(
    'neither pins nor unloads a model without manage: keep_alive %j',
    async (keep_alive, { make, desk, upstream }) => {
      const body = { model: 'fake', keep_alive }
      const guest = await make({ scopes: ['inference'] })
      for (const target of ['/api/chat', '/v1/chat/completions']) {
        expect((await ask(desk, guest, { target, body })).status).toBe(403)
        expect(upstream.fromClients).toHaveLength(0)
      }
      const manager = await make({ scopes: ['inference', 'manage'] })
      expect((await ask(desk, manager, { target: '/api/chat', body })).status).toBe(200)
    },
  )

  it.for([300, '5m', '1h30m'])(
    'may set a duration: keep_alive %j',
    async (keep_alive, { make, desk, upstream }) => {
      const guest = await make({ scopes: ['inference'] })
      const response = await ask(desk, guest, {
        target: '/api/chat',
        body: { model: 'fake', keep_alive },
      })
      expect(response.status).toBe(200)
      expect(await upstream.fromClients[0]!.json()).toEqual({ model: 'fake', keep_alive })
    },
  )
})
