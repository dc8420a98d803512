import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'

/** How far the clocks of two replicas may be apart, the way included. */
const VALID_MS = 30_000

const HopPassSchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  requestId: z.string(),
  /** Of the client, as the replica that it came to sees it. */
  clientAddress: z.string(),
  /** The client waits for "100 Continue". */
  expectsContinue: z.boolean(),
  /** The replica that it came to has counted it, and judged whether somebody guesses. */
  isCounted: z.boolean().optional(),
})

/** What one replica tells the next about a request that it passes on. */
export type HopPass = Readonly<z.output<typeof HopPassSchema>>

export interface RequestLine {
  readonly method: string
  readonly target: string
}

/**
 * Signs and judges passes, under a secret that only replicas with the same signing key have. A pass speaks for a replica,
 * not for a client: whoever shows one again gets no further than the client's own credential does.
 */
export class HopPasses {
  readonly #secret: Uint8Array
  readonly #clock: Clock

  /** @param secret `SigningKey.hopSecret` */
  constructor(secret: Uint8Array, clock: Clock) {
    this.#secret = secret
    this.#clock = clock
  }

  /** The value of the field. */
  sign(line: RequestLine, facts: Omit<HopPass, 'at'>): string {
    const payload = Buffer.from(JSON.stringify({ at: this.#clock.now(), ...facts })).toString('base64url')
    return `${payload}.${this.#mac(line, payload).toString('base64url')}`
  }

  /** The pass, as far as it is one of ours, for this very request, and fresh. */
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
