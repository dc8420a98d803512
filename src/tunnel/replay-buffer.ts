/** Bytes that were sent in sequence and not acknowledged yet: what the next carrier must be given again. */
export class ReplayBuffer {
  /** Pieces with gaps in none: the first starts at `#startsAt`, the last ends at `#sentBytes`. */
  #pieces: Buffer[] = []
  #startsAt = 0
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
    this.#pieces.push(bytes)
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
    this.#ackedBytes = receivedBytes
    let done = 0
    for (const piece of this.#pieces) {
      if (this.#startsAt + piece.length > receivedBytes) break
      this.#startsAt += piece.length
      done++
    }
    if (done > 0) this.#pieces.splice(0, done)
    return true
  }

  /** What comes after the acknowledged bytes, oldest first. */
  unacked(): Buffer[] {
    const [first, ...rest] = this.#pieces
    if (first === undefined) return []
    return [first.subarray(this.#ackedBytes - this.#startsAt), ...rest]
  }

  clear(): void {
    this.#pieces = []
    this.#startsAt = this.#sentBytes
    this.#ackedBytes = this.#sentBytes
  }
}
