import { beforeEach, describe, expect, it } from 'vitest'
import type { ClientOrigin } from '../../front/request-context.ts'
import type { Job } from '../../shared/jobs.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { JobHub } from './job-hub.ts'
import { JOB_NOT_FOUND, type JobProblem } from './job-problem.ts'
import type { JobEvents, JobReading, WatchCaller } from './job-reader.ts'
import { type JobMember, type JobNews, type JobSharing, UNSHARED } from './job-sharing.ts'
import type { Watcher } from './job-watch.ts'
import { sampleJob } from './sample-job.test-support.ts'
import { MemoryStatusCache } from './status-cache.ts'

const ORIGIN = { clientAddress: '192.0.2.1', countedAs: '192.0.2.1' } as ClientOrigin
const NAME = { routingId: 'r', jobId: 'job_1' }
const OFFLINE: JobProblem = { kind: 'away', code: 'OFFLINE', message: 'offline', retryAfterMs: undefined }
const UNKNOWN_KEY: JobProblem = {
  kind: 'refused',
  code: 'KEY_UNKNOWN',
  message: 'gone',
  retryAfterMs: undefined,
}

/** A subscription at the device. */
interface FakeEvents {
  readonly token: string
  readonly after: number | undefined
  readonly onJob: (job: Job) => void
  readonly end: (problem?: JobProblem) => void
  isOpen: boolean
}

class FakeDevice {
  job = sampleJob('job_1')
  readonly refusals = new Map<string, JobProblem>()
  readonly reads: string[] = []
  readonly all: FakeEvents[] = []

  get open(): FakeEvents[] {
    return this.all.filter(({ isOpen }) => isOpen)
  }

  read({ token }: WatchCaller): Promise<JobReading | JobProblem> {
    this.reads.push(token)
    return Promise.resolve(this.refusals.get(token) ?? { job: this.job, staleSeconds: undefined })
  }

  events(
    { token }: WatchCaller,
    _id: string,
    after: number | undefined,
    onJob: (job: Job) => void,
  ): JobEvents {
    const { promise, resolve } = Promise.withResolvers<JobProblem | undefined>()
    const end = (problem?: JobProblem): void => {
      events.isOpen = false
      resolve(problem)
    }
    const events: FakeEvents = { token, after, onJob, end, isOpen: true }
    this.all.push(events)
    return { ended: promise, close: () => end(OFFLINE) }
  }

  change(facts: Partial<Job> = {}): void {
    this.job = { ...this.job, revision: this.job.revision + 1, ...facts }
    for (const { onJob } of this.open) onJob(this.job)
  }
}

interface Client extends Watcher {
  /** Revisions with the age of stale ones. */
  readonly seen: (number | string)[]
  readonly signal: AbortController
}

let clock: FakeClock
let device: FakeDevice
let cache: MemoryStatusCache
beforeEach(() => {
  clock = new FakeClock()
  device = new FakeDevice()
  cache = new MemoryStatusCache(clock)
})

function hubWith(sharing: JobSharing = UNSHARED): JobHub {
  return new JobHub({ clock, random: () => 1, reader: device, cache, sharing })
}

async function watch(hub: JobHub, token: string, identity = token): Promise<Client> {
  const seen: Client['seen'] = []
  const client: Client = {
    caller: { token, origin: ORIGIN },
    identity,
    seen,
    signal: new AbortController(),
    update: (text) => {
      const { job, stale_seconds: stale } = JSON.parse(text) as { job: Job; stale_seconds?: number }
      seen.push(stale === undefined ? job.revision : `${job.revision} after ${stale}s`)
    },
    refuse: ({ code }) => seen.push(code),
  }
  const problem = await hub.subscribe(client, NAME, client.signal.signal, () => {})
  if (problem !== undefined) client.refuse(problem)
  return client
}

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a watched job', () => {
  it('is asked for once, however many watch it, and no longer when nobody does', async () => {
    const hub = hubWith()
    const clients = [await watch(hub, 'a'), await watch(hub, 'a'), await watch(hub, 'b')]
    expect(device.open).toHaveLength(1)
    expect([hub.subscriptionCount, hub.upstreamCount]).toEqual([3, 1])
    device.change()
    for (const { seen } of clients) expect(seen).toEqual([1, 2])
    for (const client of clients) hub.unsubscribe(client, NAME)
    expect(device.open).toHaveLength(0)
    expect([hub.subscriptionCount, hub.upstreamCount, clock.pendingTimers]).toEqual([0, 0, 0])
  })

  it('never goes back, and says nothing twice', async () => {
    const hub = hubWith()
    const { seen } = await watch(hub, 'a')
    const [events] = device.open
    for (const revision of [3, 2, 3, 4, 1]) events!.onJob({ ...device.job, revision })
    expect(seen).toEqual([1, 3, 4])
  })

  it('ends with its final state', async () => {
    const hub = hubWith()
    const { seen } = await watch(hub, 'a')
    device.change({ state: 'completed' })
    device.change()
    expect(seen).toEqual([1, 2])
    expect([hub.subscriptionCount, device.open.length, clock.pendingTimers]).toEqual([0, 0, 0])
    expect((await watch(hub, 'a')).seen).toEqual([3])
    expect(hub.subscriptionCount).toBe(0)
  })

  it('is watched with the credential of a watcher who is there', async () => {
    const hub = hubWith()
    const [first, , third] = [await watch(hub, 'a'), await watch(hub, 'a'), await watch(hub, 'b')]
    hub.unsubscribe(first, NAME)
    expect(device.all).toHaveLength(1)
    hub.unsubscribe(await watch(hub, 'c'), NAME)
    expect(device.all).toHaveLength(1)
    hub.unsubscribe(third, NAME)
    expect(device.open.map(({ token }) => token)).toEqual(['a'])
  })

  it('ignores a watcher who has left while it was being authorized', async () => {
    const hub = hubWith()
    const abort = new AbortController()
    const client = { caller: { token: 'a', origin: ORIGIN }, identity: 'a', update() {}, refuse() {} }
    const subscribed = hub.subscribe(client, NAME, abort.signal, () => {})
    abort.abort()
    await subscribed
    expect(hub.subscriptionCount).toBe(0)
  })
})

