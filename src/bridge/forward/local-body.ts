import type { BodyAllowance } from '../../shared/body-memory.ts'
import { readAll } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import type { BodySink } from './body-sink.ts'
import { announcedLengthOf } from './headers.ts'

/** The body of a request that the bridge serves itself. Until it is read, at most the peer's credit is held. */
export class LocalBody implements BodySink {
  readonly #memory: BodyAllowance
  readonly #release: (bytes: number) => void
  readonly #held: Uint8Array[] = []
  #isEnded: boolean
  #isAborted = false
  #change = Promise.withResolvers<void>()
  /** `null` if the client did not announce it. */
  readonly lengthBytes: number | null

  /** @param release returns credit to the peer */
  constructor(
    { hasBody, headers }: Pick<RequestHead, 'hasBody' | 'headers'>,
    memory: BodyAllowance,
    release: (bytes: number) => void,
  ) {
    this.#memory = memory
    this.#release = release
    this.#isEnded = !hasBody
    this.lengthBytes = announcedLengthOf(headers)
  }

  data(chunk: Uint8Array): void {
    if (this.#isAborted) return this.#release(chunk.length)
    this.#held.push(chunk)
    this.#change.resolve()
  }

  end(): void {
    this.#isEnded = true
    this.#change.resolve()
  }

  /** The request is over: releases what was not read, and fails a read that waits for more. */
  abort(): void {
    this.#isAborted = true
    for (const { length } of this.#held.splice(0)) this.#release(length)
    this.#change.resolve()
  }

  /**
   * The whole body, accounted to the request until it is answered. Read it once, in either way.
   * @throws AppError BODY_TOO_LARGE, TOO_MANY_BYTES, MEMORY_FULL
   */
  async collect(maxBytes: number): Promise<Uint8Array> {
    if ((this.lengthBytes ?? 0) > maxBytes) throw new AppError('BODY_TOO_LARGE')
    return readAll(this.stream(), maxBytes, this.#memory)
  }

  /**
   * The body in chunks. The client continues only after a chunk was consumed, that is, when the next one is taken.
   * @throws AppError BAD_REQUEST if the client disconnects before the end
   */
  async *stream(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#held.shift()
      if (chunk !== undefined) {
        try {
          yield chunk
        } finally {
          this.#release(chunk.length)
        }
      } else if (this.#isAborted)
        throw new AppError('BAD_REQUEST', 'The client left before it had sent everything.')
      else if (this.#isEnded) return
      else {
        this.#change = Promise.withResolvers()
        await this.#change.promise
      }
    }
  }
}
