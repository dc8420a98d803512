import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { batchThat, chatLine, createBatch, question, responseThat, upload } from '../support/batch-client.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { attemptsAt, LISTS, type JobAttempt, type OwnedIds } from '../support/job-surface.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { type Program, Workshop } from '../support/program.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'
import { RelayGroup, type RelayProcess } from '../support/relay-group.ts'
import { until } from '../support/until.ts'

/** Headers that differ from response to response. */
const OWN_FIELDS = new Set(['date', 'x-request-id'])
/** How much the median delays may differ: a share of the delay, and the noise of short ones. */
const MAX_DELAY_SHARE = 0.5
const MAX_DELAY_MS = 2

/** A bridge as a process, with its owner's keys. */
interface Home {
  readonly bridge: Program
  readonly deviceId: string
  readonly keys: readonly [string, string]
}

const workshop = new Workshop()
let upstream: FakeUpstream
let group: RelayGroup
/** `anna` has jobs. `bert` has another device. */
let anna: Home
let bert: Home
let ids: OwnedIds
let releaseLoads = (): void => {}

beforeAll(async () => {
  ;[upstream, group] = await Promise.all([FakeUpstream.start(), RelayGroup.start(1, { RELAY_OWNER: 'anna' })])
  group.add(await group.launch({ RELAY_OWNER: 'bert' }))
  ;[anna, bert] = await Promise.all([homeAt(group.all[0]!), homeAt(group.all[1]!)])
  ids = await createObjects(anna.keys[0])
})
afterAll(async () => {
  releaseLoads()
  await workshop.close()
  await group?.close()
  await upstream?.close()
})

async function homeAt(relay: RelayProcess): Promise<Home> {
  const where = ['--json', '--data-dir', await workshop.dataDir()]
  const pairing = ['--relay', relay.url, '--pair', relay.pairingCode, '--upstream', upstream.origin]
  const bridge = workshop.run(['bridge', ...where, ...pairing])
  const { deviceId } = await bridge.stdout.json<{ event: string; deviceId: string }>(
    ({ event }) => event === 'online',
  )
  const createKey = async (): Promise<string> => {
    const { stdout } = await workshop.run(['keys', 'create', ...where]).result()
    const { key } = JSON.parse(stdout) as { key: string }
    for (const { url } of group.all)
      await until(async () => (await send(url, key, '/v1/streams')).status === 200)
    return key
  }
  return { bridge, deviceId, keys: [await createKey(), await createKey()] }
}

/** Objects of each kind, finished and waiting. */
async function createObjects(key: string): Promise<OwnedIds> {
  const { url } = group.all[0]!
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key })
  const batch = async (): Promise<string> => (await createBatch(client, [chatLine('a')])).id
  const response = async (): Promise<string> => (await client.responses.create(question('a'))).id
  const job = async (): Promise<string> => {
    const body = { type: 'embed', model: 'fake', input: ['a'] }
    const answer = await send(url, key, '/api/jobs', 'POST', JSON.stringify(body))
    return (answer.json() as { id: string }).id
  }
  const done = [await batch(), await response(), await job()] as const
  await Promise.all([batchThat(client, done[0]), responseThat(client, done[1])])
  await until(async () => (await send(url, key, `/api/jobs/${done[2]}/result`)).status === 200)
  const kept = 'conversation-1'
  const chat = JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'a' }] })
  await send(url, key, '/v1/chat/completions', 'POST', chat, { 'idempotency-key': kept })
  // From here on, no request finishes.
  releaseLoads = upstream.holdLoads()
  const waiting = [await batch(), await response(), await job()] as const
  await batchThat(client, waiting[0], ({ status }) => status === 'in_progress')
  return {
    '/api/jobs': [...done, ...waiting],
    '/v1/files': [await upload(client, chatLine('a'))],
    '/v1/batches': [done[0], waiting[0]],
    '/v1/responses': [done[1], waiting[1]],
    '/v1/stream': [kept],
  }
}

function send(
  url: string,
  token: string,
  target: string,
  method = 'GET',
  body?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RawResponse> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more }
  return rawRequest(url, { method, target, headers, ...(body !== undefined && { body }) })
}

interface Listed {
  readonly jobs?: unknown
  readonly data?: unknown
}

/** All of the owner's state that a request could change. */
async function stateOf(key: string): Promise<unknown> {
  const reads = attemptsAt(ids).filter(({ method }) => method === 'GET')
  const targets = [...LISTS, ...reads.map(({ target, id }) => target(id))]
  const { url } = group.all[0]!
  // The event stream of a waiting job does not end.
  const ending = targets.filter((target) => !/\/events$|stream=true/.test(target))
  return Promise.all(
    ending.map(async (target) => {
      const { status, body } = await send(url, key, target)
      return [target, status, body.toString()]
    }),
  )
}

/** Another id of the same form. */
function strange(id: string): string {
  return id.slice(0, -4) + (id.endsWith('zzzz') ? 'yyyy' : 'zzzz')
}

/** The parts of a response by which a client could distinguish it. */
function faceOf({ status, headers, body }: RawResponse, id: string): unknown {
  const fields = Object.entries(headers).filter(([name]) => !OWN_FIELDS.has(name))
  return { status, fields, body: body.toString().replaceAll(id, 'ID') }
}

class Delays {
  readonly theirs: number[] = []
  readonly unknown: number[] = []

