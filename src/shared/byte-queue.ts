import { AppError } from './errors.ts'

/** Accounts for the memory of a queue. */
export interface Allowance {
  /** @throws AppError if the memory limit is reached; nothing is taken then */
  take(bytes: number): void
  giveBack(bytes: number): void
}

export interface ByteQueueOptions {
  /** A chunk that would exceed this is refused with BODY_TOO_LARGE. Unlimited by default. */
  readonly maxBytes?: number
  readonly allowance?: Allowance | undefined
  /** Makes the blocks that small chunks share; their content does not matter. By default, separate zeroed memory. */
  readonly allocate?: (bytes: number) => Uint8Array
}

/** Smaller chunks are copied into shared blocks: an object each would cost more than the chunk. */
const SMALL_BYTES = 4 * 1024
const MIN_BLOCK_BYTES = 512
const MAX_BLOCK_BYTES = 64 * 1024
/** Consumed chunks are removed from the array once they exceed this number and half of its length. */
const SWEEP_PIECES = 64

/** The content is `buffer` from `start` to `end`; the whole `buffer` is retained. */
interface Piece {
  readonly buffer: Uint8Array
  start: number
  end: number
}

/**
 * A FIFO of buffered bytes. Its memory depends on their number, not on how they were chunked: at most about twice the
 * content plus `MIN_BLOCK_BYTES`.
 * Returned bytes are never overwritten. Chunks of `SMALL_BYTES` or more are stored without copying, so the caller must
 * not modify them.
 */
export class ByteQueue {
  readonly #maxBytes: number
  readonly #allowance: Allowance | undefined
  readonly #allocate: (bytes: number) => Uint8Array
  #pieces: Piece[] = []
  /** Index of the oldest chunk. */
  #first = 0
  /** The newest chunk, if it is a block with free space. */
  #block: Piece | undefined
  #bytes = 0
  #heldBytes = 0

  constructor({ maxBytes = Infinity, allowance, allocate = zeroed }: ByteQueueOptions = {}) {
    this.#maxBytes = maxBytes
    this.#allowance = allowance
    this.#allocate = allocate
  }

  /** Content size in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Retained memory in bytes, as accounted to the allowance. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Number of stored chunks. */
  get pieces(): number {
    return this.#pieces.length - this.#first
  }

  /** @throws AppError BODY_TOO_LARGE, or the allowance's error. Nothing of the chunk is stored then. */
  push(bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > this.#maxBytes) throw new AppError('BODY_TOO_LARGE')
    if (bytes.length >= SMALL_BYTES) this.#pushLarge(bytes)
    else if (bytes.length > 0) this.#pushSmall(bytes)
  }

  /** Removes and returns the oldest chunk, or its first `maxBytes`; `undefined` if empty. */
  shift(maxBytes = Infinity): Uint8Array | undefined {
    const piece = this.#pieces[this.#first]
    if (piece === undefined) return undefined
    const end = Math.min(piece.end, piece.start + maxBytes)
    const bytes = piece.buffer.subarray(piece.start, end)
    piece.start = end
    this.#bytes -= bytes.length
    if (end === piece.end) this.#drop(piece)
    return bytes
  }

  /** All chunks, oldest first, without removing them. */
  peek(): Uint8Array[] {
    return this.#pieces.slice(this.#first).map(({ buffer, start, end }) => buffer.subarray(start, end))
  }

  /** The rest of the chunk after the first `offset` bytes, without removing it; `undefined` if nothing follows them. */
  peekFrom(offset: number): Uint8Array | undefined {
    if (offset >= this.#bytes) return undefined
    let startsAt = this.#bytes
    // From the end, where readers usually are.
    const piece = this.#pieces.findLast(({ start, end }) => {
      startsAt -= end - start
      return startsAt <= offset
    })
    return piece?.buffer.subarray(piece.start + offset - startsAt, piece.end)
  }

  /** Removes everything as one buffer. Its bytes stay accounted: the caller returns them to the allowance. */
  takeAll(): Uint8Array {
    const pieces = this.#pieces.slice(this.#first)
    const bytes = this.#bytes
    const spareBytes = this.#heldBytes - bytes
    this.#forget()
    this.#allowance?.giveBack(spareBytes)
    const [only, ...others] = pieces
    if (only?.buffer.length === bytes && others.length === 0) return only.buffer
    const whole = new Uint8Array(bytes)
    let at = 0
    for (const { buffer, start, end } of pieces) {
      whole.set(buffer.subarray(start, end), at)
      at += end - start
    }
    return whole
  }

  /** Drops everything. */
  clear(): void {
    const heldBytes = this.#heldBytes
    this.#forget()
    this.#allowance?.giveBack(heldBytes)
  }

  #pushSmall(bytes: Uint8Array): void {
    const block = this.#block
    const room = block === undefined ? 0 : Math.min(block.buffer.length - block.end, bytes.length)
    const rest = bytes.subarray(room)
    // Reserve first, since it may fail: a chunk is stored completely or not at all.
    if (rest.length > 0) this.#startBlock(rest)
    if (block === undefined) return
    block.buffer.set(bytes.subarray(0, room), block.end)
    block.end += room
    this.#bytes += room
  }

  /**
   * Block size grows with the number of consecutive chunks: a single byte costs little, and many bytes need few
   * objects.
   */
  #startBlock(bytes: Uint8Array): void {
    const grownBytes = Math.min(2 * (this.#block?.buffer.length ?? 0), MAX_BLOCK_BYTES)
    const size = Math.max(MIN_BLOCK_BYTES, grownBytes, bytes.length)
    this.#allowance?.take(size)
    const buffer = this.#allocate(size)
    buffer.set(bytes)
    this.#block = this.#append(buffer, bytes.length)
  }

  #pushLarge(bytes: Uint8Array): void {
    this.#allowance?.take(bytes.length)
    this.#append(pinsMuch(bytes) ? new Uint8Array(bytes) : bytes, bytes.length)
    this.#block = undefined
  }

  #append(buffer: Uint8Array, end: number): Piece {
    const piece = { buffer, start: 0, end }
    this.#pieces.push(piece)
    this.#heldBytes += buffer.length
    this.#bytes += end
    return piece
  }

  #drop(first: Piece): void {
    if (first === this.#block) this.#block = undefined
    this.#heldBytes -= first.buffer.length
    this.#first++
    if (this.#first === this.#pieces.length) this.#forget()
    else if (this.#first >= SWEEP_PIECES && 2 * this.#first >= this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#first)
      this.#first = 0
    }
    this.#allowance?.giveBack(first.buffer.length)
  }

  #forget(): void {
    this.#pieces = []
    this.#first = 0
    this.#block = undefined
    this.#bytes = 0
    this.#heldBytes = 0
  }
}

function zeroed(bytes: number): Uint8Array {
  return new Uint8Array(bytes)
}

/** Whether storing the chunk would retain a much larger message that it is part of. */
function pinsMuch(bytes: Uint8Array): boolean {
  return bytes.buffer.byteLength > 2 * bytes.length
}

/**
 * Reads a source to its end. The result stays accounted to the allowance.
 * @throws AppError BODY_TOO_LARGE, the allowance's error, or an error of the source
 */
export async function readAll(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  allowance?: Allowance,
): Promise<Uint8Array> {
  const queue = new ByteQueue({ maxBytes, allowance })
  for await (const bytes of source) queue.push(bytes)
  return queue.takeAll()
}
