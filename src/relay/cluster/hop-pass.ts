import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'

/** Tolerated clock difference between two replicas, including latency. */
const VALID_MS = 30_000

const HopPassSchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  requestId: z.string(),
  /** The client's address as seen by the first replica. */
  clientAddress: z.string(),
  /** The client waits for "100 Continue". */
  expectsContinue: z.boolean(),
  /** The first replica has counted the request and its credential failures. */
  isCounted: z.boolean().optional(),
})

/** Facts about a request passed from one replica to another. */
export type HopPass = Readonly<z.output<typeof HopPassSchema>>

export interface RequestLine {
  readonly method: string
  readonly target: string
}

/**
 * Signs and verifies passes with a secret shared by replicas with the same signing key. A pass authenticates a replica,
 * not a client: replaying one grants no more than the client's own credential.
 */
export class HopPasses {
  readonly #secret: Uint8Array
  readonly #clock: Clock

  /** @param secret `SigningKey.hopSecret` */
  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  /** The header value. */
  sign(line: RequestLine, facts: Omit<HopPass, 'at'>): string {
    const payload = Buffer.from(JSON.stringify({ at: this.#clock.now(), ...facts })).toString('base64url')
    return `${payload}.${this.#mac(line, payload).toString('base64url')}`
  }

  /** The pass, if it is ours, for this request, and recent. */
  parse(line: RequestLine, field: string): HopPass | undefined {
    const [payload = '', mac = ''] = field.split('.')
    const [shown, expected] = [Buffer.from(mac, 'base64url'), this.#mac(line, payload)]
    if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return undefined
    const pass = HopPassSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
    return Math.abs(this.#clock.now() - pass.at) <= VALID_MS ? pass : undefined
  }

  #mac({ method, target }: RequestLine, payload: string): Buffer {
    return createHmac('sha256', this.#secret).update(`${method}\n${target}\n${payload}`).digest()
  }
}
