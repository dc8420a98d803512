import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Call } from '../support/call.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { RelayGroup, type RelayProcess } from '../support/relay-group.ts'
import type { Desk } from '../support/stack.ts'
import { until } from '../support/until.ts'

const MIB = 2 ** 20

interface Place {
  readonly fake: FakeUpstream
  readonly desk: Desk
}

let group: RelayGroup
/** Each of the first two has one of the owner's devices, the third has none. */
let first: RelayProcess
let second: RelayProcess
let third: RelayProcess
let desktop: Place
let laptop: Place
let stranger: Place
let extra: Place[]

async function start(at: RelayProcess, device: string, models: string[], owner = 'owner'): Promise<Place> {
  const fake = await FakeUpstream.start()
  fake.models = models.map((model) => `${model}:latest`)
  const desk = await group.desk(fake.origin, { at, identity: await group.identity(owner, device) })
  await desk.settings.patch({ ownerScopes: ['inference', 'read', 'manage'] })
  return { fake, desk }
}

async function stop({ fake, desk }: Place): Promise<void> {
  desk.bridge.stop()
  await fake.close()
}

beforeAll(async () => {
  group = await RelayGroup.start(3, { AUTH_FAILURES_PER_MINUTE: '20', RATE_LIMIT_REQUESTS_PER_MINUTE: '0' })
  ;[first, second, third] = group.relays as [RelayProcess, RelayProcess, RelayProcess]
  desktop = await start(first, 'desktop', ['mine', 'both'])
  laptop = await start(second, 'laptop', ['theirs', 'both'])
  stranger = await start(second, 'strange', ['secret', 'theirs'], 'stranger')
  for (const relay of group.relays) await devicesAt(relay, '2/2')
}, 120_000)
afterAll(async () => {
  await group.close()
  for (const { fake } of [desktop, laptop, stranger]) await fake.close()
})
beforeEach(() => {
  extra = []
  for (const { fake } of [desktop, laptop, stranger]) fake.seen.length = 0
})
afterEach(async () => {
  for (const place of extra) await stop(place)
  for (const relay of group.relays) await devicesAt(relay, '2/2')
})

const token = ({ desk }: Place = desktop) => ({ authorization: `Bearer ${desk.token}` })

function ask(
  { url }: RelayProcess,
  target: string,
  body?: object,
  headers: Record<string, string> = token(),
): Promise<RawResponse> {
  const method = body === undefined ? 'GET' : 'POST'
  const text = body && { body: JSON.stringify(body) }
  return rawRequest(url, { method, target, headers, ...text })
}

/** Asks until as many devices as wanted are in the list: what one relay learns takes the others a moment. */
async function devicesAt(relay: RelayProcess, wanted: string | undefined): Promise<void> {
  await until(async () => (await ask(relay, '/api/tags')).headers['x-devices'] === wanted)
}

function namesIn(answer: RawResponse): string[] {
  const { models, data } = answer.json() as Record<string, Record<string, string>[] | undefined>
  return (models ?? data ?? []).map(({ name, id }) => name ?? id ?? '').toSorted()
}

/** The devices whose model servers received client requests for this path. */
function askedFor(path: string): string[] {
  return Object.entries({ desktop, laptop, stranger }).flatMap(([name, { fake }]) =>
    fake.fromClients.filter((seen) => seen.path === path).map(() => name),
  )
}

