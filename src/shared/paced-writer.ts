import { ByteQueue } from './byte-queue.ts'

/** Passes bytes to a connection; `taken` must be called once the system has accepted them. */
export type WriteOut = (bytes: Uint8Array, taken: () => void) => void

/** Maximum number of writes in progress. */
const MAX_WRITES = 4

/**
 * Writes to a connection that may be slow. A write pending inside Node costs several objects regardless of its size, so
 * only a few are in progress at a time and later bytes are merged.
 */
export class PacedWriter {
  readonly #writeOut: WriteOut
  readonly #onTaken: (bytes: number) => void
  /** Created with the first backlog. */
  #queue: ByteQueue | undefined
  #writes = 0
  #pendingBytes = 0

  /** @param onTaken called with the number of bytes accepted by the system */
  constructor(writeOut: WriteOut, onTaken: (bytes: number) => void) {
    this.#writeOut = writeOut
    this.#onTaken = onTaken
  }

  /** Bytes written here and not yet accepted by the system. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#pendingBytes += bytes.length
    // While another write may start, the queue is empty.
    if (this.#writes < MAX_WRITES) this.#start(bytes)
    else (this.#queue ??= new ByteQueue()).push(bytes)
  }

  /** Passes on everything that is queued; call it before ending the connection. */
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