describe('a refused credential', () => {
  it('gets no job, and is not told why', async () => {
    device.refusals.set('x', JOB_NOT_FOUND)
    expect((await watch(hubWith(), 'x')).seen).toEqual(['JOB_NOT_FOUND'])
  })

  it('ends its subscriptions, and one of the others carries on after all were checked', async () => {
    const hub = hubWith()
    const revoked = [await watch(hub, 'a'), await watch(hub, 'a')]
    const [other, alsoRevoked] = [await watch(hub, 'b'), await watch(hub, 'c')]
    for (const token of ['a', 'c']) device.refusals.set(token, UNKNOWN_KEY)
    device.reads.length = 0
    device.open[0]!.end(UNKNOWN_KEY)
    await settled()
    expect(device.reads).toEqual(['b', 'c'])
    for (const { seen } of [...revoked, alsoRevoked]) expect(seen).toEqual([1, 'KEY_UNKNOWN'])
    expect(device.open.map(({ token }) => token)).toEqual(['b'])
    device.change()
    expect(other.seen).toEqual([1, 2])
    expect(cache.knows({ routingId: 'r', identity: 'a' })).toBe(false)
  })

  it('is noticed after five minutes, if the device did not end its subscription', async () => {
    const hub = hubWith()
    const [first, second] = [await watch(hub, 'a'), await watch(hub, 'b')]
    device.refusals.set('b', UNKNOWN_KEY)
    clock.advance(5 * 60_000)
    await settled()
    expect([first.seen, second.seen]).toEqual([[1], [1, 'KEY_UNKNOWN']])
    device.refusals.set('a', UNKNOWN_KEY)
    clock.advance(5 * 60_000)
    await settled()
    expect([hub.subscriptionCount, device.open.length, clock.pendingTimers]).toEqual([0, 0, 0])
  })
})

