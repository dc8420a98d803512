import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OwnerId } from '../../src/shared/brands.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { Call } from '../support/call.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { rawRequest, type RawRequestOptions } from '../support/raw-request.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { Desk, startTestRelay } from '../support/stack.ts'
import { until } from '../support/until.ts'

const OWNER = 'owner' as OwnerId

const MIB = 1024 * 1024

interface Place {
  readonly fake: FakeUpstream
  readonly desk: Desk
}

let relay: Relay
let desktop: Place
let laptop: Place
let strangers: Place
let places: Place[]

/** The first model is the one that is loaded. */
async function start(deviceName: string, models: string[], owner = 'owner'): Promise<Place> {
  const fake = await closedAfter(FakeUpstream.start())
  fake.models = models.map((model) => `${model}:latest`)
  const desk = await closedAfter(Desk.start(relay, fake.origin, { owner, deviceName }))
  await desk.settings.patch({ ownerScopes: ['inference', 'read', 'manage'] })
  const place = { fake, desk }
  places.push(place)
  return place
}

beforeEach(async () => {
  places = []
  relay = await closedAfter(startTestRelay())
  desktop = await start('Desktop', ['mine', 'cold', 'warm'])
  laptop = await start('Zoë’s Laptop', ['warm', 'cold', 'theirs'])
  strangers = await start('Laptop', ['theirs', 'secret'], 'stranger')
})

const token = () => ({ authorization: `Bearer ${desktop.desk.token}` })

/** A request with the owner's token. */
function ask(target: string, body?: object | string, options: RawRequestOptions = {}) {
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  return rawRequest(relay.url, {
    method: text === undefined ? 'GET' : 'POST',
    target,
    ...options,
    headers: { ...token(), 'content-type': 'application/json', ...options.headers },
    ...(text === undefined ? {} : { body: text }),
  })
}

/** The devices that received client requests for this path since the last call. */
async function askedFor(path: string): Promise<string[]> {
  const names: string[] = []
  for (const { fake, desk } of places)
    for (const seen of fake.fromClients.filter((one) => one.path === path && !one.taken)) {
      seen.taken = true
      names.push(nameOf(desk))
    }
  return names
}

const nameOf = (desk: Desk) =>
  desk === desktop.desk ? 'desktop' : desk === laptop.desk ? 'laptop' : 'stranger'

/** Keeps a device busy until the call is destroyed. */
async function occupy({ fake }: Place, model: string): Promise<Call> {
  const body = { model, options: { tokens: 1, stall: 0 } }
  const call = new Call(`${relay.url}/api/chat`, { headers: token(), body })
  await fake.request('/api/chat')
  return call
}

describe('a request with the owner’s token', () => {
  it.each([
    ['/api/chat', { stream: false, messages: [], model: 'theirs' }],
    ['/api/generate', { model: 'Theirs:latest', stream: false }],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: '"model":"mine"' }], model: 'theirs' }],
    ['/v1/messages', { max_tokens: 1, messages: [], model: 'library/theirs' }],
    ['/api/embed', { input: ['x'], model: 'theirs' }],
    ['/api/show', { name: 'theirs' }],
  ])('to %s goes to the device that has the model', async (path, body) => {
    laptop.fake.models.push('Theirs:latest', 'library/theirs')
    const busy = await occupy(laptop, 'theirs')
    expect((await ask(path, body)).status).toBe(200)
    expect(await askedFor(path)).toEqual(['laptop'])
    busy.destroy()
  })

  it('about one model goes to the device that has it', async () => {
    const answer = await ask('/v1/models/theirs%3Alatest')
    expect(answer.json()).toMatchObject({ id: 'theirs:latest' })
    expect(await askedFor('/v1/models/theirs%3Alatest')).toEqual(['laptop'])
  })

  it('goes to the device with the loaded model, however busy, otherwise to the least busy', async () => {
    const busy = [await occupy(laptop, 'theirs')]
    await ask('/api/chat', { model: 'warm', stream: false })
    expect(await askedFor('/api/chat')).toEqual(['laptop'])
    await ask('/api/chat', { model: 'cold', stream: false })
    expect(await askedFor('/api/chat')).toEqual(['desktop'])
    for (let count = 0; count < 2; count++) busy.push(await occupy(desktop, 'mine'))
    await ask('/api/chat', { model: 'cold', stream: false })
    expect(await askedFor('/api/chat')).toEqual(['laptop'])
    for (const call of busy) call.destroy()
  })

  it('for a model that no device has gets a device’s error', async () => {
    const answer = await ask('/api/chat', { model: 'nowhere' })
    expect(answer.status).toBe(404)
    expect(answer.json()).toEqual({ error: "model 'nowhere' not found" })
    expect(await askedFor('/api/chat')).toEqual(['desktop'])
  })

  it('finds a newly pulled model without waiting for the next poll', async () => {
    laptop.fake.models.push('fresh:latest')
    const pulled = await ask('/api/pull', { model: 'fresh@zoë’s laptop', stream: false })
    expect(pulled.status).toBe(200)
    expect(await laptop.fake.request('/api/pull').then((seen) => seen.json())).toMatchObject({
      model: 'fresh',
    })
    while (
      !relay.tunnels.tunnelsOf(OWNER).some(({ announcement }) => announcement.models.includes('fresh:latest'))
    )
      await setImmediate()
    expect((await ask('/api/chat', { model: 'fresh', stream: false })).status).toBe(200)
    expect(await askedFor('/api/chat')).toEqual(['laptop'])
  })
})

