import { ByteQueue } from './byte-queue.ts'

/** Passes bytes to a connection. It must call `taken` once the operating system has accepted them. */
export type WriteOut = (bytes: Uint8Array, taken: () => void) => void

/** Maximum number of writes in progress. */
const MAX_WRITES = 4

/**
 * Writes to a connection that may be slow. Each write pending inside Node costs several objects regardless of its size,
 * so only a few are in progress at a time, and bytes that arrive meanwhile are merged.
 */
export class PacedWriter {
  readonly #writeOut: WriteOut
  readonly #onTaken: (bytes: number) => void
  /** Created with the first backlog. */
  #queue: ByteQueue | undefined
  #writes = 0
  #pendingBytes = 0

  /** @param onTaken called with the number of bytes that the operating system has just accepted */
  constructor(writeOut: WriteOut, onTaken: (bytes: number) => void) {
    this.#writeOut = writeOut
    this.#onTaken = onTaken
  }

  /** Bytes passed to `write` that the operating system has not accepted yet. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pendingBytes += bytes.length
    // Below the limit the queue is always empty, so order is kept.
    if (this.#writes < MAX_WRITES) this.#start(bytes)
    else (this.#queue ??= new ByteQueue()).push(bytes)
  }

  /** Writes the whole queue regardless of the limit; call it before ending the connection. */
  flush(): void {
    while (this.#writeNext());
  }

  #pump(): void {
    while (this.#writes < MAX_WRITES && this.#writeNext());
  }

  #writeNext(): boolean {
    const bytes = this.#queue?.shift()
    if (bytes === undefined) return false
    this.#start(bytes)
    return true
  }

  #start(bytes: Uint8Array): void {
    this.#writes += 1
    this.#writeOut(bytes, () => {
      this.#writes -= 1
      this.#pendingBytes -= bytes.length
      this.#pump()
      this.#onTaken(bytes.length)
    })
  }
}
