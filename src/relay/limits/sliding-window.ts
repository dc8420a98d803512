import { createHmac } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { after, type Eventual } from '../../shared/eventual.ts'
import { waitSecondsFor, windowAt, type WindowLimit } from '../../shared/sliding-window.ts'
import { type CountedLimit, MemoryCounters, type WindowCounters } from './window-counters.ts'

const HASH_CHARS = 22

/** Creates a limit of `points` in `durationS` seconds. The name identifies it in a shared store. */
export type CreateLimiter = (name: string, points: number, durationS: number) => SlidingWindow

/** Counters shared by replicas. */
export interface SharedCounters {
  readonly createCounters: (limit: CountedLimit) => WindowCounters
  /** Key for hashing names in the store. */
  readonly secret: Uint8Array
}

export function limiterFactory(clock: Clock, shared?: SharedCounters): CreateLimiter {
  return (name, points, durationS) => {
    const counters = shared?.createCounters({ name, points, durationS }) ?? new MemoryCounters()
    return new SlidingWindow(counters, points, durationS * 1000, clock, shared?.secret)
  }
}

/**
 * A sliding window by key, approximated with two counters: the previous window's count is assumed to be evenly
 * distributed and weighted by the part still inside.
 */
export class SlidingWindow {
  readonly #counters: WindowCounters
  readonly #limit: WindowLimit
  readonly #clock: Clock
  readonly #secret: Uint8Array | undefined

  /** @param secret hashes names in a shared store; without one, names are stored as they are */
  constructor(
    counters: WindowCounters,
    points: number,
    durationMs: number,
    clock: Clock,
    secret?: Uint8Array,
  ) {
    this.#secret = secret
    this.#counters = counters
    this.#limit = { points, durationMs }
    this.#clock = clock
  }

  /** Counts one request. @throws AppError `code` at the limit, with the seconds until there is room */
  take(key: string, code: ErrorCode = 'TOO_MANY_REQUESTS', detail?: string): Eventual<void> {
    const { index, part } = this.#now
    const name = this.#nameOf(key)
    // Counted before checking, so parallel requests count too.
    return both(this.#counters.add(name, index), this.#counters.get(name, index - 1), (current, former) => {
      const retryAfterS = waitSecondsFor(this.#limit, part, current, former)
      if (retryAfterS === 0) return
      return after(this.#counters.subtract(name, index), () => {
        throw new AppError(code, detail, { retryAfterS })
      })
    })
  }

  /** @throws AppError `code` if `take` would, without counting */
  check(key: string, code: ErrorCode, detail?: string): Eventual<void> {
    const { index, part } = this.#now
    const name = this.#nameOf(key)
    return both(this.#counters.get(name, index), this.#counters.get(name, index - 1), (current, former) => {
      const retryAfterS = waitSecondsFor(this.#limit, part, current + 1, former)
      if (retryAfterS > 0) throw new AppError(code, detail, { retryAfterS })
    })
  }

  /** Counts one request without a limit. */
  note(key: string): Eventual<void> {
    return after(this.#counters.add(this.#nameOf(key), this.#now.index), () => {})
  }

  /** Reverts the last `take`. */
  giveBack(key: string): Eventual<void> {
    return this.#counters.subtract(this.#nameOf(key), this.#now.index)
  }

  async forget(key: string): Promise<void> {
    const { index } = this.#now
    for (const at of [index, index - 1]) await this.#counters.forget(this.#nameOf(key), at)
  }

  /** Hashed, so a shared store reveals no address, owner or key digest. */
  #nameOf(key: string): string {
    if (this.#secret === undefined) return key
    return createHmac('sha256', this.#secret).update(`limit:${key}`).digest('base64url').slice(0, HASH_CHARS)
  }

  /** The wall clock, which replicas share. */
  get #now() {
    return windowAt(this.#clock.now(), this.#limit.durationMs)
  }
}

function both(
  first: Eventual<number>,
  second: Eventual<number>,
  use: (first: number, second: number) => Eventual<void>,
): Eventual<void> {
  if (typeof first === 'number' && typeof second === 'number') return use(first, second)
  return Promise.all([first, second]).then(([one, other]) => use(one, other))
}
