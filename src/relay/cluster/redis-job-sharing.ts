import { randomUUID } from 'node:crypto'
import type { Clock, Timer } from '../../shared/clock.ts'
import { parseJob } from '../../shared/jobs.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import type { Logger } from '../../shared/logger.ts'
import type { JobMember, JobName, JobNews, JobShare, JobSharing } from '../jobs/job-sharing.ts'
import type { RedisConnections } from './redis.ts'
import { MAX_SEALED_CHARS, type Seals } from './seal.ts'

/** A relay that was killed is replaced after this time at the latest. */
const LEASE_MS = 4_000
const BEAT_MS = 1_300
/** A relay that receives nothing from the holder watches the job itself: their connections to Redis may differ. */
const SILENT_MS = 3 * LEASE_MS
const NEWS_TTL_MS = 10_000

/** Takes or renews the lease. Returns whether it is ours. */
const HOLD = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

export interface RedisJobSharingOptions {
  readonly redis: Pick<RedisConnections, 'commands' | 'listener'>
  readonly seals: Seals
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Shares watched jobs among relays: the holder of a job's lease watches it at its device and publishes its state, with
 * every renewal too, since messages may be lost. While Redis is unavailable, each relay watches for itself.
 */
export class RedisJobSharing implements JobSharing {
  readonly #options: RedisJobSharingOptions
  readonly #id = randomUUID()
  readonly #parts = new Map<string, RedisJobShare>()

  constructor(options: RedisJobSharingOptions) {
    this.#options = options
    options.redis.listener.on('message', (channel, text) => this.#parts.get(channel)?.receive(text))
  }

  join({ routingId, jobId }: JobName, member: JobMember): JobShare {
    const channel = `ctl:job:${routingId}:${jobId}`
    const onLeave = (): void => void this.#parts.delete(channel)
    const part = new RedisJobShare({ ...this.#options, id: this.#id, channel, member, onLeave })
    this.#parts.set(channel, part)
    part.start()
    return part
  }
}

interface PartOptions extends RedisJobSharingOptions {
  readonly id: string
  readonly channel: string
  readonly member: JobMember
  readonly onLeave: () => void
}

/** This relay's part in one job. */
class RedisJobShare implements JobShare {
  readonly #options: PartOptions
  #timer: Timer | undefined
  #heardAt: number
  #isHolder = false
  #isOver = false

  constructor(options: PartOptions) {
    this.#options = options
    this.#heardAt = options.clock.monotonic()
  }

  start(): void {
    const { redis, channel } = this.#options
    redis.listener.subscribe(channel).catch(() => {})
    void this.#beat()
  }

  publish(news: JobNews): void {
    this.#send({ ...news })
  }

  leave(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { redis, channel, id, onLeave } = this.#options
    onLeave()
    this.#timer?.cancel()
    redis.listener.unsubscribe(channel).catch(() => {})
    if (!this.#isHolder) return
    redis.commands.eval(RELEASE, 1, leaseOf(channel), id).then(
      () => this.#send({ type: 'free' }),
      () => {},
    )
  }

  receive(text: string): void {
    const { seals, channel, id, member, clock } = this.#options
    const message = parseJsonObject(seals.open(channel, text) ?? '')
    if (message === undefined || message['from'] === id) return
    this.#heardAt = clock.monotonic()
    if (message['type'] === 'free') return this.#beatNow()
    if (message['type'] === 'recheck') return member.heard({ type: 'recheck' })
    const job = parseJob(message['job'])
    member.heard({ type: 'state', job, isAway: message['isAway'] === true })
  }

  #send(message: object): void {
    const { redis, seals, channel, id } = this.#options
    const sealed = seals.seal(channel, JSON.stringify({ from: id, ...message }), NEWS_TTL_MS)
    if (sealed.length <= MAX_SEALED_CHARS) redis.commands.publish(channel, sealed).catch(() => {})
  }

  #beatNow(): void {
    this.#timer?.cancel()
    void this.#beat()
  }

  async #beat(): Promise<void> {
    const { redis, channel, id, clock, member, logger } = this.#options
    const held = await redis.commands
      .eval(HOLD, 1, leaseOf(channel), id, LEASE_MS)
      .catch((cause: unknown) => {
        logger.debug({ cause }, 'job lease not renewed')
        return undefined
      })
    if (this.#isOver) return
    this.#isHolder = held === 1
    const isSilent = clock.monotonic() - this.#heardAt >= SILENT_MS
    if (held === 1 || held === undefined || isSilent) member.lead()
    else member.follow()
    if (held === 1) this.publish(member.state)
    this.#timer?.cancel()
    this.#timer = clock.after(BEAT_MS, () => void this.#beat())
  }
}

function leaseOf(channel: string): string {
  return `${channel}:lease`
}
