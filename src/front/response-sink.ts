import type { ServerResponse } from 'node:http'
import type { Clock } from '../shared/clock.ts'
import { PacedWriter } from '../shared/paced-writer.ts'
import type { RawHeaders } from '../shared/headers.ts'
import { breakOff } from './broken-answer.ts'

/** Bytes queued for the client before it counts as slow. */
const HIGH_WATER_BYTES = 64 * 1024

/**
 * A sink over Node's response. A head is sent together with a body that follows in the same tick, otherwise on its own:
 * a client must see it while the first token is pending.
 */
export class ResponseSink {
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #writer: PacedWriter
  #isFull = false
  /** Called when the client has caught up after `write` returned false. */
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

  /** Flushes earlier writes first, since they may contain the error. */
  destroy(): void {
    this.#writer.flush()
    breakOff(this.#response, this.#clock)
  }

  #taken(): void {
    if (!this.#isFull || this.#writer.pendingBytes > HIGH_WATER_BYTES / 2) return
    this.#isFull = false
    this.onDrain()
  }

  /** A body that differs from its announced length could be read as the start of the next response. */
  #unlessMisfit(write: () => unknown): void {
    try {
      write()
    } catch {
      this.#clock.soon(() => this.#response.destroy())
    }
  }
}
