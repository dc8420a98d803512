import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { CodeStore } from '../auth/code-store.ts'
import type { RedisConnections } from './redis.ts'
import type { Seals } from './seal.ts'

const CHANNEL = 'ctl:codes'
const MESSAGE_TTL_MS = 10_000
/** Longer than the life of any code. */
const GONE_TTL_MS = 15 * 60_000
const MAX_GONE = 10_000

const MessageSchema = z.object({
  from: z.string(),
  /** Digest of a code that was used or voided; without one, a wrong code was tried. */
  gone: z.string().optional(),
})

const codeKey = (digest: string): string => `ctl:code:${digest}`

export interface RedisCodeStoreOptions {
  readonly redis: RedisConnections
  readonly seals: Seals
  readonly clock: Clock
}

/**
 * Pairing codes of several relays: a code is valid at each of them, but only once. Each relay records used codes
 * itself, since a writer to Redis could restore them.
 */
export class RedisCodeStore implements CodeStore {
  readonly #options: RedisCodeStoreOptions
  readonly #id = randomUUID()
  /** Digests and how long to remember them, oldest first. */
  readonly #gone = new Map<string, number>()
  #onTaken = (_digest: string): void => {}
  #onWrongTry = (): void => {}

  constructor(options: RedisCodeStoreOptions) {
    this.#options = options
    const { listener } = options.redis
    listener.on('message', (channel, text) => {
      if (channel === CHANNEL) this.#onMessage(text)
    })
    listener.subscribe(CHANNEL).catch(() => {})
  }

  async put(digest: string, ownerId: OwnerId, ttlMs: number): Promise<void> {
    const { redis, seals } = this.#options
    const name = codeKey(digest)
    await redis.commands.set(name, seals.seal(name, ownerId, ttlMs), 'PX', ttlMs)
  }

  async take(digest: string): Promise<OwnerId | undefined> {
    const { redis, seals } = this.#options
    if (this.#gone.has(digest)) return undefined
    const name = codeKey(digest)
    try {
      const text = await redis.commands.getdel(name)
      const ownerId = text === null || this.#gone.has(digest) ? undefined : seals.open(name, text)
      // The owner's relay creates a new code. If this message is lost, that happens when the code expires.
      if (ownerId !== undefined) this.#tellGone(digest)
      return ownerId as OwnerId | undefined
    } catch (cause) {
      throw new AppError('SHARED_STATE_UNREACHABLE', undefined, { cause })
    }
  }

  async drop(digest: string): Promise<void> {
    this.#tellGone(digest)
    await this.#options.redis.commands.del(codeKey(digest)).catch(() => {})
  }

  tellWrongTry(): void {
    this.#publish({})
  }

  onTaken(listener: (digest: string) => void): void {
    this.#onTaken = listener
  }

  onWrongTry(listener: () => void): void {
    this.#onWrongTry = listener
  }

  #tellGone(digest: string): void {
    this.#remember(digest)
    this.#publish({ gone: digest })
  }

  #publish(message: { readonly gone?: string }): void {
    const { redis, seals } = this.#options
    const text = JSON.stringify({ from: this.#id, ...message })
    redis.commands.publish(CHANNEL, seals.seal(CHANNEL, text, MESSAGE_TTL_MS)).catch(() => {})
  }

  #onMessage(text: string): void {
    const json = this.#options.seals.open(CHANNEL, text)
    if (json === undefined) return
    const { from, gone } = MessageSchema.parse(JSON.parse(json))
    if (from === this.#id) return
    if (gone === undefined) return this.#onWrongTry()
    this.#remember(gone)
    this.#onTaken(gone)
  }

  #remember(digest: string): void {
    const now = this.#options.clock.monotonic()
    this.#gone.set(digest, now + GONE_TTL_MS)
    for (const [oldest, until] of this.#gone) {
      if (until > now && this.#gone.size <= MAX_GONE) return
      this.#gone.delete(oldest)
    }
  }
}
