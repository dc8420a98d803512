import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished } from 'vitest'
import { Call } from '../support/call.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { FILE, shared } from '../support/fixtures.ts'
import type { RelayProcess } from '../support/relay-group.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const MIB = 2 ** 20

interface Place {
  readonly fake: FakeUpstream
  readonly desk: Desk
}

const it = shared
  .extend('relayEnv', FILE, { AUTH_FAILURES_PER_MINUTE: '20', RATE_LIMIT_REQUESTS_PER_MINUTE: '0' })
  .extend('start', FILE, ({ relays }, { onCleanup }) => {
    const fakes: FakeUpstream[] = []
    onCleanup(async () => void (await Promise.all(fakes.map((fake) => fake.close()))))
    return async (at: RelayProcess, device: string, models: string[], owner = 'owner'): Promise<Place> => {
      const fake = await FakeUpstream.start()
      fakes.push(fake)
      fake.models = models.map((model) => `${model}:latest`)
      const desk = await relays.desk(fake.origin, { at, identity: await relays.identity(owner, device) })
      await desk.settings.patch({ ownerScopes: ['inference', 'read', 'manage'] })
      return { fake, desk }
    }
  })
  /** A further device until the test ends. */
  .extend('startExtra', ({ start }) => async (...device: Parameters<typeof start>): Promise<Place> => {
    const place = await start(...device)
    onTestFinished(() => place.desk.bridge.stop())
    return place
  })
  /** Each of the first two has one of the owner's devices, the third has none. */
  .extend('first', FILE, ({ relays }) => relays.all[0]!)
  .extend('second', FILE, ({ relays }) => relays.all[1]!)
  .extend('third', FILE, ({ relays }) => relays.all[2]!)
  .extend('desktop', FILE, ({ start, first }) => start(first, 'desktop', ['mine', 'both']))
  .extend('laptop', FILE, ({ start, second }) => start(second, 'laptop', ['theirs', 'both']))
  .extend('stranger', FILE, ({ start, second }) => start(second, 'strange', ['secret', 'theirs'], 'stranger'))
  .extend(
    'ask',
    FILE,
    ({ desktop }) =>
      (
        { url }: RelayProcess,
        target: string,
        body?: object,
        headers: Record<string, string> = token(desktop),
      ): Promise<RawResponse> => {
        const method = body === undefined ? 'GET' : 'POST'
        const text = body && { body: JSON.stringify(body) }
        return rawRequest(url, { method, target, headers, ...text })
      },
  )
  /** Waits until the list at each relay has this many devices: what one relay learns takes the others a moment. */
  .extend(
    'devicesEverywhere',
    FILE,
    ({ relays, ask }) =>
      async (wanted: string | undefined): Promise<void> => {
        for (const relay of relays.all)
          await until(async () => (await ask(relay, '/api/tags')).headers['x-devices'] === wanted)
      },
  )
  /** The devices whose model servers received client requests for this path. */
  .extend('askedFor', FILE, ({ desktop, laptop, stranger }) => (path: string): string[] => {
    return Object.entries({ desktop, laptop, stranger }).flatMap(([name, { fake }]) =>
      fake.fromClients.filter((seen) => seen.path === path).map(() => name),
    )
  })

it.beforeEach(async ({ desktop, laptop, stranger, devicesEverywhere }) => {
  await devicesEverywhere('2/2')
  for (const { fake } of [desktop, laptop, stranger]) fake.seen.length = 0
})

const token = ({ desk }: Place) => ({ authorization: `Bearer ${desk.token}` })

function namesIn(answer: RawResponse): string[] {
  const { models, data } = answer.json() as Record<string, Record<string, string>[] | undefined>
  return (models ?? data ?? []).map(({ name, id }) => name ?? id ?? '').toSorted()
}