describe('an owner’s devices at several relays', () => {
  it('are chosen by model, whichever relay is asked', async () => {
    for (const relay of group.relays)
      for (const model of ['mine', 'theirs']) {
        const answer = await ask(relay, '/api/chat', { stream: false, messages: [], model })
        expect(answer.status).toBe(200)
      }
    expect(askedFor('/api/chat').toSorted()).toEqual([
      ...Array(3).fill('desktop'),
      ...Array(3).fill('laptop'),
    ])
    for (const relay of group.relays)
      expect((await ask(relay, '/v1/models/theirs')).json()).toMatchObject({ id: 'theirs' })
    expect(askedFor('/v1/models/theirs')).toEqual(['laptop', 'laptop', 'laptop'])
  })

  it('are chosen by load where both have the model', async () => {
    const body = { model: 'mine', options: { tokens: 1, stall: 0 } }
    const busy = new Call(`${second.url}/api/chat`, { headers: token(), body })
    await desktop.fake.request('/api/chat')
    for (const relay of group.relays) await ask(relay, '/api/generate', { model: 'both', stream: false })
    expect(askedFor('/api/generate')).toEqual(['laptop', 'laptop', 'laptop'])
    busy.destroy()
  })

  it('are found by a pin in the model and in the header, by name and by id', async () => {
    for (const relay of group.relays) {
      const inBody = await ask(relay, '/api/chat', { model: 'both@Laptop', stream: false })
      const inHeader = await ask(
        relay,
        '/api/chat',
        { model: 'both', stream: false },
        { ...token(), 'x-device': 'DESKTOP' },
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

  it('are told apart behind another relay', async () => {
    const tower = await start(second, 'tower', ['both'])
    extra.push(tower)
    for (const relay of group.relays) await devicesAt(relay, '3/3')
    for (const relay of group.relays)
      for (const device of ['tower', 'laptop']) {
        const headers = { ...token(), 'x-device': device }
        expect((await ask(relay, '/api/chat', { model: 'both', stream: false }, headers)).status).toBe(200)
      }
    for (const { fake } of [tower, laptop])
      expect(fake.fromClients.filter(({ path }) => path === '/api/chat')).toHaveLength(3)
  })

  it('are all named where a pin names none, or where one is needed', async () => {
    for (const relay of group.relays) {
      const answers = [
        await ask(relay, '/api/chat', { model: 'mine@phone' }),
        await ask(relay, '/api/chat', { model: 'mine' }, { ...token(), 'x-device': 'strange' }),
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

  it('have their models in one list, each once', async () => {
    const all = ['both:latest', 'mine:latest', 'theirs:latest']
    for (const relay of group.relays) {
      for (const path of ['/api/tags', '/v1/models']) {
        const answer = await ask(relay, path)
        expect(answer.headers['x-devices']).toBe('2/2')
        expect(answer.headers['x-ctl-hop']).toBeUndefined()
        expect(namesIn(answer)).toEqual(all)
      }
      expect(namesIn(await ask(relay, '/api/ps'))).toEqual(['mine:latest', 'theirs:latest'])
    }
  })

  it('are listed without one that does not answer in time, two at one relay included', async () => {
    extra.push(await start(second, 'tower', ['large']))
    for (const relay of group.relays) await devicesAt(relay, '3/3')
    laptop.fake.on('GET', '/v1/models', (_request, response) => void response.write('{"object":"list","da'))
    const answers = await Promise.all(group.relays.map((relay) => ask(relay, '/v1/models')))
    for (const answer of answers) {
      expect(answer.headers['x-devices']).toBe('2/3')
      expect(namesIn(answer)).toEqual(['both:latest', 'large:latest', 'mine:latest'])
    }
    laptop.fake.on('GET', '/v1/models', (_request, response) => {
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'theirs:latest' }] }))
    })
  })

  it('lose their models when they go, and bring them back', async () => {
    laptop.desk.bridge.pause()
    for (const relay of group.relays) await devicesAt(relay, undefined)
    for (const relay of group.relays) {
      expect(namesIn(await ask(relay, '/api/tags'))).toEqual(['both:latest', 'mine:latest'])
      expect((await ask(relay, '/api/chat', { model: 'theirs' })).status).toBe(404)
    }
    laptop.desk.bridge.resume()
    for (const relay of group.relays) await devicesAt(relay, '2/2')
    expect((await ask(first, '/api/chat', { model: 'theirs', stream: false })).status).toBe(200)
  })

  it('are nobody else’s', async () => {
    for (const relay of group.relays) {
      expect((await ask(relay, '/api/chat', { model: 'secret' })).status).toBe(404)
      expect(namesIn(await ask(relay, '/api/tags', undefined, token(stranger)))).toEqual([
        'secret:latest',
        'theirs:latest',
      ])
      expect((await ask(relay, '/api/chat', { model: 'mine' }, token(stranger))).status).toBe(404)
    }
    expect(laptop.fake.fromClients.filter(({ path }) => path === '/api/tags')).toEqual([])
  })

  it('are looked up only for owners who have some elsewhere', async () => {
    const monitor = await group.redis.client.monitor()
    const commands: string[] = []
    const { promise: seen, resolve } = Promise.withResolvers<void>()
    monitor.on('monitor', (_at: string, words: string[]) => {
      commands.push(words.join(' '))
      if (words.join(' ').includes(group.address('owner'))) resolve()
    })
    expect((await ask(second, '/api/chat', { model: 'secret' }, token(stranger))).status).toBe(200)
    await ask(second, '/api/chat', { model: 'mine', stream: false })
    await seen
    expect(commands.filter((command) => command.includes(group.address('stranger')))).toEqual([])
    monitor.disconnect()
  })

  it('are opened by a key as far as each lets it in, however often it is used', async () => {
    // Wrong keys are counted by address, but not those of a trusted proxy.
    const headers = { ...laptop.desk.authorization, 'x-forwarded-for': '203.0.113.9' }
    for (let round = 0; round < 10; round++)
      for (const relay of group.relays)
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
    for (const relay of group.relays)
      await until(async () => namesIn(await ask(relay, '/api/tags', undefined, headers)).length >= 3)
    expect((await ask(third, '/api/chat', { model: 'mine', stream: false }, headers)).status).toBe(200)
    const unknown = { authorization: `Bearer ${laptop.desk.key.replace(/.{6}$/, 'AAAAAA')}` }
    for (const relay of group.relays)
      expect((await ask(relay, '/api/tags', undefined, unknown)).status).toBe(401)
  })
})

describe('a body that decides where it goes', () => {
  const odd = (padBytes: number) =>
    `\n{ "stream":false,\t"prompt":"\\u0041${'ä'.repeat(padBytes / 2)}\\/", "seed":1.0, "model" : "theirs" }\r\n`

  it.each([
    ['small', 0],
    ['larger than a window', MIB],
    ['of nearly as much as is held', 3 * MIB],
  ])('goes on byte for byte, in one piece and in many: %s', async (_, padBytes) => {
    const text = odd(padBytes)
    const sha256 = createHash('sha256').update(text).digest('hex')
    for (const relay of [first, third])
      for (const body of [[text], text.match(/[^]{1,70000}/g) ?? []]) {
        const call = new Call(`${relay.url}/api/embed`, { headers: token(), body: Readable.from(body) })
        const seen = await laptop.fake.request('/api/embed')
        expect((await seen.body()).sha256).toBe(sha256)
        await call.over
      }
  })

  it('is requested once if its client waits for 100 Continue', async () => {
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

  it('stops with its client, wherever it went', async () => {
    for (const relay of group.relays) {
      const body = { model: 'theirs', options: { tokens: 100_000, intervalMs: 5 } }
      const call = new Call(`${relay.url}/api/chat`, { headers: token(), body })
      const seen = await laptop.fake.request('/api/chat')
      await call.piece()
      call.destroy()
      await seen.socketClosedAt
    }
  })
})

describe('the limit of devices', () => {
  it('counts those at all relays, and lets one in again when there is room', async () => {
    const late = await start(third, 'late', ['late'])
    extra.push(late)
    late.desk.bridge.pause()
    for (const relay of group.relays) await devicesAt(relay, '2/2')
    for (const [i, relay] of group.relays.entries()) extra.push(await start(relay, `more-${i}`, ['more']))
    late.desk.bridge.resume()
    const { tunnel } = await late.desk.until(({ tunnel: { kind } }) => kind === 'blocked')
    expect(tunnel).toMatchObject({ cause: 'TOO_MANY_DEVICES' })
    for (const relay of group.relays) await devicesAt(relay, '5/5')
    extra[1]?.desk.bridge.pause()
    for (const relay of group.relays) await devicesAt(relay, '4/4')
    late.desk.bridge.reconnect()
    for (const relay of group.relays) await devicesAt(relay, '5/5')
    expect(namesIn(await ask(first, '/api/tags'))).toContain('late:latest')
  })
})
