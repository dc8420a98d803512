import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { beforeEach, expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { JobMember, JobNews } from '../jobs/job-sharing.ts'
import { sampleJob } from '../jobs/sample-job.test-support.ts'
import { RedisJobSharing } from './redis-job-sharing.ts'
import { Seals } from './seal.ts'

const NAME = { routingId: 'r', jobId: 'job_1' }
const CHANNEL = 'ctl:job:r:job_1'

/** The commands that sharing uses, with leases that expire. */
class FakeRedis {
  readonly clock: FakeClock
  readonly listeners: EventEmitter[] = []
  isUp = true
  #lease: { id: unknown; until: number } | undefined

  constructor(clock: FakeClock) {
    this.clock = clock
  }

  connection() {
    const listener = Object.assign(new EventEmitter(), {
      subscribe: () => Promise.resolve(),
      unsubscribe: () => Promise.resolve(),
    })
    this.listeners.push(listener)
    const commands = {
      eval: async (script: string, _count: number, _key: string, id: string, ms?: number) => {
        if (!this.isUp) throw new Error('down')
        const held = (this.#lease?.until ?? 0) > this.clock.monotonic() ? this.#lease?.id : undefined
        if (script.includes('DEL')) return held === id ? ((this.#lease = undefined), 1) : 0
        if (held !== undefined && held !== id) return 0
        this.#lease = { id, until: this.clock.monotonic() + Number(ms) }
        return 1
      },
      publish: async (channel: string, text: string) => {
        if (!this.isUp) throw new Error('down')
        for (const one of this.listeners) one.emit('message', channel, text)
      },
    }
    return { commands: commands as unknown as Redis, listener: listener as unknown as Redis, close() {} }
  }
}

let clock: FakeClock
let redis: FakeRedis
let seals: Seals
beforeEach(() => {
  clock = new FakeClock()
  redis = new FakeRedis(clock)
  seals = new Seals(Buffer.from('secret'), clock, silentLogger)
})

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function passing(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    clock.advance(100)
    await settled()
  }
}

/** A relay that watches the job. */
async function join(revision: number) {
  const sharing = new RedisJobSharing({ redis: redis.connection(), seals, clock, logger: silentLogger })
  const heard: JobNews[] = []
  const member: JobMember & { isLeading: boolean } = {
    isLeading: false,
    lead: () => (member.isLeading = true),
    follow: () => (member.isLeading = false),
    heard: (news) => heard.push(news),
    state: { type: 'state', job: sampleJob('job_1', { revision }), isAway: false },
  }
  const share = sharing.join(NAME, member)
  await settled()
  return { member, heard, share }
}

it('one relay leads, and repeats the state for those that missed it', async () => {
  const first = await join(7)
  const second = await join(1)
  expect([first.member.isLeading, second.member.isLeading]).toEqual([true, false])
  await passing(10_000)
  expect([first.member.isLeading, second.member.isLeading]).toEqual([true, false])
  expect(second.heard.at(-1)).toEqual(first.member.state)
  expect(first.heard).toEqual([])
})

it('another leads at once when the first leaves', async () => {
  const [first, second] = [await join(1), await join(1)]
  first.share.leave()
  await settled()
  expect(second.member.isLeading).toBe(true)
})

it('each leads while Redis is down, and one again afterwards', async () => {
  const [first, second] = [await join(1), await join(1)]
  redis.isUp = false
  await passing(3_000)
  expect([first.member.isLeading, second.member.isLeading]).toEqual([true, true])
  redis.isUp = true
  await passing(3_000)
  expect([first.member.isLeading, second.member.isLeading].filter(Boolean)).toHaveLength(1)
})

it('ignores messages that no relay of this key has sent', async () => {
  const { heard } = await join(1)
  const strange = new Seals(Buffer.from('other'), clock, silentLogger)
  for (const text of ['', '{}', strange.seal(CHANNEL, '{"type":"recheck"}', 1_000)])
    redis.listeners[0]?.emit('message', CHANNEL, text)
  expect(heard).toEqual([])
  redis.listeners[0]?.emit('message', CHANNEL, seals.seal(CHANNEL, '{"from":"x","type":"recheck"}', 1_000))
  expect(heard).toEqual([{ type: 'recheck' }])
})
