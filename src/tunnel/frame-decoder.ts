import { checkHeader, HEADER_BYTES, type Frame } from './frame.ts'
import type { TunnelLimits } from './limits.ts'

const NO_BYTES = Buffer.alloc(0)

/**
 * Splits a byte stream into frames, regardless of how it was chunked. A frame contained in a single chunk is emitted
 * without a copy.
 */
export class FrameDecoder {
  readonly #limits: TunnelLimits
  /** Holds the incomplete frame, in one buffer, since a peer may send it byte by byte. */
  #held: Buffer = NO_BYTES
  #heldBytes = 0
  /** Number of buffered bytes needed for the next parsing step. */
  #neededBytes = HEADER_BYTES

  constructor(limits: TunnelLimits) {
    this.#limits = limits
  }

  /** Bytes buffered for an incomplete frame. */
  get bufferedBytes(): number {
    return this.#heldBytes
  }

  /**
   * Consumes the next bytes and calls `onFrame` for each completed frame. `onFrame` may return false to stop.
   * @throws AppError PROTOCOL_ERROR or FRAME_TOO_LARGE
   */
  push(bytes: Buffer, onFrame: (frame: Frame) => boolean): void {
    let input = bytes
    if (this.#heldBytes > 0) {
      this.#hold(bytes)
      if (this.#heldBytes < this.#neededBytes) return
      input = this.#held.subarray(0, this.#heldBytes)
      this.#held = NO_BYTES
      this.#heldBytes = 0
    }
    let offset = 0
    while (input.length - offset >= HEADER_BYTES) {
      const word = input.readUInt32BE(offset)
      const type = word >>> 24
      const length = word & 0xffffff
      const streamId = input.readUInt32BE(offset + 4)
      checkHeader(type, length, streamId, this.#limits)
      const end = offset + HEADER_BYTES + length
      if (end > input.length) {
        this.#neededBytes = HEADER_BYTES + length
        this.#hold(input.subarray(offset))
        return
      }
      const payload = input.subarray(offset + HEADER_BYTES, end)
      offset = end
      if (!onFrame({ type, streamId, payload })) return
    }
    this.#neededBytes = HEADER_BYTES
    if (offset < input.length) this.#hold(input.subarray(offset))
  }

  #hold(bytes: Buffer): void {
    const heldBytes = this.#heldBytes + bytes.length
    if (heldBytes > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.max(heldBytes, this.#neededBytes))
      this.#held.copy(grown, 0, 0, this.#heldBytes)
      this.#held = grown
    }
    bytes.copy(this.#held, this.#heldBytes)
    this.#heldBytes = heldBytes
  }
}