describe('an owner’s devices at several relays', () => {
  it('are chosen by model, whichever relay is asked', async ({ relays, ask, askedFor }) => {
    for (const relay of relays.all)
      for (const model of ['mine', 'theirs']) {
        const answer = await ask(relay, '/api/chat', { stream: false, messages: [], model })
        expect(answer.status).toBe(200)
      }
    expect(askedFor('/api/chat').toSorted()).toEqual([
      ...Array(3).fill('desktop'),
      ...Array(3).fill('laptop'),
    ])
    for (const relay of relays.all)
      expect((await ask(relay, '/v1/models/theirs')).json()).toMatchObject({ id: 'theirs' })
    expect(askedFor('/v1/models/theirs')).toEqual(['laptop', 'laptop', 'laptop'])
  })

  it('are chosen by load where both have the model', async ({ relays, second, desktop, ask, askedFor }) => {
    const body = { model: 'mine', options: { tokens: 1, stall: 0 } }
    const busy = new Call(`${second.url}/api/chat`, { headers: token(desktop), body })
    await desktop.fake.request('/api/chat')
    for (const relay of relays.all) await ask(relay, '/api/generate', { model: 'both', stream: false })
    expect(askedFor('/api/generate')).toEqual(['laptop', 'laptop', 'laptop'])
    busy.destroy()
  })

  it('can be pinned in the model and in the header, by name and by id', async ({
    relays,
    desktop,
    laptop,
    ask,
  }) => {
    for (const relay of relays.all) {
      const inBody = await ask(relay, '/api/chat', { model: 'both@Laptop', stream: false })
      const inHeader = await ask(
        relay,
        '/api/chat',
        { model: 'both', stream: false },
        { ...token(desktop), 'x-device': 'DESKTOP' },
      )
      expect([inBody.status, inHeader.status]).toEqual([200, 200])
    }
    for (const { fake } of [desktop, laptop]) {
      expect(fake.fromClients).toHaveLength(3)
      for (const seen of fake.fromClients) {
        expect(await seen.json()).toEqual({ model: 'both', stream: false })
        expect(seen.headers['x-device']).toBeUndefined()
      }
    }
  })

  it('are distinguished behind another relay', async ({
    relays,
    second,
    desktop,
    laptop,
    startExtra,
    ask,
    devicesEverywhere,
  }) => {
    const tower = await startExtra(second, 'tower', ['both'])
    await devicesEverywhere('3/3')
    for (const relay of relays.all)
      for (const device of ['tower', 'laptop']) {
        const headers = { ...token(desktop), 'x-device': device }
        expect((await ask(relay, '/api/chat', { model: 'both', stream: false }, headers)).status).toBe(200)
      }
    for (const { fake } of [tower, laptop])
      expect(fake.fromClients.filter(({ path }) => path === '/api/chat')).toHaveLength(3)
  })

  it('are all listed if a pin matches none, or if one is required', async ({
    relays,
    desktop,
    ask,
    askedFor,
  }) => {
    for (const relay of relays.all) {
      const answers = [
        await ask(relay, '/api/chat', { model: 'mine@phone' }),
        await ask(relay, '/api/chat', { model: 'mine' }, { ...token(desktop), 'x-device': 'strange' }),
        await ask(relay, '/api/pull', { model: 'new' }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 400])
      for (const { body } of answers) {
        expect(body.toString()).toContain('desktop (desktop)')
        expect(body.toString()).toContain('laptop (laptop)')
        expect(body.toString()).not.toContain('strange (')
      }
    }
    expect(askedFor('/api/chat')).toEqual([])
  })

  it('have their models in one list, without duplicates', async ({ relays, ask }) => {
    const all = ['both:latest', 'mine:latest', 'theirs:latest']
    for (const relay of relays.all) {
      for (const path of ['/api/tags', '/v1/models']) {
        const answer = await ask(relay, path)
        expect(answer.headers['x-devices']).toBe('2/2')
        expect(answer.headers['x-ctl-hop']).toBeUndefined()
        expect(namesIn(answer)).toEqual(all)
      }
      expect(namesIn(await ask(relay, '/api/ps'))).toEqual(['mine:latest', 'theirs:latest'])
    }
  })

  it('are listed without one that does not answer in time, even with two at one relay', async ({
    relays,
    second,
    laptop,
    startExtra,
    ask,
    devicesEverywhere,
  }) => {
    await startExtra(second, 'tower', ['large'])
    await devicesEverywhere('3/3')
    laptop.fake.on('GET', '/v1/models', (_request, response) => void response.write('{"object":"list","da'))
    const answers = await Promise.all(relays.all.map((relay) => ask(relay, '/v1/models')))
    for (const answer of answers) {
      expect(answer.headers['x-devices']).toBe('2/3')
      expect(namesIn(answer)).toEqual(['both:latest', 'large:latest', 'mine:latest'])
    }
    laptop.fake.on('GET', '/v1/models', (_request, response) => {
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'theirs:latest' }] }))
    })
  })

  it('lose their models when they disconnect, and regain them', async ({
    relays,
    first,
    laptop,
    ask,
    devicesEverywhere,
  }) => {
    laptop.desk.bridge.pause()
    await devicesEverywhere(undefined)
    for (const relay of relays.all) {
      expect(namesIn(await ask(relay, '/api/tags'))).toEqual(['both:latest', 'mine:latest'])
      expect((await ask(relay, '/api/chat', { model: 'theirs' })).status).toBe(404)
    }
    laptop.desk.bridge.resume()
    await devicesEverywhere('2/2')
    expect((await ask(first, '/api/chat', { model: 'theirs', stream: false })).status).toBe(200)
  })

  it('are not visible to other owners', async ({ relays, laptop, stranger, ask }) => {
    for (const relay of relays.all) {
      expect((await ask(relay, '/api/chat', { model: 'secret' })).status).toBe(404)
      expect(namesIn(await ask(relay, '/api/tags', undefined, token(stranger)))).toEqual([
        'secret:latest',
        'theirs:latest',
      ])
      expect((await ask(relay, '/api/chat', { model: 'mine' }, token(stranger))).status).toBe(404)
    }
    expect(laptop.fake.fromClients.filter(({ path }) => path === '/api/tags')).toEqual([])
  })

  it('are queried only for owners with devices elsewhere', async ({ relays, second, stranger, ask }) => {
    const monitor = await relays.redis.client.monitor()
    const commands: string[] = []
    const { promise: seen, resolve } = Promise.withResolvers<void>()
    monitor.on('monitor', (_at: string, words: string[]) => {
      commands.push(words.join(' '))
      if (words.join(' ').includes(relays.address('owner'))) resolve()
    })
    expect((await ask(second, '/api/chat', { model: 'secret' }, token(stranger))).status).toBe(200)
    await ask(second, '/api/chat', { model: 'mine', stream: false })
    await seen
    expect(commands.filter((command) => command.includes(relays.address('stranger')))).toEqual([])
    monitor.disconnect()
  })

  it('accept a key only if each device does, however often it is used', async ({
    relays,
    first,
    third,
    desktop,
    laptop,
    ask,
  }) => {
    // Wrong keys are counted by address, but not those of a trusted proxy.
    const headers = { ...laptop.desk.authorization, 'x-forwarded-for': '203.0.113.9' }
    for (let round = 0; round < 10; round++)
      for (const relay of relays.all)
        expect((await ask(relay, '/api/chat', { model: 'theirs', stream: false }, headers)).status).toBe(200)
    expect((await ask(first, '/api/chat', { model: 'mine', stream: false }, headers)).status).toBe(404)
    expect(namesIn(await ask(first, '/api/tags', undefined, headers))).toEqual([
      'both:latest',
      'theirs:latest',
    ])
    const facts = {
      name: 'shared',
      expiresAt: null,
      requestsPerMinute: null,
      maxConcurrent: null,
      models: null,
    }
    await desktop.desk.keys.create({ ...facts, scopes: ['inference', 'read'] }, laptop.desk.key)
    for (const relay of relays.all)
      await until(async () => namesIn(await ask(relay, '/api/tags', undefined, headers)).length >= 3)
    expect((await ask(third, '/api/chat', { model: 'mine', stream: false }, headers)).status).toBe(200)
    const unknown = { authorization: `Bearer ${laptop.desk.key.replace(/.{6}$/, 'AAAAAA')}` }
    for (const relay of relays.all)
      expect((await ask(relay, '/api/tags', undefined, unknown)).status).toBe(401)
  })
})

