import type { IncomingMessage } from 'node:http'
import { ByteQueue, type Allowance } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { ModelScanner } from './model-scanner.ts'

/** The beginning of a request's body, read before it was known where it goes. It must go first, byte for byte. */
export interface BufferedBody {
  readonly bytes: ByteQueue
  readonly model: string | undefined
}

/** Of one request: SDKs that put `model` behind the messages send images and long talks before it. */
const MAX_BYTES = 4 * 1024 * 1024
/** Without another byte. */
const STILL_MS = 2_000
const TOTAL_MS = 10_000

/** Reads the beginnings of bodies, and no more of them than it must. */
export class BodyHold {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Reads until the model is known, or cannot be found out within reason: the body may be too long or too slow, or there may be no
   * memory for it. The request is paused then.
   * @param keys the outermost keys that name it
   */
  read(request: IncomingMessage, keys: ReadonlySet<string>, allowance: Allowance): Promise<BufferedBody> {
    const scanner = new ModelScanner(keys)
    const bytes = new ByteQueue({ maxBytes: MAX_BYTES, allowance })
    const until = this.#clock.monotonic() + TOTAL_MS
    return new Promise((resolve) => {
      const settle = (): void => {
        timer.cancel()
        request.off('data', take).off('end', settle).off('close', settle).pause()
        resolve({ bytes, model: scanner.model })
      }
      const take = (chunk: Buffer): void => {
        if (!holds(bytes, chunk)) {
          settle()
          return request.unshift(chunk)
        }
        if (scanner.push(chunk)) return settle()
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

/** Whether there was room for the piece. */
function holds(bytes: ByteQueue, chunk: Uint8Array): boolean {
  try {
    bytes.push(chunk)
    return true
  } catch (cause) {
    if (cause instanceof AppError) return false
    throw cause
  }
}
