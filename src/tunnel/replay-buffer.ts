import { ByteQueue } from '../shared/byte-queue.ts'
import { POOLED } from './frame.ts'

/** Unacknowledged sequenced bytes, to be replayed on the next carrier. */
export class ReplayBuffer {
  readonly #queue = new ByteQueue(POOLED)
  #ackedBytes = 0
  #sentBytes = 0

  /** Total sequenced bytes sent. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  get unackedBytes(): number {
    return this.#sentBytes - this.#ackedBytes
  }

  push(bytes: Buffer): void {
    this.#queue.push(bytes)
    this.#sentBytes += bytes.length
  }

  /** Whether everything after the first `receivedBytes` can be replayed. */
  covers(receivedBytes: number): boolean {
    return (
      Number.isSafeInteger(receivedBytes) &&
      receivedBytes >= this.#ackedBytes &&
      receivedBytes <= this.#sentBytes
    )
  }

  /** Drops acknowledged bytes. Returns false for an impossible count. */
  ack(receivedBytes: number): boolean {
    if (!this.covers(receivedBytes)) return false
    for (let left = receivedBytes - this.#ackedBytes; left > 0;)
      left -= this.#queue.shift(left)?.length ?? left
    this.#ackedBytes = receivedBytes
    return true
  }

  /** The unacknowledged bytes, oldest first. */
  unacked(): Buffer[] {
    return this.#queue.peek().map(({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length))
  }

  clear(): void {
    this.#queue.clear()
    this.#ackedBytes = this.#sentBytes
  }
}
