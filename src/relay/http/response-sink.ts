import type { ServerResponse } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import type { RawHeaders } from '../../shared/proxy-head.ts'

/**
 * Node's response as a plain sink. A head leaves with the body that follows in the same tick; where none follows, by itself: a client must
 * see the head even while the first token takes its time.
 */
export class ResponseSink {
  readonly #response: ServerResponse
  readonly #clock: Clock

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response
    this.#clock = clock
  }

  writeHead(status: number, headers: RawHeaders): void {
    this.#response.writeHead(status, [...headers])
    this.#clock.soon(() => {
      if (!this.#response.writableEnded) this.#response.flushHeaders()
    })
  }

  write(bytes: Uint8Array): boolean {
    return this.#response.write(bytes)
  }

  end(): void {
    this.#response.end()
  }

  /** What was written in this tick leaves first: it may say why. */
  destroy(): void {
    this.#clock.soon(() => this.#response.destroy())
  }
}