describe('a pinned device', () => {
  it.each([
    ['by name', { model: 'cold@zoë’s laptop' }, {}],
    ['by id', { model: 'cold@ID' }, {}],
    ['by a header', { model: 'cold' }, { 'x-device': Buffer.from('Zoë’s Laptop').toString('latin1') }],
    ['by a header with its id', { model: 'cold' }, { 'x-device': 'ID' }],
  ])('%s gets the request, with the model under its own name', async (_, body, headers) => {
    const { deviceId } = laptop.desk.identity
    const withId = (value: object) => JSON.parse(JSON.stringify(value).replace('ID', deviceId)) as object
    const busy = await occupy(laptop, 'theirs')
    const options = { headers: withId(headers) as Record<string, string> }
    expect((await ask('/api/chat', withId({ ...body, stream: false }), options)).status).toBe(200)
    const seen = await laptop.fake.request('/api/chat')
    expect(await seen.json()).toEqual({ model: 'cold', stream: false })
    expect(seen.headers['x-device']).toBeUndefined()
    busy.destroy()
  })

  it('works the same in the path of one model, and with a key of that device', async () => {
    await ask('/v1/models/theirs@desktop')
    expect(await askedFor('/v1/models/theirs')).toEqual(['desktop'])
    const { keyUrl } = laptop.desk
    const body = JSON.stringify({ model: `theirs@${laptop.desk.identity.deviceId}`, stream: false })
    expect((await fetch(`${keyUrl}/api/chat`, { method: 'POST', body })).status).toBe(200)
  })

  it('is an error if it does not exist, and no other device is asked', async () => {
    const inBody = await ask('/v1/chat/completions', { model: 'mine@phone' })
    const inHeader = await ask('/api/chat', { model: 'mine' }, { headers: { 'x-device': 'Laptop' } })
    for (const answer of [inBody, inHeader]) {
      expect(answer.status).toBe(404)
      expect(answer.body.toString()).toContain('Desktop (')
      expect(answer.body.toString()).toContain('Zoë’s Laptop (')
      expect(answer.body.toString()).not.toContain(strangers.desk.identity.deviceId)
    }
    expect(inBody.json()).toMatchObject({ error: { code: 'DEVICE_UNKNOWN' } })
    expect([...(await askedFor('/api/chat')), ...(await askedFor('/v1/chat/completions'))]).toEqual([])
  })

  it('has to be named by its id if two have the same name', async () => {
    const twin = await start('desktop', ['mine'])
    const answer = await ask('/api/chat', { model: 'mine@desktop' })
    expect(answer.status).toBe(400)
    for (const { desk } of [desktop, twin]) expect(answer.body.toString()).toContain(desk.identity.deviceId)
    expect((await ask('/api/chat', { model: `mine@${twin.desk.identity.deviceId}` })).status).toBe(200)
    expect(await askedFor('/api/chat')).toEqual(['stranger'])
  })

  it('is required for requests that modify a device, unless only one qualifies', async () => {
    const pull = await ask('/api/pull', { model: 'mine' })
    const both = await ask('/api/delete', { model: 'cold' }, { method: 'DELETE' })
    const blob = await ask(`/api/blobs/sha256:${'0'.repeat(64)}`, 'x')
    for (const { status, body } of [pull, both, blob]) {
      expect(status).toBe(400)
      expect(body.toString()).toContain('X-Device')
    }
    expect((await ask('/api/delete', { model: 'theirs' }, { method: 'DELETE' })).status).toBe(200)
    expect(await askedFor('/api/delete')).toEqual(['laptop'])
    expect(await askedFor('/api/pull')).toEqual([])
  })

  it('cannot be reached with the key of another', async () => {
    const headers = { ...laptop.desk.authorization, 'x-device': 'Desktop' }
    const answer = await ask('/api/chat', { model: 'mine' }, { headers })
    expect(answer.status).toBe(404)
    expect(answer.body.toString()).not.toContain(desktop.desk.identity.deviceId)
  })
})

