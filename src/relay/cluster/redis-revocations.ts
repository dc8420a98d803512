import type { SharedRevocations } from '../auth/revocations.ts'
import type { Clock } from '../../shared/clock.ts'
import type { RedisConnections } from './redis.ts'

/** A sorted set of entries by expiry in milliseconds; each entry is authenticated. */
const KEY = 'ctl:revoked'
const ADDED = 'ctl:device-revoked'
/** Limit for reading, since a writer to Redis could fill the set. */
const MAX_ENTRIES = 10_000
/** The expiry of the last entry. */
const TTL_MS = 100 * 24 * 60 * 60 * 1000

/** Revocations shared by several relays. */
export class RedisRevocations implements SharedRevocations {
  readonly #redis: RedisConnections
  readonly #clock: Clock

  constructor(redis: RedisConnections, clock: Clock) {
    this.#redis = redis
    this.#clock = clock
  }

  async add(entries: readonly string[]): Promise<void> {
    const scored = entries.flatMap((entry) => [`${entry.split('.')[1]}000`, entry])
    const { commands } = this.#redis
    await commands.zadd(KEY, ...scored)
    await commands.pexpire(KEY, TTL_MS)
    for (const entry of entries) await commands.publish(ADDED, entry)
  }

  async all(): Promise<readonly string[]> {
    const { commands } = this.#redis
    await commands.zremrangebyscore(KEY, '-inf', String(this.#clock.now()))
    return commands.zrange(KEY, 0, String(MAX_ENTRIES - 1))
  }

  onAdded(listener: (entry: string) => void): void {
    const { listener: redis } = this.#redis
    redis.on('message', (channel, entry) => {
      if (channel === ADDED) listener(entry)
    })
    redis.subscribe(ADDED).catch(() => {})
  }

  onReconnected(listener: () => void): void {
    this.#redis.listener.on('ready', listener)
  }
}
