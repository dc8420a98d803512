import { ByteQueue } from './byte-queue.ts'

/** Hands bytes to a connection; `taken` must be called once the system has them, or they are lost with the connection. */
export type WriteOut = (bytes: Uint8Array, taken: () => void) => void

/** Writes under way at once. */
const MAX_WRITES = 4

/**
 * Writes to a connection that may be slow. A write that waits inside node costs several objects however few its bytes are, so only a
 * few are under way at a time, and what comes meanwhile is gathered.
 */
export class PacedWriter {
  readonly #writeOut: WriteOut
  readonly #onTaken: (bytes: number) => void
  readonly #queue = new ByteQueue()
  #writes = 0
  #pendingBytes = 0

  /** @param onTaken is told how many bytes have left */
  constructor(writeOut: WriteOut, onTaken: (bytes: number) => void) {
    this.#writeOut = writeOut
    this.#onTaken = onTaken
  }

  /** Bytes that were written here and have not left. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array): void {
    this.#queue.push(bytes)
    this.#pendingBytes += bytes.length
    this.#pump()
  }

  /** Hands over all that waits: to be called before the connection is ended. */
  flush(): void {
    while (this.#writeNext());
  }

  #pump(): void {
    while (this.#writes < MAX_WRITES && this.#writeNext());
  }

  #writeNext(): boolean {
    const bytes = this.#queue.shift()
    if (bytes === undefined) return false
    this.#writes += 1
    this.#writeOut(bytes, () => {
      this.#writes -= 1
      this.#pendingBytes -= bytes.length
      this.#pump()
      this.#onTaken(bytes.length)
    })
    return true
  }
}
