import type { ServerResponse } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import type { RawHeaders } from '../../shared/proxy-head.ts'

/** Pieces below this size are held together: each costs node a lot by itself, and a device may send a byte at a time. */
const SMALL_BYTES = 4096
const GATHERED_PIECES = 256

/**
 * Node's response as a plain sink. A head leaves with the body that follows in the same tick; where none follows, by itself: a client must
 * see the head even while the first token takes its time.
 */
export class ResponseSink {
  readonly #response: ServerResponse
  readonly #clock: Clock
  /** What a slow client has not taken yet, oldest first, and the latest small pieces of it. */
  #held: Uint8Array[] = []
  #latest: Uint8Array[] = []

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response
    this.#clock = clock
    response.strictContentLength = true
    response.on('drain', () => this.#flush())
  }

  writeHead(status: number, headers: RawHeaders): void {
    this.#response.writeHead(status, [...headers])
    this.#clock.soon(() => {
      if (!this.#response.writableEnded) this.#response.flushHeaders()
    })
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#response.writableNeedDrain) return this.#send(bytes)
    this.#hold(bytes)
    return false
  }

  end(): void {
    this.#flush()
    this.#unlessMisfit(() => this.#response.end())
  }

  /** What was written in this tick leaves first: it may say why. */
  destroy(): void {
    this.#clock.soon(() => this.#response.destroy())
  }

  /** Before anybody else hears of the drain: they find the response full again where this filled it. */
  #flush(): void {
    this.#gather()
    for (const bytes of this.#held) this.#send(bytes)
    this.#held = []
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length < SMALL_BYTES) {
      if (this.#latest.push(bytes) === GATHERED_PIECES) this.#gather()
      return
    }
    this.#gather()
    this.#held.push(bytes)
  }

  #gather(): void {
    if (this.#latest.length > 0) this.#held.push(Buffer.concat(this.#latest))
    this.#latest = []
  }

  #send(bytes: Uint8Array): boolean {
    return this.#unlessMisfit(() => this.#response.write(bytes)) ?? true
  }

  /** A body that is not as long as its head says could be taken for the beginning of the next answer. */
  #unlessMisfit<T>(write: () => T): T | undefined {
    try {
      return write()
    } catch {
      this.destroy()
      return undefined
    }
  }
}
