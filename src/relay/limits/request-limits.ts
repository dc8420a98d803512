import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../../shared/errors.ts'

export interface RequestLimitsOptions {
  readonly maxConcurrentStreams: number
  /** 0 = no limit. */
  readonly requestsPerMinute: number
}

const BUSY_RETRY_S = 1

/** How much one owner may ask for. Owners do not get in each other's way. */
export class RequestLimits {
  readonly #maxConcurrent: number
  readonly #perMinute: RateLimiterMemory | undefined
  readonly #active = new Map<string, number>()

  constructor({ maxConcurrentStreams, requestsPerMinute }: RequestLimitsOptions) {
    this.#maxConcurrent = maxConcurrentStreams
    if (requestsPerMinute > 0)
      this.#perMinute = new RateLimiterMemory({ points: requestsPerMinute, duration: 60 })
  }

  /**
   * Counts a request in.
   * @returns what counts it out again; calling it twice does no harm.
   * @throws AppError TOO_MANY_STREAMS, TOO_MANY_REQUESTS
   */
  async enter(ownerId: string): Promise<() => void> {
    // The place is taken before anything is awaited, so that requests that come together do not share one.
    const leave = this.#occupy(ownerId)
    try {
      await this.#perMinute?.consume(ownerId)
      return leave
    } catch (cause) {
      leave()
      const { msBeforeNext } = cause as RateLimiterRes
      throw new AppError('TOO_MANY_REQUESTS', undefined, { retryAfterS: Math.ceil(msBeforeNext / 1000) })
    }
  }

  #occupy(ownerId: string): () => void {
    const active = this.#active.get(ownerId) ?? 0
    if (active >= this.#maxConcurrent)
      throw new AppError('TOO_MANY_STREAMS', undefined, { retryAfterS: BUSY_RETRY_S })
    this.#active.set(ownerId, active + 1)
    let isIn = true
    return () => {
      if (isIn) this.#vacate(ownerId)
      isIn = false
    }
  }

  #vacate(ownerId: string): void {
    const left = (this.#active.get(ownerId) ?? 0) - 1
    if (left > 0) this.#active.set(ownerId, left)
    else this.#active.delete(ownerId)
  }
}
