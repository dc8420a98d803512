import { checkHeader, HEADER_BYTES, type Frame } from './frame.ts'
import type { TunnelLimits } from './limits.ts'

/**
 * Cuts a byte stream into frames. Where the bytes were split or merged on their way carries no meaning. Whole frames inside one
 * piece are handed out without a copy.
 */
export class FrameDecoder {
  readonly #limits: TunnelLimits
  /** Pieces of a frame that is not complete yet, and how many bytes it takes before it is worth another look. */
  #pieces: Buffer[] = []
  #pieceBytes = 0
  #neededBytes = HEADER_BYTES

  constructor(limits: TunnelLimits) {
    this.#limits = limits
  }

  /** Bytes held back for a frame that is not complete. */
  get bufferedBytes(): number {
    return this.#pieceBytes
  }

  /**
   * Takes the next bytes and calls `onFrame` for each frame that they complete. `onFrame` may answer false to stop at once.
   * @throws AppError PROTOCOL_ERROR or FRAME_TOO_LARGE
   */
  push(bytes: Buffer, onFrame: (frame: Frame) => boolean): void {
    let input = bytes
    if (this.#pieceBytes > 0) {
      this.#keep(bytes)
      if (this.#pieceBytes < this.#neededBytes) return
      input = Buffer.concat(this.#pieces, this.#pieceBytes)
      this.#pieces = []
      this.#pieceBytes = 0
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
        this.#keep(input.subarray(offset))
        return
      }
      const payload = input.subarray(offset + HEADER_BYTES, end)
      offset = end
      if (!onFrame({ type, streamId, payload })) return
    }
    this.#neededBytes = HEADER_BYTES
    if (offset < input.length) this.#keep(input.subarray(offset))
  }

  #keep(bytes: Buffer): void {
    this.#pieces.push(bytes)
    this.#pieceBytes += bytes.length
  }
}