describe('a body that determines its route', () => {
  const odd = (padBytes: number) =>
    `\n{ "stream":false,\t"prompt":"\\u0041${'ä'.repeat(padBytes / 2)}\\/", "seed":1.0, "model" : "theirs" }\r\n`

  it.for([
    ['small', 0],
    ['larger than a window', MIB],
    ['of nearly as much as is held', 3 * MIB],
  ] as const)(
    'arrives byte for byte, in one chunk and in many: %s',
    async ([, padBytes], { first, third, desktop, laptop }) => {
      const text = odd(padBytes)
      const sha256 = createHash('sha256').update(text).digest('hex')
      for (const relay of [first, third])
        for (const body of [[text], text.match(/[^]{1,70000}/g) ?? []]) {
          const call = new Call(`${relay.url}/api/embed`, {
            headers: token(desktop),
            body: Readable.from(body),
          })
          const seen = await laptop.fake.request('/api/embed')
          expect((await seen.body()).sha256).toBe(sha256)
          await call.over
        }
    },
  )

  it('is requested once if its client waits for 100 Continue', async ({
    first,
    third,
    desktop,
    askedFor,
  }) => {
    const body = '{"model":"theirs","stream":false}'
    for (const { port } of [first, third]) {
      const socket = await RawSocket.open(port)
      socket.send(
        `POST /api/chat HTTP/1.1\r\nHost: relay\r\nUser-Agent: raw\r\nAuthorization: Bearer ${desktop.desk.token}\r\n` +
          `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
      )
      expect((await socket.answer()).status).toBe(100)
      socket.send(body)
      expect((await socket.answer()).status).toBe(200)
      socket.destroy()
    }
    expect(askedFor('/api/chat')).toEqual(['laptop', 'laptop'])
  })

  it('ends with its client, wherever it was routed', async ({ relays, desktop, laptop }) => {
    for (const relay of relays.all) {
      const body = { model: 'theirs', options: { tokens: 100_000, intervalMs: 5 } }
      const call = new Call(`${relay.url}/api/chat`, { headers: token(desktop), body })
      const seen = await laptop.fake.request('/api/chat')
      await call.piece()
      call.destroy()
      await seen.socketClosedAt
    }
  })
})

describe('the limit of devices', () => {
  it('counts those at all relays, and admits another when there is room', async ({
    relays,
    first,
    third,
    startExtra,
    ask,
    devicesEverywhere,
  }) => {
    const late = await startExtra(third, 'late', ['late'])
    late.desk.bridge.pause()
    await devicesEverywhere('2/2')
    const more = []
    for (const [i, relay] of relays.all.entries()) more.push(await startExtra(relay, `more-${i}`, ['more']))
    late.desk.bridge.resume()
    const { tunnel } = await late.desk.until(({ tunnel: { kind } }) => kind === 'blocked')
    expect(tunnel).toMatchObject({ cause: 'TOO_MANY_DEVICES' })
    await devicesEverywhere('5/5')
    more[0]?.desk.bridge.pause()
    await devicesEverywhere('4/4')
    late.desk.bridge.reconnect()
    await devicesEverywhere('5/5')
    expect(namesIn(await ask(first, '/api/tags'))).toContain('late:latest')
  })
})
