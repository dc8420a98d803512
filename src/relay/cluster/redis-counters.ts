import type { Redis } from 'ioredis'
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible'
import { MemoryCounters, type CountedLimit, type WindowCounters } from '../limits/window-counters.ts'

/** Counts shared by replicas. While Redis is unavailable, each counts separately. */
export class RedisCounters implements WindowCounters {
  readonly #redis: RateLimiterRedis
  readonly #memory = new MemoryCounters()

  constructor(client: Redis, { name, points, durationS }: CountedLimit) {
    this.#redis = new RateLimiterRedis({
      keyPrefix: `ctl:limit:${name}`,
      points,
      // A counter is also read as the previous window, so it lives twice as long as its window.
      duration: 2 * durationS,
      storeClient: client,
      rejectIfRedisNotReady: true,
    })
  }

  add(name: string, window: number): Promise<number> {
    return this.#redis.penalty(`${name}:${window}`).then(countOf, () => this.#memory.add(name, window))
  }

  async subtract(name: string, window: number): Promise<void> {
    await this.#redis.reward(`${name}:${window}`).catch(() => this.#memory.subtract(name, window))
  }

  get(name: string, window: number): Promise<number> {
    return this.#redis.get(`${name}:${window}`).then(countOf, () => this.#memory.get(name, window))
  }

  async forget(name: string, window: number): Promise<void> {
    await this.#redis.delete(`${name}:${window}`).catch(() => this.#memory.forget(name, window))
  }
}

function countOf(result: RateLimiterRes | null): number {
  return result?.consumedPoints ?? 0
}
