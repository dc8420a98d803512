import { beforeEach, describe, expect, it } from 'vitest'
import type { Relay } from '../../src/relay/relay.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { HostileDevice } from '../support/hostile-device.ts'
import { rawRequest } from '../support/raw-request.ts'
import { Desk, startTestRelay } from '../support/stack.ts'

let relay: Relay
let desks: Desk[]

beforeEach(async () => {
  relay = await closedAfter(startTestRelay())
  desks = []
})

async function start(models: string[], owner = 'owner'): Promise<[FakeUpstream, Desk]> {
  const fake = await closedAfter(FakeUpstream.start())
  fake.models = models
  const deviceName = `device ${desks.length}`
  const desk = await closedAfter(Desk.start(relay, fake.origin, { owner, deviceName }))
  desks.push(desk)
  return [fake, desk]
}

const headers = () => ({ authorization: `Bearer ${desks[0]!.token}`, origin: 'https://chat.example' })
const list = (target: string, method = 'GET') => rawRequest(relay.url, { method, target, headers: headers() })

/** The model names of a list, in any of the three formats. */
async function namesAt(target: string): Promise<{ names: string[]; devices: unknown }> {
  const answer = await list(target)
  expect(answer.status).toBe(200)
  const { models, data } = answer.json() as Record<string, Record<string, string>[] | undefined>
  const names = (models ?? data ?? []).map(({ name, id }) => name ?? id ?? '')
  return { names, devices: answer.headers['x-devices'] }
}

describe('lists of models', () => {
  it('contain the models of all the owner’s devices, without duplicates, and no one else’s', async () => {
    await start(['a:latest', 'both:7b'])
    await start(['both:7b', 'b:latest'])
    await start(['secret:latest'], 'stranger')
    const all = ['a:latest', 'both:7b', 'b:latest']
    expect(await namesAt('/api/tags')).toEqual({ names: all, devices: '2/2' })
    expect(await namesAt('/v1/models')).toEqual({ names: all, devices: '2/2' })
    expect(await namesAt('/api/ps')).toEqual({ names: ['a:latest', 'both:7b'], devices: '2/2' })
  })

  it('have the same format as from one device: CORS, length, HEAD, no conditional requests', async () => {
    const [fake] = await start(['a:latest'])
    await start(['b:latest'])
    const [whole, head] = [await list('/v1/models?x=1'), await list('/v1/models?x=1', 'HEAD')]
    expect(whole.json()).toMatchObject({ object: 'list' })
    expect(head.body).toHaveLength(0)
    for (const answer of [whole, head]) {
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(whole.body.length),
        'access-control-allow-origin': 'https://chat.example',
        'x-request-id': expect.any(String),
      })
      expect(answer.headers['access-control-expose-headers']).toContain('x-devices')
    }
    await rawRequest(relay.url, { target: '/api/tags', headers: { ...headers(), 'if-none-match': '"x"' } })
    const asked = await fake.request('/api/tags')
    expect(asked.headers['if-none-match']).toBeUndefined()
  })

  it('omit a device that is slow or loses its connection, after two seconds', async () => {
    await start(['a:latest'])
    const [fake, desk] = await start(['b:latest'])
    fake.on('GET', '/v1/models', (_request, response) => void response.write('{"object":"list","da'))
    expect(await namesAt('/v1/models')).toEqual({ names: ['a:latest'], devices: '1/2' })
    const asking = namesAt('/v1/models')
    const { socketClosedAt } = await fake.request('/v1/models')
    desk.proxy.freeze()
    expect(await asking).toEqual({ names: ['a:latest'], devices: '1/2' })
    desk.proxy.thaw()
    await socketClosedAt
  })

  it('lose a device’s models as soon as it disconnects, and regain them when it reconnects', async () => {
    await start(['a:latest'])
    const [fake, desk] = await start(['b:latest'])
    fake.on('GET', '/api/tags', () => desk.bridge.stop())
    expect(await namesAt('/api/tags')).toEqual({ names: ['a:latest'], devices: '1/2' })
    expect(await namesAt('/api/tags')).toEqual({ names: ['a:latest'], devices: undefined })
    const chat = { method: 'POST', body: JSON.stringify({ model: 'b' }), headers: headers() }
    expect((await fetch(`${relay.url}/api/chat`, chat)).status).toBe(404)
  })

  it('give the reason if no device responds', async () => {
    const [first] = await start(['a:latest'])
    const [second] = await start(['b:latest'])
    for (const fake of [first, second]) await fake.close()
    const answer = await list('/api/tags')
    expect(answer.status).toBe(502)
    expect(answer.headers['x-devices']).toBe('0/2')
    expect(answer.json()).toEqual({ error: expect.stringContaining('Check that it is running.') })
  })
})

describe('a device above the limit', () => {
  it('gets an error, stops retrying, and connects once there is room', async () => {
    const [, late] = await start(['late:latest'])
    late.bridge.pause()
    for (let count = 0; count < 5; count++) await start(['a:latest'])
    const before = late.proxy.connections
    late.bridge.resume()
    const { tunnel } = await late.until(({ tunnel: { kind } }) => kind === 'blocked' || kind === 'waiting')
    expect(tunnel).toMatchObject({ kind: 'blocked', cause: 'TOO_MANY_DEVICES' })
    expect(late.proxy.connections).toBe(before + 1)
    desks[1]!.bridge.pause()
    late.bridge.reconnect()
    await late.until(({ tunnel: { kind } }) => kind === 'online')
  })

  it('does not count against other owners', async () => {
    for (let count = 0; count < 5; count++) await start(['a:latest'])
    await start(['b:latest'], 'stranger')
    const sixth = await HostileDevice.connect(relay, { owner: 'owner' })
    sixth.send(sixth.hello())
    expect(await sixth.closed).toMatchObject({ code: 4430 })
  })
})
