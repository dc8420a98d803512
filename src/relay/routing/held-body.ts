import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import { ModelScanner } from './model-scanner.ts'

/** The beginning of a request's body, read before it was known where it goes. It must go first, byte for byte. */
export interface HeldBody {
  readonly chunks: readonly Buffer[]
  readonly model: string | undefined
}

/** Of one request: SDKs that put `model` behind the messages send images and long talks before it. */
const MAX_BYTES = 4 * 1024 * 1024
/** Of all requests together. */
const MAX_TOTAL_BYTES = 64 * 1024 * 1024
/** Without another byte. */
const STILL_MS = 2_000
const TOTAL_MS = 10_000

/** Reads the beginnings of bodies, and no more of them than it must. */
export class BodyHold {
  readonly #clock: Clock
  #bytes = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Reads until the model is known, or cannot be found out within reason. The request is paused then.
   * @param keys the outermost keys that name it
   */
  read(request: IncomingMessage, keys: ReadonlySet<string>): Promise<HeldBody> {
    const scanner = new ModelScanner(keys)
    const chunks: Buffer[] = []
    const until = this.#clock.monotonic() + TOTAL_MS
    let bytes = 0
    return new Promise((resolve) => {
      const settle = (): void => {
        timer.cancel()
        request.off('data', take).off('end', settle).off('close', settle).pause()
        this.#bytes -= bytes
        resolve({ chunks, model: scanner.model })
      }
      const take = (chunk: Buffer): void => {
        chunks.push(chunk)
        bytes += chunk.length
        this.#bytes += chunk.length
        const isFull = bytes >= MAX_BYTES || this.#bytes >= MAX_TOTAL_BYTES
        if (scanner.push(chunk) || isFull) return settle()
        timer.cancel()
        timer = watch()
      }
      const watch = () =>
        this.#clock.after(Math.min(STILL_MS, Math.max(0, until - this.#clock.monotonic())), settle)
      let timer = watch()
      request.on('data', take).on('end', settle).on('close', settle)
    })
  }
}
