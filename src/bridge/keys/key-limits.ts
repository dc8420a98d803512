import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

import { AppError } from '../../shared/errors.ts'

/** Counts requests per key and minute, in memory. */
export class KeyLimits {
  readonly #requestsPerMinute: (grantId: string) => number | null
  /** One limiter per distinct limit; each counts per key. */
  readonly #limiters = new Map<number, RateLimiterMemory>()

  /** @param requestsPerMinute the limit of a key; `null` = unlimited */
  constructor(requestsPerMinute: (grantId: string) => number | null) {
    this.#requestsPerMinute = requestsPerMinute
  }

  /**
   * Counts one request. @returns `undefined` if the key has no limit
   * @throws AppError TOO_MANY_REQUESTS with the seconds until the limit resets
   */
  take(grantId: string): Promise<void> | undefined {
    const points = this.#requestsPerMinute(grantId)
    return points === null ? undefined : this.#consume(grantId, points)
  }

  async #consume(grantId: string, points: number): Promise<void> {
    try {
      await this.#limiterFor(points).consume(grantId)
    } catch (cause) {
      if (!(cause instanceof RateLimiterRes)) throw cause
      throw new AppError(
        'TOO_MANY_REQUESTS',
        `This key allows ${points} requests a minute. Wait as long as Retry-After says.`,
        { retryAfterS: Math.max(1, Math.ceil(cause.msBeforeNext / 1000)) },
      )
    }
  }

  #limiterFor(points: number): RateLimiterMemory {
    const limiter = this.#limiters.get(points) ?? new RateLimiterMemory({ points, duration: 60 })
    this.#limiters.set(points, limiter)
    return limiter
  }
}
