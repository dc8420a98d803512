import { AppError } from './errors.ts'

/** Counts the memory that a queue holds. */
export interface Allowance {
  /** @throws AppError where there is no more memory to be had; nothing is taken then. */
  take(bytes: number): void
  giveBack(bytes: number): void
}

export interface ByteQueueOptions {
  /** A piece that would make it more is refused as BODY_TOO_LARGE. No limit by default. */
  readonly maxBytes?: number
  readonly allowance?: Allowance | undefined
}

/** Smaller pieces share blocks: an object of its own would cost more than the piece. */
const SMALL_BYTES = 4 * 1024
const MIN_BLOCK_BYTES = 512
const MAX_BLOCK_BYTES = 64 * 1024
/** Pieces that have left are cut off the array once there are this many and they are half of it. */
const SWEEP_PIECES = 64

/** The content is from `start` to `end`; all of `buffer` is held. */
interface Piece {
  readonly buffer: Uint8Array
  start: number
  end: number
}

/**
 * Bytes that wait for somebody to take them, oldest first. How much memory they take depends on how many they are, not on how they were
 * cut: at most about twice the content, and `MIN_BLOCK_BYTES`. Bytes that were handed out are never written to again. Pieces of
 * `SMALL_BYTES` and more are kept as they are, so the caller must not change them.
 */
export class ByteQueue {
  readonly #maxBytes: number
  readonly #allowance: Allowance | undefined
  #pieces: Piece[] = []
  /** Index of the oldest piece. */
  #first = 0
  /** The newest piece, where it is a block that has room for more. */
  #block: Piece | undefined
  #bytes = 0
  #heldBytes = 0

  constructor({ maxBytes = Infinity, allowance }: ByteQueueOptions = {}) {
    this.#maxBytes = maxBytes
    this.#allowance = allowance
  }

  /** Bytes of content. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes of memory that are kept for them: what the allowance was asked for. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** In how many pieces they are kept. */
  get pieces(): number {
    return this.#pieces.length - this.#first
  }

  /** @throws AppError BODY_TOO_LARGE, or what the allowance throws. Nothing of the piece is kept then. */
  push(bytes: Uint8Array): void {
    if (this.#bytes + bytes.length > this.#maxBytes) throw new AppError('BODY_TOO_LARGE')
    if (bytes.length >= SMALL_BYTES) this.#pushLarge(bytes)
    else if (bytes.length > 0) this.#pushSmall(bytes)
  }

  /** Takes the oldest piece, or the first `maxBytes` of it. `undefined`: there is none. */
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

  /** All pieces, oldest first, which stay where they are. */
  peek(): Uint8Array[] {
    return this.#pieces.slice(this.#first).map(({ buffer, start, end }) => buffer.subarray(start, end))
  }

  /** Takes everything in one piece. Its bytes stay counted: the caller gives them back to the allowance. */
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
    // First, as it may be refused: a piece is kept as a whole or not at all.
    if (rest.length > 0) this.#startBlock(rest)
    if (block === undefined) return
    block.buffer.set(bytes.subarray(0, room), block.end)
    block.end += room
    this.#bytes += room
  }

  /** Blocks grow with what comes in a row: a lone byte costs little, and many cost few objects. */
  #startBlock(bytes: Uint8Array): void {
    const grownBytes = Math.min(2 * (this.#block?.buffer.length ?? 0), MAX_BLOCK_BYTES)
    const size = Math.max(MIN_BLOCK_BYTES, grownBytes, bytes.length)
    this.#allowance?.take(size)
    const buffer = new Uint8Array(size)
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

/** Whether the piece would keep much more alive than itself: the message that it came in. */
function pinsMuch(bytes: Uint8Array): boolean {
  return bytes.buffer.byteLength > 2 * bytes.length
}

/**
 * Reads a source to its end. What comes back stays counted at the allowance.
 * @throws AppError BODY_TOO_LARGE, what the allowance throws, and whatever the source throws
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
