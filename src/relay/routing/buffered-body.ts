import type { IncomingMessage } from 'node:http'
import { ByteQueue, type Allowance } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { ModelScanner } from './model-scanner.ts'

/** The beginning of a request body, read before routing. It must be forwarded first, byte for byte. */
export interface BufferedBody {
  readonly bytes: ByteQueue
  readonly model: string | undefined
}

/** Limit per request: SDKs that put `model` after the messages send images and long chats before it. */
const MAX_BYTES = 4 * 1024 * 1024
/** Idle timeout. */
const STILL_MS = 2_000
const TOTAL_MS = 10_000

/** Reads the beginnings of bodies, as little as necessary. */
export class BodyHold {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Reads until the model is known or a limit is reached: the body is too long or too slow, or memory is exhausted.
   * Pauses the request then.
   * @param keys the outermost keys that name the model
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

/** Whether the chunk fits. */
function holds(bytes: ByteQueue, chunk: Uint8Array): boolean {
  try {
    bytes.push(chunk)
    return true
  } catch (cause) {
    if (cause instanceof AppError) return false
    throw cause
  }
}
