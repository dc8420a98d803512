import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../shared/clock.ts'

const TIME_BYTES = 6
const RANDOM_BYTES = 10
const MAC_BYTES = 16
/** Time for a request to follow the response with the challenge. */
const VALID_MS = 60_000

/**
 * Challenges for HTTP requests. Each contains its time and a MAC, so nothing is stored, and all relays with the same
 * signing key accept it.
 */
export class Challenges {
  readonly #secret: Uint8Array
  readonly #clock: Clock

  /** @param secret `SigningKey.challengeSecret` */
  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  issue(): string {
    const time = Buffer.alloc(TIME_BYTES)
    time.writeUIntBE(this.#clock.now(), 0, TIME_BYTES)
    const body = Buffer.concat([time, randomBytes(RANDOM_BYTES)])
    return Buffer.concat([body, this.#mac(body)]).toString('base64url')
  }

  /** Whether the text is our own challenge and at most a minute old. */
  isFresh(text: string): boolean {
    const bytes = Buffer.from(text, 'base64url')
    if (bytes.length !== TIME_BYTES + RANDOM_BYTES + MAC_BYTES) return false
    const body = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES)
    if (!timingSafeEqual(bytes.subarray(body.length), this.#mac(body))) return false
    return Math.abs(this.#clock.now() - body.readUIntBE(0, TIME_BYTES)) <= VALID_MS
  }

  #mac(body: Buffer): Buffer {
    return createHmac('sha256', this.#secret).update(body).digest().subarray(0, MAC_BYTES)
  }
}
