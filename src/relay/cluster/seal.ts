import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'

/** Tolerated clock difference between two replicas. */
const CLOCK_TOLERANCE_MS = 30_000
/** Longer than any value written by a replica. */
export const MAX_SEALED_CHARS = 8_192
const FORM = /^(\d{1,16})\.([\w-]{43})\.(.*)$/s
const WARN_EVERY_MS = 60_000

/**
 * Authenticates values in Redis: HMAC-SHA256 over name, expiry and value. A writer to Redis can delete values and
 * restore unexpired ones, but cannot create or move them.
 */
export class Seals {
  readonly #secret: Uint8Array
  readonly #clock: Clock
  readonly #logger: Logger
  #warnAt = -Infinity

  /** @param secret `SigningKey.sharedStateSecret` */
  constructor(secret: Uint8Array, clock: Clock, logger: Logger) {
    this.#secret = secret
    this.#clock = clock
    this.#logger = logger
  }

  /** @param name of the key, field or channel that the value is bound to */
  seal(name: string, value: string, ttlMs: number): string {
    const until = String(this.#clock.now() + ttlMs)
    return `${until}.${this.#mac(name, until, value).toString('base64url')}.${value}`
  }

  /** The value, if a replica with our key wrote it and it has not expired. */
  open(name: string, text: string): string | undefined {
    const [, until = '', mac = '', value = ''] = text.length > MAX_SEALED_CHARS ? [] : (FORM.exec(text) ?? [])
    const [shown, expected] = [Buffer.from(mac, 'base64url'), this.#mac(name, until, value)]
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return this.#forged(name)
    return this.#clock.now() <= Number(until) + CLOCK_TOLERANCE_MS ? value : undefined
  }

  #mac(name: string, until: string, value: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${name.length} ${name}\n${until}\n${value}`).digest()
  }

  #forged(name: string): undefined {
    const now = this.#clock.monotonic()
    if (now < this.#warnAt) return
    this.#warnAt = now + WARN_EVERY_MS
    this.#logger.warn({ name }, 'Redis entry not sealed with this signing key')
  }
}
