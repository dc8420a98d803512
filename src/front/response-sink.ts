import type { ServerResponse } from 'node:http'
import type { Clock } from '../shared/clock.ts'
import { headerOf, type RawHeaders } from '../shared/headers.ts'
import { PacedWriter } from '../shared/paced-writer.ts'
import { breakOff } from './broken-answer.ts'

/** Larger bodies are not worth converting. */
const SMALL_BODY_BYTES = 4 * 1024
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
  /** The head was written in this tick and has not been sent. */
  #isHeadPending = false
  /** The first chunk of the body, if it came in the same tick as the head. */
  #first: Uint8Array | undefined
  #headers: RawHeaders = []
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

  writeHead(status: number, headers: string[]): void {
    this.#response.writeHead(status, headers)
    this.#headers = headers
    this.#isHeadPending = true
    this.#clock.soon(() => {
      if (!this.#isHeadPending) return
      this.#sendFirst()
      this.#response.flushHeaders()
    })
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isHeadPending && this.#first === undefined && bytes.length <= SMALL_BODY_BYTES) {
      this.#first = bytes
      return true
    }
    this.#sendFirst()
    this.#writer.write(bytes)
    this.#isFull = this.#writer.pendingBytes > HIGH_WATER_BYTES
    return !this.#isFull
  }

  end(): void {
    // Refused as a whole, a misfit would not reach the client at all.
    if (!this.#isWhole) this.#sendFirst()
    const first = this.#first
    this.#first = undefined
    this.#isHeadPending = false
    this.#writer.flush()
    // Node sends a head and a body together if both are text.
    this.#unlessMisfit(() =>
      first === undefined ? this.#response.end() : this.#response.end(latin1Of(first), 'latin1'),
    )
  }

  /** Flushes earlier writes first, since they may contain the error. */
  destroy(): void {
    this.#sendFirst()
    this.#writer.flush()
    breakOff(this.#response, this.#clock)
  }

  get #isWhole(): boolean {
    const length = headerOf(this.#headers, 'content-length')
    return length === undefined || Number(length) === this.#first?.length
  }

  #sendFirst(): void {
    this.#isHeadPending = false
    if (this.#first === undefined) return
    this.#writer.write(this.#first)
    this.#first = undefined
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

/** Bytes as text of the same length. */
function latin1Of({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}
