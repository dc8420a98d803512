import { createHmac } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { after, type Eventual } from '../../shared/eventual.ts'
import { MemoryCounters, RedisCounters, type WindowCounters } from './window-counters.ts'

const HASH_CHARS = 22

/** Makes a limit of `points` in `durationS` seconds. Its name tells it apart in a shared store. */
export type CreateLimiter = (name: string, points: number, durationS: number) => SlidingWindow

/** Where replicas count together. */
export interface SharedCounters {
  /** A client of ioredis. While it does not answer, each replica counts for itself. */
  readonly redis: object
  /** Names are made with it: without it, nobody can tell from them who is counted. */
  readonly secret: Uint8Array
}

export function limiterFactory(clock: Clock, shared?: SharedCounters): CreateLimiter {
  return (name, points, durationS) => {
    const counters =
      shared === undefined
        ? new MemoryCounters()
        : new RedisCounters({ client: shared.redis, prefix: `ctl:limit:${name}`, points, durationS })
    return new SlidingWindow(counters, points, durationS * 1000, clock, shared?.secret)
  }
}

/**
 * So many in any stretch of time of this length, by key. Two counters a key stand for all moments: what the former window
 * counted is taken to be spread evenly, and slides out as the current one goes on.
 */
export class SlidingWindow {
  readonly #counters: WindowCounters
  readonly #points: number
  readonly #durationMs: number
  readonly #clock: Clock
  readonly #secret: Uint8Array | undefined

  /** @param secret of names in a store that others may look into; without one, names stay as they are */
  constructor(
    counters: WindowCounters,
    points: number,
    durationMs: number,
    clock: Clock,
    secret?: Uint8Array,
  ) {
    this.#secret = secret
    this.#counters = counters
    this.#points = points
    this.#durationMs = durationMs
    this.#clock = clock
  }

  /** Counts one in, unless that is one too many. @throws AppError `code`, with the seconds until there is room */
  take(key: string, code: ErrorCode = 'TOO_MANY_REQUESTS', detail?: string): Eventual<void> {
    const { index, part } = this.#now
    const name = this.#nameOf(key)
    // Counted before it is judged, so that those that come at once do not slip by.
    return both(this.#counters.add(name, index), this.#counters.get(name, index - 1), (current, former) => {
      const waitMs = this.#waitMs(part, current, former)
      if (waitMs <= 0) return
      return after(this.#counters.subtract(name, index), () => {
        throw new AppError(code, detail, { retryAfterS: toSeconds(waitMs) })
      })
    })
  }

  /** @throws AppError `code` where `take` would, without counting anything */
  check(key: string, code: ErrorCode, detail?: string): Eventual<void> {
    const { index, part } = this.#now
    const name = this.#nameOf(key)
    return both(this.#counters.get(name, index), this.#counters.get(name, index - 1), (current, former) => {
      const waitMs = this.#waitMs(part, current + 1, former)
      if (waitMs > 0) throw new AppError(code, detail, { retryAfterS: toSeconds(waitMs) })
    })
  }

  /** Counts one in that nobody could refuse. */
  note(key: string): Eventual<void> {
    return after(this.#counters.add(this.#nameOf(key), this.#now.index), () => {})
  }

  /** What was taken just now shall not count. */
  giveBack(key: string): Eventual<void> {
    return this.#counters.subtract(this.#nameOf(key), this.#now.index)
  }

  async forget(key: string): Promise<void> {
    const { index } = this.#now
    for (const at of [index, index - 1]) await this.#counters.forget(this.#nameOf(key), at)
  }

  /** Whoever looks into a shared store learns no address, no owner and no key's digest from it. */
  #nameOf(key: string): string {
    if (this.#secret === undefined) return key
    return createHmac('sha256', this.#secret).update(`limit:${key}`).digest('base64url').slice(0, HASH_CHARS)
  }

  /** The wall clock's, which replicas have in common. */
  get #now() {
    const windows = this.#clock.now() / this.#durationMs
    const index = Math.floor(windows)
    return { index, part: windows - index }
  }

  /** Until there is room for the last one counted, had it not been counted yet. @param current that one included */
  #waitMs(part: number, current: number, former: number): number {
    if (former * (1 - part) + current <= this.#points) return 0
    // Either the former window slides out far enough, or the current one does once it is the former.
    const until =
      current <= this.#points
        ? 1 - (this.#points - current) / former
        : 1 + Math.max(0, 1 - (this.#points - 1) / (current - 1))
    return (until - part) * this.#durationMs
  }
}

/** Rounded up, but not for the sake of a fraction's last binary digit. */
function toSeconds(ms: number): number {
  return Math.ceil(Math.round(ms) / 1000)
}

function both(
  first: Eventual<number>,
  second: Eventual<number>,
  use: (first: number, second: number) => Eventual<void>,
): Eventual<void> {
  if (typeof first === 'number' && typeof second === 'number') return use(first, second)
  return Promise.all([first, second]).then(([one, other]) => use(one, other))
}
