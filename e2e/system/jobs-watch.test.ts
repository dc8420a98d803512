import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { sampleJob } from '../../src/relay/jobs/sample-job.test-support.ts'
import { JobDevice } from '../support/job-device.ts'
import { JobWatcher } from '../support/job-watcher.ts'
import { RelayGroup, type RelayProcess } from '../support/relay-group.ts'
import { until } from '../support/until.ts'

const WATCHERS = 200
const BATCH = 10
const CHANGES = 60
/** After this time a relay misses its subscription even if nobody has taken it over. */
const SILENT_MS = 12_000

let group: RelayGroup
let device: JobDevice
beforeAll(async () => {
  group = await RelayGroup.start(3, { MAX_CONNECTIONS_PER_USER: '100' })
  device = await new JobDevice(await group.identity('owner'), group.all[0]!.port).start()
  await until(async () => (await jobs(group.all[2]!, '?limit=1', device.key)).status === 200)
})
afterAll(async () => {
  await device?.close()
  await group?.close()
})

function newJob(key = device.key): string {
  const id = `job_${randomUUID().replaceAll('-', '').slice(0, 24)}`
  device.addJob(sampleJob(id), key)
  return id
}

function jobs({ url }: RelayProcess, path: string, token: string): Promise<Response> {
  return fetch(`${url}/api/jobs${path}`, { headers: { authorization: `Bearer ${token}` } })
}

/** A watcher that has the job's current state. */
async function watch(relay: RelayProcess, token: string, id: string): Promise<JobWatcher> {
  const watcher = await JobWatcher.open(relay.port, token)
  onTestFinished(() => watcher.close())
  watcher.subscribe(id)
  await watcher.next(({ type }) => type === 'update')
  return watcher
}

/** The device's credential, which is not bound to a key, like those of older bridges. */
function ownerToken(): string {
  return device.identity.credential
}

function progress(id: string, completed: number) {
  return device.change(id, { counts: { total: 1000, completed, failed: 0 } })
}

function sees(watcher: JobWatcher, revision: number) {
  return watcher.next(({ job, stale_seconds }) => job?.revision === revision && stale_seconds === undefined)
}

it('200 watchers at three relays see one job rise to its end, for one subscription at the device', async () => {
  const id = newJob()
  const tokens = [device.key, ownerToken()]
  const watchers: JobWatcher[] = []
  // All at once would be a test of what one machine can do.
  for (let i = 0; i < WATCHERS; i += BATCH)
    watchers.push(
      ...(await Promise.all(
        Array.from({ length: BATCH }, (_, at) => watch(group.all[at % 3]!, tokens[at % 2]!, id)),
      )),
    )
  await until(() => device.subscriptions(id) === 1)
  device.mostSubscriptions = 0
  for (let i = 1; i <= CHANGES; i++) {
    const { revision } = progress(id, i)
    // At the pace of the slowest: a slow one gets the newest state only.
    await Promise.all(watchers.map((watcher) => sees(watcher, revision)))
  }
  const last = device.change(id, { state: 'completed' })
  await Promise.all(watchers.map((watcher) => watcher.next(({ job }) => job?.state === 'completed')))
  for (const { updates } of watchers) {
    const revisions = updates.map(({ job }) => job!.revision)
    expect(revisions).toEqual(Array.from({ length: CHANGES + 2 }, (_, i) => last.revision - CHANGES - 1 + i))
  }
  expect(device.mostSubscriptions).toBeLessThanOrEqual(1)
  expect(device.asked.filter((target) => target === `/api/jobs/${id}/events`)).toHaveLength(1)
  await until(() => device.subscriptions(id) === 0)
})

it('another relay continues within seconds when the one with the subscription is killed', async () => {
  const id = newJob()
  const doomed = await group.launch()
  const first = await watch(doomed, device.key, id)
  await until(() => device.subscriptions(id) === 1)
  const second = await watch(group.all[1]!, device.key, id)
  await sees(second, progress(id, 1).revision)
  await sees(first, 2)
  doomed.program.kill('SIGKILL')
  const killedAt = performance.now()
  progress(id, 2)
  await sees(second, 3)
  expect(performance.now() - killedAt).toBeLessThan(SILENT_MS)
  await sees(second, progress(id, 3).revision)
  expect(device.subscriptions(id)).toBe(1)
})

