import { AppError } from '../../shared/errors.ts'
import type { CodeStore } from '../auth/code-store.ts'
import type { RedisConnections } from './redis.ts'

const TAKEN = 'ctl:code-taken'
const RETRY_S = 5

const codeKey = (digest: string): string => `ctl:code:${digest}`

/** Pairing codes of several relays: a code of one is good at each of them, and still only once. */
export class RedisCodeStore implements CodeStore {
  readonly #redis: RedisConnections

  constructor(redis: RedisConnections) {
    this.#redis = redis
  }

  async put(digest: string, ownerId: string, ttlMs: number): Promise<void> {
    await this.#redis.commands.set(codeKey(digest), ownerId, 'PX', ttlMs)
  }

  async take(digest: string): Promise<string | undefined> {
    try {
      const ownerId = await this.#redis.commands.getdel(codeKey(digest))
      if (ownerId === null) return undefined
      // Whoever showed it shows a fresh one. Should that not arrive, it does so when the code would have ended.
      this.#redis.commands.publish(TAKEN, digest).catch(() => {})
      return ownerId
    } catch (cause) {
      throw new AppError('SHARED_STATE_UNREACHABLE', undefined, { cause, retryAfterS: RETRY_S })
    }
  }

  async drop(digest: string): Promise<void> {
    await this.#redis.commands.del(codeKey(digest)).catch(() => {})
  }

  onTaken(listener: (digest: string) => void): void {
    const { listener: redis } = this.#redis
    redis.on('message', (channel, digest) => {
      if (channel === TAKEN) listener(digest)
    })
    redis.subscribe(TAKEN).catch(() => {})
  }
}