describe('a body that is buffered until its model is known', () => {
  /** JSON that must be forwarded byte for byte: unusual spaces and escapes, and the model after everything else. */
  const odd = (padBytes: number) =>
    `\n{ "stream":false,\t"prompt":"\\u0041${'ä'.repeat(padBytes / 2)}\\/", "seed":1.0, "model" : "theirs" }\r\n`
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

  /** The requests received there, regardless of other devices. */
  function arrivalAt({ fake }: Place): Promise<string> {
    for (const place of [desktop, laptop])
      place.fake.on('POST', '/api/generate', async (_request, response, seen) => {
        await seen.body()
        response.end('{}')
      })
    return fake.request('/api/generate').then(async (seen) => (await seen.body()).sha256)
  }

  it.each([
    ['small', 0],
    ['larger than a window', MIB],
    ['of nearly as much as is held', 3 * MIB],
  ])('arrives byte for byte, in one chunk and in many: %s', async (_, padBytes) => {
    const text = odd(padBytes)
    const whole = arrivalAt(laptop)
    await ask('/api/generate', text)
    expect(await whole).toBe(sha256(text))
    const pieces = Readable.from(text.match(/[^]{1,70000}/g) ?? [])
    const inPieces = arrivalAt(laptop)
    await new Call(`${relay.url}/api/generate`, { headers: token(), body: pieces }).whole()
    expect(await inPieces).toBe(sha256(text))
  })

  it('is routed by load if the model comes too late in it, and arrives unchanged', async () => {
    const text = odd(6 * MIB)
    const arrived = arrivalAt(desktop)
    await ask('/api/generate', text)
    expect(await arrived).toBe(sha256(text))
  })

  /** A chat whose client waits to be asked for its body. */
  async function openRaw(bodyBytes: number): Promise<RawSocket> {
    const socket = await RawSocket.open(relay.port)
    socket.send(
      `POST /api/chat HTTP/1.1\r\nHost: relay\r\nUser-Agent: raw\r\nAuthorization: Bearer ${desktop.desk.token}\r\n` +
        `Content-Length: ${bodyBytes}\r\nExpect: 100-continue\r\n\r\n`,
    )
    return socket
  }

  it('is requested with 100 Continue, once', async () => {
    const body = '{"model":"theirs","stream":false}'
    const socket = await openRaw(body.length)
    expect((await socket.answer()).status).toBe(100)
    socket.send(body)
    expect((await socket.answer()).status).toBe(200)
    expect(await askedFor('/api/chat')).toEqual(['laptop'])
    socket.destroy()
  })

  it('is routed by load if its model takes too long to arrive', async () => {
    const busy = await occupy(laptop, 'theirs')
    const body = new Readable({ read() {} })
    body.push('{"stream":false,')
    const headers = { ...token(), 'user-agent': 'slow' }
    const call = new Call(`${relay.url}/api/chat`, { headers, body })
    const streams = () =>
      relay.tunnels.tunnelsOf(OWNER).reduce((sum, { streamCount }) => sum + streamCount, 0)
    await until(() => streams() === 2)
    body.push('"model":"theirs"}')
    body.push(null)
    expect((await call.head).statusCode).toBe(404)
    expect(await askedFor('/api/chat')).toEqual(['desktop'])
    busy.destroy()
  })

  it('is dropped if its client disconnects', async () => {
    const socket = await openRaw(100)
    expect((await socket.answer()).status).toBe(100)
    socket.send('{"stream":false,')
    socket.destroy()
    await socket.closed
    expect((await ask('/api/chat', { model: 'mine', stream: false })).status).toBe(200)
    expect(await askedFor('/api/chat')).toEqual(['desktop'])
  })
})

describe('a key accepted by several devices', () => {
  it('gives access to each device’s models, under that device’s own rules', async () => {
    const facts = { name: 'shared', expiresAt: null, requestsPerMinute: null, maxConcurrent: null }
    const { key } = desktop.desk
    const limited = { ...facts, scopes: ['inference', 'read'], models: ['theirs'] } as const
    const { record } = await laptop.desk.keys.create(limited, key)
    const headers = { authorization: `Bearer ${key}` }
    const names = async (): Promise<string[]> => {
      const { models } = (await ask('/api/tags', undefined, { headers })).json() as {
        models: { name: string }[]
      }
      return models.map(({ name }) => name)
    }
    await until(async () => (await names()).length === 4)
    expect(await names()).toEqual(['mine:latest', 'cold:latest', 'warm:latest', 'theirs:latest'])
    const chat = (model: string) => ask('/api/chat', { model, stream: false }, { headers })
    expect((await chat('theirs')).status).toBe(200)
    expect(await askedFor('/api/chat')).toEqual(['laptop'])
    expect((await chat('cold@zoë’s laptop')).status).toBe(403)
    expect((await chat('cold@desktop')).status).toBe(200)
    await laptop.desk.keys.revoke(record.id)
    await until(async () => (await chat('theirs')).status === 404)
    expect((await chat('mine')).status).toBe(200)
  })
})

describe('devices of other owners', () => {
  it('are never chosen, whatever models they have', async () => {
    expect((await ask('/api/chat', { model: 'secret' })).status).toBe(404)
    expect((await ask('/api/chat', { model: `secret@${strangers.desk.identity.deviceId}` })).status).toBe(404)
    expect(strangers.fake.fromClients).toEqual([])
  })
})