describe('a revoked key', () => {
  it('ends its own subscriptions at every relay, and the owner’s continue', async () => {
    const key = device.createKey('laptop')
    const id = newJob(key)
    await until(async () => (await jobs(group.all[1]!, `/${id}`, key)).status === 200)
    const [here, there] = [await watch(group.all[0]!, key, id), await watch(group.all[1]!, key, id)]
    const owner = await watch(group.all[2]!, ownerToken(), id)
    await until(() => device.subscriptions(id) === 1)
    device.revoke(key)
    for (const watcher of [here, there])
      expect(await watcher.next(({ type }) => type === 'error')).toMatchObject({
        code: 'KEY_UNKNOWN',
        job_id: id,
      })
    await sees(owner, progress(id, 5).revision)
    await until(() => device.subscriptions(id) === 1)
    expect((await jobs(group.all[0]!, `/${id}`, key)).status).toBe(401)
  })
})

it('two owners whose jobs have the same id each see their own, live and while the device sleeps', async () => {
  const stranger = await new JobDevice(await group.identity('stranger'), group.all[1]!.port).start()
  onTestFinished(() => stranger.close())
  await until(async () => (await jobs(group.all[0]!, '', stranger.key)).status === 200)
  const id = newJob()
  stranger.addJob(sampleJob(id, { model: 'theirs' }), stranger.key)
  const sides = [
    { one: device, model: 'llama3.2:3b' },
    { one: stranger, model: 'theirs' },
  ]
  const watched = await Promise.all(
    sides.flatMap(({ one, model }) =>
      [0, 2].map(async (at) => ({ model, watcher: await watch(group.all[at]!, one.key, id) })),
    ),
  )
  await until(() => sides.every(({ one }) => one.subscriptions(id) === 1))
  const { revision } = progress(id, 1)
  stranger.change(id, {})
  await Promise.all(watched.map(({ watcher }) => sees(watcher, revision)))
  const sleeps = async ({ one, model }: (typeof sides)[number], watcher: JobWatcher): Promise<void> => {
    await one.stop()
    await watcher.next(({ stale_seconds }) => stale_seconds !== undefined)
    expect(await (await jobs(group.all[1]!, `/${id}`, one.key)).json()).toMatchObject({ model })
  }
  await sleeps(sides[0]!, watched[0]!.watcher)
  stranger.change(id, {})
  await Promise.all(watched.slice(2).map(({ watcher }) => sees(watcher, revision + 1)))
  await sleeps(sides[1]!, watched[2]!.watcher)
  await device.start()
  for (const { model, watcher } of watched)
    expect(new Set(watcher.updates.map(({ job }) => job?.model))).toEqual(new Set([model]))
})

it('reports the last state and its age while the device sleeps, and continues when it is back', async () => {
  const id = newJob()
  const watcher = await watch(group.all[2]!, device.key, id)
  const { revision } = progress(id, 7)
  await sees(watcher, revision)
  await device.stop()
  const stale = await watcher.next(({ stale_seconds }) => stale_seconds !== undefined)
  expect(stale.job).toMatchObject({ revision, counts: { completed: 7 } })
  const answer = await jobs(group.all[1]!, `/${id}`, device.key)
  expect(answer.status).toBe(200)
  expect(Number(answer.headers.get('x-job-stale-seconds'))).toBeGreaterThanOrEqual(0)
  expect(await answer.json()).toMatchObject({ id, revision })
  const late = await watch(group.all[0]!, device.key, id)
  expect(late.updates[0]).toMatchObject({ job: { revision }, stale_seconds: expect.any(Number) })
  for (const [path, token] of [
    [`/${newJob()}`, device.key],
    [`/${id}`, device.createKey('never seen')],
    [`/${id}`, ownerToken()],
  ] as const) {
    const refused = await jobs(group.all[1]!, path, token)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  }
  await device.start()
  for (const one of [watcher, late]) await sees(one, revision)
  const next = progress(id, 8)
  for (const one of [watcher, late]) await sees(one, next.revision)
})

it('without Redis each relay asks the device itself, and with it one does again', async () => {
  const id = newJob()
  // The device is connected to the first relay.
  const here = await watch(group.all[0]!, device.key, id)
  await until(() => device.subscriptions(id) === 1)
  const there = await watch(group.all[1]!, device.key, id)
  await group.redis.kill()
  await there.next(({ stale_seconds }) => stale_seconds !== undefined)
  await sees(here, progress(id, 1).revision)
  await group.redis.revive()
  await sees(there, 2)
  const { revision } = progress(id, 2)
  for (const watcher of [here, there]) await sees(watcher, revision)
  await until(() => device.subscriptions(id) === 1)
})