  /** The responses for another client's object and for an object that does not exist. */
  async compare(
    url: string,
    token: string,
    { method, target, body, id }: JobAttempt,
  ): Promise<readonly [unknown, unknown]> {
    const faces: unknown[] = []
    for (const [each, delays] of [
      [strange(id), this.unknown],
      [id, this.theirs],
    ] as const) {
      const startedAt = performance.now()
      const answer = await send(url, token, target(each), method, body?.(each))
      delays.push(performance.now() - startedAt)
      faces.push(faceOf(answer, each))
    }
    return [faces[1], faces[0]]
  }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

type Named = readonly [who: string, token: string]

/** Credentials other than the key with the objects. */
async function strangers(): Promise<readonly [Named, Named, Named]> {
  const { credential } = await group.identity('bert')
  return [
    ['the owner’s other key', anna.keys[1]],
    ['another owner’s key', bert.keys[0]],
    ['another owner', credential],
  ]
}

it('every object of a key is unknown to other keys and other owners, at every relay and on every path', async () => {
  const before = await stateOf(anna.keys[0])
  const asked = upstream.fromClients.length
  const delays = new Delays()
  for (const [at, [who, token]] of (await strangers()).entries()) {
    for (const [n, attempt] of attemptsAt(ids).entries()) {
      const { url } = group.all[(at + n) % 2]!
      const what = `${who}: ${attempt.method} ${attempt.target(attempt.id)}`
      const [theirs, unknown] = await delays.compare(url, token, attempt)
      expect([what, theirs]).toEqual([what, unknown])
      const isLookup = attempt.target(attempt.id) === '/v1/streams/lookup'
      expect([what, theirs]).toMatchObject([what, isLookup ? { status: 200, body: '[]' } : { status: 404 }])
    }
    for (const list of LISTS) {
      const answer = (await send(group.all[at % 2]!.url, token, list)).json() as Listed
      expect([who, list, answer.jobs ?? answer.data ?? answer]).toEqual([who, list, []])
    }
  }
  expect(await stateOf(anna.keys[0])).toEqual(before)
  expect(upstream.fromClients.length).toBe(asked)
  const [theirs, unknown] = [medianOf(delays.theirs), medianOf(delays.unknown)]
  expect(Math.abs(theirs - unknown)).toBeLessThan(unknown * MAX_DELAY_SHARE + MAX_DELAY_MS)
})

it('another owner cannot reach them by naming the device or the user', async () => {
  const target = `/api/jobs/${ids['/api/jobs'][0]}`
  const { deviceId } = anna
  for (const { url } of group.all)
    for (const [, token] of (await strangers()).slice(1)) {
      const [theirs, unknown] = await Promise.all(
        [deviceId, strange(deviceId)].map(async (name) =>
          faceOf(await send(url, token, target, 'GET', undefined, { 'x-device': name }), name),
        ),
      )
      expect(theirs).toEqual(unknown)
      expect(theirs).toMatchObject({ status: 404 })
      expect((await send(url, token, `/api/tunnel/anna${target}`)).status).toBe(403)
    }
})

/** The relay’s replies to a watcher of these ids, in their order. */
async function watch({ port }: RelayProcess, token: string, asked: readonly string[]): Promise<unknown[]> {
  const watcher = await JobWatcher.open(port, token)
  for (const id of asked) watcher.subscribe(id)
  const replyTo = (id: string) => watcher.messages.find(({ job_id }) => job_id === id)
  await until(() => asked.every((id) => replyTo(id) !== undefined))
  watcher.close()
  await watcher.closed
  return asked.map((id) => ({ ...replyTo(id), job_id: undefined }))
}

it('nobody else can watch them', async () => {
  const asked = ids['/api/jobs'].flatMap((id) => [id, strange(id)])
  for (const relay of group.all)
    for (const [who, token] of await strangers()) {
      const replies = await watch(relay, token, asked)
      expect([who, replies]).toEqual([who, asked.map(() => replies[0])])
      expect(replies[0]).toMatchObject({ type: 'error', code: 'JOB_NOT_FOUND' })
    }
  const { credential: owner } = await group.identity('anna')
  for (const token of [anna.keys[0], owner])
    expect(await watch(group.all[1]!, token, ids['/api/jobs'])).toMatchObject(
      ids['/api/jobs'].map(() => ({ type: 'subscribed' })),
    )
})

it('nobody else gets their last states, which the relays keep while the device sleeps', async () => {
  const reads = attemptsAt(ids).filter(
    ({ method, target, id }) => method === 'GET' && target(id) === `/api/jobs/${id}`,
  )
  expect(reads).toHaveLength(ids['/api/jobs'].length)
  const compare = async (who: string, token: string, status: number): Promise<void> => {
    for (const { url } of group.all)
      for (const attempt of reads) {
        const [theirs, unknown] = await new Delays().compare(url, token, attempt)
        expect([who, theirs]).toEqual([who, unknown])
        expect([who, theirs]).toMatchObject([who, { status }])
      }
  }
  const [[, laptop], ...others] = await strangers()
  anna.bridge.kill()
  await anna.bridge.exit
  for (const { url } of group.all)
    for (const { target, id } of reads) {
      await until(async () => 'x-job-stale-seconds' in (await send(url, anna.keys[0], target(id))).headers)
      expect((await send(url, anna.keys[0], target(id))).json()).toMatchObject({ id })
    }
  await compare('the owner’s other key', laptop, 503)
  for (const [who, token] of others) {
    await compare(who, token, 404)
    for (const relay of group.all)
      expect(await watch(relay, token, ids['/api/jobs'])).toMatchObject(
        ids['/api/jobs'].map(() => ({ code: 'JOB_NOT_FOUND' })),
      )
  }
  bert.bridge.kill()
  await bert.bridge.exit
  for (const [who, token] of others) await compare(who, token, 503)
})