describe('a device that goes offline', () => {
  it('leaves the last state with its age, and updates continue when it is back', async () => {
    const hub = hubWith()
    const { seen } = await watch(hub, 'a')
    device.open[0]!.end(OFFLINE)
    await settled()
    clock.advance(500)
    expect(device.open).toHaveLength(1)
    device.open[0]!.end(OFFLINE)
    await settled()
    expect(seen).toEqual([1, '1 after 0s'])
    hub.wake('another')
    expect(device.open).toHaveLength(0)
    hub.wake('r')
    expect(device.open.map(({ after }) => after)).toEqual([undefined])
    device.open[0]!.onJob(device.job)
    device.change()
    expect(seen).toEqual([1, '1 after 0s', 1, 2])
  })

  it('has to accept each credential again before its watchers get anything new', async () => {
    const hub = hubWith()
    const [mine, revoked, other] = [await watch(hub, 'a'), await watch(hub, 'b'), await watch(hub, 'c')]
    device.open[0]!.end(OFFLINE)
    await settled()
    device.refusals.set('b', UNKNOWN_KEY)
    hub.wake('r')
    device.change()
    expect([mine.seen, revoked.seen, other.seen].map((seen) => seen.at(-1))).toEqual([
      2,
      '1 after 0s',
      '1 after 0s',
    ])
    await settled()
    expect([mine.seen, revoked.seen, other.seen].map((seen) => seen.slice(2))).toEqual([
      [2],
      ['KEY_UNKNOWN'],
      [2],
    ])
    device.change()
    expect([mine.seen.at(-1), other.seen.at(-1)]).toEqual([3, 3])
  })

  it('reports the end to all of them, if the job has ended meanwhile', async () => {
    const hub = hubWith()
    const clients = [await watch(hub, 'a'), await watch(hub, 'b')]
    device.open[0]!.end(OFFLINE)
    await settled()
    hub.wake('r')
    device.change({ state: 'completed' })
    await settled()
    for (const { seen } of clients) expect(seen).toEqual([1, '1 after 0s', 2])
    expect([hub.subscriptionCount, device.open.length, clock.pendingTimers]).toEqual([0, 0, 0])
  })

  it('is not queried endlessly about a credential that cannot be checked', async () => {
    const hub = hubWith()
    const [mine, limited] = [await watch(hub, 'a'), await watch(hub, 'b')]
    device.open[0]!.end(OFFLINE)
    await settled()
    device.refusals.set('b', { ...OFFLINE, code: 'TOO_MANY_REQUESTS' })
    hub.wake('r')
    device.reads.length = 0
    for (let i = 0; i < 10; i++) {
      device.change()
      await settled()
    }
    expect([mine.seen.at(-1), limited.seen.at(-1), device.reads]).toEqual([11, '1 after 0s', ['a', 'b']])
    device.refusals.clear()
    clock.advance(1_000)
    device.change()
    await settled()
    expect(limited.seen.at(-1)).toBe(12)
  })

  it('is asked ever less often, at most every ten seconds', async () => {
    await watch(hubWith(), 'a')
    const waits = []
    for (let i = 0; i < 8; i++) {
      device.open[0]!.end(OFFLINE)
      await settled()
      const startedAt = clock.monotonic()
      while (device.open.length === 0) clock.advance(100)
      waits.push(clock.monotonic() - startedAt)
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
  })

  it('counts the age of a cached state from when it was seen', async () => {
    const hub = hubWith()
    device.read = () => Promise.resolve({ job: device.job, staleSeconds: 90 })
    const { seen } = await watch(hub, 'a')
    clock.advance(10_000)
    const later = await watch(hub, 'a')
    expect([seen, later.seen]).toEqual([['1 after 90s'], ['1 after 100s']])
  })

  it('leaves a state in the cache for each credential that watches', async () => {
    const hub = hubWith()
    await watch(hub, 'a')
    await watch(hub, 'b')
    device.change()
    device.open[0]!.end(OFFLINE)
    await settled()
    for (const identity of ['a', 'b'])
      expect(cache.find({ routingId: 'r', identity }, 'job_1')?.job.revision).toBe(2)
    expect(cache.find({ routingId: 'r', identity: 'c' }, 'job_1')).toBeUndefined()
  })
})

describe('several relays', () => {
  /** Two relays with a channel between them; the first to join leads. */
  function group() {
    const members: JobMember[] = []
    const sharing: JobSharing = {
      join(_name, member) {
        members.push(member)
        if (members.length === 1) queueMicrotask(() => member.lead())
        return {
          publish: (news: JobNews) =>
            members.filter((one) => one !== member).forEach((one) => one.heard(news)),
          leave: () => {
            members.splice(members.indexOf(member), 1)
            members[0]?.lead()
          },
        }
      },
    }
    return [hubWith(sharing), hubWith(sharing)] as const
  }

  it('share one subscription at the device', async () => {
    const [here, there] = group()
    const clients = [await watch(here, 'a'), await watch(there, 'b')]
    device.change()
    device.change({ state: 'failed' })
    for (const { seen } of clients) expect(seen).toEqual([1, 2, 3])
    expect([device.all.length, here.subscriptionCount, there.subscriptionCount]).toEqual([1, 0, 0])
  })

  it('continue when the one with the subscription has no watchers left', async () => {
    const [here, there] = group()
    const [first, second] = [await watch(here, 'a'), await watch(there, 'b')]
    here.unsubscribe(first, NAME)
    expect(device.open.map(({ token }) => token)).toEqual(['b'])
    device.change()
    expect(second.seen).toEqual([1, 2])
  })

  it('all check their watchers when a credential is refused at one', async () => {
    const [here, there] = group()
    const [first, second] = [await watch(here, 'a'), await watch(there, 'a')]
    device.refusals.set('a', UNKNOWN_KEY)
    device.open[0]!.end(UNKNOWN_KEY)
    await settled()
    for (const { seen } of [first, second]) expect(seen).toEqual([1, 'KEY_UNKNOWN'])
    expect([here.subscriptionCount, there.subscriptionCount, device.open.length]).toEqual([0, 0, 0])
  })

  it('do not report the device as offline while they have a subscription there', async () => {
    const members: JobMember[] = []
    const join: JobSharing['join'] = (_name, member) => {
      members.push(member)
      member.lead()
      return { publish() {}, leave() {} }
    }
    const { seen } = await watch(hubWith({ join }), 'a')
    members[0]?.heard({ type: 'state', job: device.job, isAway: true })
    expect([seen, members[0]?.state]).toEqual([[1], { type: 'state', job: device.job, isAway: false }])
  })

  it('all know that the device is offline', async () => {
    const [here, there] = group()
    const [first, second] = [await watch(here, 'a'), await watch(there, 'b')]
    device.open[0]!.end(OFFLINE)
    await settled()
    for (const { seen } of [first, second]) expect(seen).toEqual([1, '1 after 0s'])
  })
})
