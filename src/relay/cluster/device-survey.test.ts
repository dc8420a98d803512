import type { UpstreamContext } from '../../front/request-context.ts'
import { describe, expect, it } from 'vitest'
import type { ReplicaAnswer } from '../routing/remote-relays.ts'
import { surveyDevices } from './device-survey.ts'
import type { ReplicaQuestion } from './hop-question.ts'

const PLACES = ['one', 'two'].map((replica) => ({ replica, url: `http://${replica}:1`, devices: 2 }))

function tunnel(deviceId: string, facts: object = {}) {
  const about = { deviceId, deviceName: deviceId, connectedAt: '2026-01-01T00:00:00.000Z', streams: 1 }
  return { ...about, connected: true, models: ['M'], loaded: null, accepts: true, failing: false, ...facts }
}

const status = (...tunnels: object[]): ReplicaAnswer => ({
  status: 200,
  headers: [],
  body: Buffer.from(JSON.stringify({ userId: 'alice', tunnels })),
})
const refusal = (code: string): ReplicaAnswer => ({
  status: 401,
  headers: ['X-Ctl-Hop', code],
  body: Buffer.from('{}'),
})

/** @param answers of each replica to each question, in the order of `PLACES` */
function survey(...answers: ((question: ReplicaQuestion) => ReplicaAnswer | undefined)[]) {
  const asked: ReplicaQuestion[] = []
  const rawHeaders = [
    'Host',
    'relay',
    'Authorization',
    'Bearer ollama',
    'If-None-Match',
    'x',
    'Accept',
    '*/*',
  ]
  const context = {
    request: { url: '/k/key/api/tags', rawHeaders },
    credential: { kind: 'key', key: 'the-key', routingId: 'a' },
  } as unknown as UpstreamContext
  const result = surveyDevices(context, PLACES, async (question, url) => {
    asked.push(question)
    return answers[PLACES.findIndex((place) => place.url === url)]?.(question)
  })
  return { asked, result }
}

describe('surveyDevices', () => {
  it('finds connected devices that the credential is valid for, and counts those that may return', async () => {
    const { asked, result } = survey(
      () => status(tunnel('here'), tunnel('closed', { accepts: false })),
      () =>
        status(tunnel('away', { connected: false }), tunnel('busy', { loaded: ['M:latest'], streams: 9 })),
    )
    const { ownerId, devices, total } = await result
    expect(ownerId).toBe('alice')
    expect(devices.map(({ id, url }) => `${id} at ${url}`)).toEqual([
      'here at http://one:1',
      'busy at http://two:1',
    ])
    expect(devices[1]).toMatchObject({ streams: 9, isFailing: false, connectedAt: Date.UTC(2026, 0, 1) })
    expect(devices[1]?.loaded).toEqual(devices[1]?.models)
    expect(total).toBe(3)
    const headers = ['host', 'one:1', 'authorization', 'Bearer the-key']
    expect(asked[0]).toEqual({ method: 'GET', target: '/api/tunnel/status', headers })
  })

  it('counts a silent replica’s devices, and does not treat silence as an answer', async () => {
    const { result } = survey(
      () => undefined,
      () => refusal('KEY_UNKNOWN'),
    )
    expect(await result).toMatchObject({ ownerId: undefined, isUnknown: false, devices: [], total: 2 })
  })

  it('treats a key as unknown only if all replicas do', async () => {
    const says = (code: string) => () => refusal(code)
    expect(await survey(says('KEY_UNKNOWN'), says('KEY_UNKNOWN')).result).toMatchObject({ isUnknown: true })
    expect(await survey(says('KEY_UNKNOWN'), says('OFFLINE')).result).toMatchObject({ isUnknown: false })
  })

  it('ignores unreadable answers', async () => {
    const odd = (text: string) => () => ({ ...status(), body: Buffer.from(text) })
    expect(await survey(odd('{'), odd('{"tunnels":[{}]}')).result).toMatchObject({ devices: [], total: 0 })
  })

  it('forwards a list request to replicas with devices, and counts the devices', async () => {
    const list = { status: 200, headers: ['X-Devices', '2/3'], body: Buffer.from('{"models":[]}') }
    const { asked, result } = survey(
      ({ target }) => (target === '/k/key/api/tags' ? list : status(tunnel('a'))),
      () => status(tunnel('b', { accepts: false })),
    )
    expect(await (await result).lists()).toEqual([{ ...list, devices: 2 }])
    expect(asked.slice(2)).toEqual([
      {
        method: 'GET',
        target: '/k/key/api/tags',
        headers: ['Host', 'relay', 'Authorization', 'Bearer ollama', 'Accept', '*/*'],
      },
    ])
  })
})
