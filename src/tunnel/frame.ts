import { AppError } from '../shared/errors.ts'
import type { TunnelLimits } from './limits.ts'

/**
 * Frame types. Bit 0x10 marks sequenced frames: counted by bytes, acknowledged, and replayed on the next carrier. Bit
 * 0x80 marks types that a receiver must skip if it does not know them.
 */
export const FRAME = {
  HELLO: 0x01,
  WELCOME: 0x02,
  ACK: 0x03,
  PING: 0x04,
  PONG: 0x05,
  OPEN: 0x10,
  MESSAGE: 0x11,
  DATA: 0x12,
  END: 0x13,
  RESET: 0x14,
  WINDOW: 0x15,
  ANNOUNCE: 0x18,
  AUTH: 0x19,
  GOAWAY: 0x1a,
} as const

/** type (1 byte), payload length (3 bytes), stream id (4 bytes), all big-endian. */
export const HEADER_BYTES = 8
const SEQUENCED = 0x10
const SKIPPABLE = 0x80
const MAX_REASON_BYTES = 256
const MAX_JSON_BYTES = 16 * 1024

export interface Frame {
  readonly type: number
  /** 0 for frames of the session as a whole. */
  readonly streamId: number
  readonly payload: Buffer
}

export function isSequenced(type: number): boolean {
  return (type & SEQUENCED) !== 0
}

export function isSkippable(type: number): boolean {
  return (type & SKIPPABLE) !== 0
}

/** Writes a frame header at `offset`. */
export function writeHeader(
  into: Buffer,
  offset: number,
  type: number,
  length: number,
  streamId: number,
): void {
  into.writeUInt32BE(((type << 24) | length) >>> 0, offset)
  into.writeUInt32BE(streamId, offset + 4)
}

export function encodeFrame(type: number, streamId: number, payload: Uint8Array = NO_BYTES): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length)
  writeHeader(frame, 0, type, payload.length, streamId)
  frame.set(payload, HEADER_BYTES)
  return frame
}

const NO_BYTES = new Uint8Array(0)

export function encodeAck(receivedBytes: number): Buffer {
  const payload = Buffer.allocUnsafe(8)
  payload.writeBigUInt64BE(BigInt(receivedBytes))
  return encodeFrame(FRAME.ACK, 0, payload)
}

export function encodeReset(streamId: number, code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_REASON_BYTES)
  const payload = Buffer.allocUnsafe(2 + text.length)
  payload.writeUInt16BE(code)
  payload.set(text, 2)
  return encodeFrame(FRAME.RESET, streamId, payload)
}

export function encodeWindow(streamId: number, increment: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32BE(increment)
  return encodeFrame(FRAME.WINDOW, streamId, payload)
}

/** For queues of small chunks, which mostly leave in the same tick: slices of Node's pool cost less than separate buffers. */
export const POOLED = { allocate: (bytes: number) => Buffer.allocUnsafe(bytes) }

interface Shape {
  readonly min: number
  readonly max: (limits: TunnelLimits) => number
  readonly ofStream: boolean
}

const exactly = (length: number, ofStream: boolean): Shape => ({ min: length, max: () => length, ofStream })
const json: Shape = { min: 2, max: () => MAX_JSON_BYTES, ofStream: false }

const SHAPES: ReadonlyMap<number, Shape> = new Map([
  [FRAME.HELLO, json],
  [FRAME.WELCOME, json],
  [FRAME.ACK, exactly(8, false)],
  [FRAME.PING, exactly(8, false)],
  [FRAME.PONG, exactly(8, false)],
  [FRAME.OPEN, { min: 0, max: (limits) => limits.maxMessageBytes, ofStream: true }],
  [FRAME.MESSAGE, { min: 0, max: (limits) => limits.maxMessageBytes, ofStream: true }],
  [FRAME.DATA, { min: 1, max: (limits) => limits.maxFrameBytes, ofStream: true }],
  [FRAME.END, exactly(0, true)],
  [FRAME.RESET, { min: 2, max: () => 2 + MAX_REASON_BYTES, ofStream: true }],
  [FRAME.WINDOW, exactly(4, true)],
  [FRAME.ANNOUNCE, { min: 2, max: (limits) => limits.maxFrameBytes, ofStream: false }],
  [FRAME.AUTH, { min: 1, max: () => MAX_JSON_BYTES, ofStream: false }],
  [FRAME.GOAWAY, json],
])

/**
 * Validates a header before its payload is buffered.
 * @throws AppError PROTOCOL_ERROR or FRAME_TOO_LARGE
 */
export function checkHeader(type: number, length: number, streamId: number, limits: TunnelLimits): void {
  const shape = SHAPES.get(type)
  if (length > limits.maxFrameBytes)
    throw new AppError(
      'FRAME_TOO_LARGE',
      `a frame of ${length} bytes arrived; ${limits.maxFrameBytes} is the limit`,
    )
  if (shape === undefined) {
    if (isSkippable(type)) return
    throw new AppError('PROTOCOL_ERROR', `a frame of unknown type 0x${type.toString(16)} arrived`)
  }
  if (length < shape.min || length > shape.max(limits))
    throw new AppError('PROTOCOL_ERROR', `a frame of type 0x${type.toString(16)} had ${length} bytes`)
  if (shape.ofStream !== streamId > 0)
    throw new AppError('PROTOCOL_ERROR', `a frame of type 0x${type.toString(16)} named stream ${streamId}`)
}
