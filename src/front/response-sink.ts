import type { ServerResponse } from 'node:http'
import type { Clock } from '../shared/clock.ts'
import { PacedWriter } from '../shared/paced-writer.ts'
import type { RawHeaders } from '../shared/headers.ts'
import { breakOff } from './broken-answer.ts'

/** Bytes that may wait for the client before it counts as slow. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * Node's response as a plain sink. A head leaves with the body that follows in the same tick; where none follows, by itself: a client must
 * see the head even while the first token takes its time.
 */
export class ResponseSink {
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #writer: PacedWriter
  #isFull = false
  /** The client has caught up, after `write` answered false. */
  onDrain = (): void => {}

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response
    this.#clock = clock
    response.strictContentLength = true
    this.#writer = new PacedWriter(
      (bytes, taken) => this.#unlessMisfit(() => response.write(bytes, taken)),
      () => this.#taken(),
    )
  }

  writeHead(status: number, headers: RawHeaders): void {
    this.#response.writeHead(status, [...headers])
    this.#clock.soon(() => {
      if (!this.#response.writableEnded) this.#response.flushHeaders()
    })
  }

  write(bytes: Uint8Array): boolean {
    this.#writer.write(bytes)
    this.#isFull = this.#writer.pendingBytes > HIGH_WATER_BYTES
    return !this.#isFull
  }

  end(): void {
    this.#writer.flush()
    this.#unlessMisfit(() => this.#response.end())
  }

  /** What was written before leaves first: it may say why. */
  destroy(): void {
    this.#writer.flush()
    breakOff(this.#response, this.#clock)
  }

  #taken(): void {
    if (!this.#isFull || this.#writer.pendingBytes > HIGH_WATER_BYTES / 2) return
    this.#isFull = false
    this.onDrain()
  }

  /** A body that is not as long as its head says could be taken for the beginning of the next answer. */
  #unlessMisfit(write: () => unknown): void {
    try {
      write()
    } catch {
      this.#clock.soon(() => this.#response.destroy())
    }
  }
}
