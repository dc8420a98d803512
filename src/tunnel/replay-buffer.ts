import { ByteQueue } from '../shared/byte-queue.ts'

/** Bytes that were sent in sequence and not acknowledged yet: what the next carrier must be given again. */
export class ReplayBuffer {
  readonly #queue = new ByteQueue()
  #ackedBytes = 0
  #sentBytes = 0

  /** All bytes ever sent in sequence. */
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

  /** Whether the peer can be told everything behind its first `receivedBytes`. */
  covers(receivedBytes: number): boolean {
    return (
      Number.isSafeInteger(receivedBytes) &&
      receivedBytes >= this.#ackedBytes &&
      receivedBytes <= this.#sentBytes
    )
  }

  /** Forgets what the peer has. Answers false where it claims what it cannot have. */
  ack(receivedBytes: number): boolean {
    if (!this.covers(receivedBytes)) return false
    for (let left = receivedBytes - this.#ackedBytes; left > 0;)
      left -= this.#queue.shift(left)?.length ?? left
    this.#ackedBytes = receivedBytes
    return true
  }

  /** What comes after the acknowledged bytes, oldest first. */
  unacked(): Buffer[] {
    return this.#queue.peek().map(({ buffer, byteOffset, length }) => Buffer.from(buffer, byteOffset, length))
  }

  clear(): void {
    this.#queue.clear()
    this.#ackedBytes = this.#sentBytes
  }
}
