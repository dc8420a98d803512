import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { waitSecondsFor, windowAt } from '../../shared/sliding-window.ts'

const MINUTE_MS = 60_000

/** Counts requests per key in any minute, in memory. */
export class KeyLimits {
  readonly #requestsPerMinute: (grantId: string) => number | null
  readonly #clock: Clock
  #window = 0
  #current = new Map<string, number>()
  #former = new Map<string, number>()

  /** @param requestsPerMinute the limit of a key; `null` = unlimited */
  constructor(requestsPerMinute: (grantId: string) => number | null, clock: Clock) {
    this.#requestsPerMinute = requestsPerMinute
    this.#clock = clock
  }

  /** Counts one request. @throws AppError TOO_MANY_REQUESTS with the seconds until there is room for it */
  take(grantId: string): undefined {
    const points = this.#requestsPerMinute(grantId)
    if (points === null) return
    const { index, part } = windowAt(this.#clock.monotonic(), MINUTE_MS)
    this.#enter(index)
    const current = (this.#current.get(grantId) ?? 0) + 1
    const former = this.#former.get(grantId) ?? 0
    const retryAfterS = waitSecondsFor({ points, durationMs: MINUTE_MS }, part, current, former)
    if (retryAfterS > 0)
      throw new AppError(
        'TOO_MANY_REQUESTS',
        `This key allows ${points} requests per minute. Wait for the time given in Retry-After.`,
        { retryAfterS },
      )
    this.#current.set(grantId, current)
  }

  #enter(window: number): void {
    if (window === this.#window) return
    this.#former = window === this.#window + 1 ? this.#current : new Map()
    this.#current = new Map()
    this.#window = window
  }
}
