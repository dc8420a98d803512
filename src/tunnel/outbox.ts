import { encodeAck, FRAME, HEADER_BYTES, writeHeader } from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { MuxStream, Outgoing } from './mux-stream.ts'
import { ReplayBuffer } from './replay-buffer.ts'

/** A batch is closed at this size: larger messages gain nothing and delay later ones. */
const BATCH_BYTES = 128 * 1024
/** Half of the frame count that a receiver accepts in one message. */
const BATCH_FRAMES = 4096

const NO_FRAMES: readonly Buffer[] = []

interface Placed {
  readonly type: number
  readonly streamId: number
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
}

/**
 * Schedules sending. Control frames go first; bodies take turns in slices. Everything ready in one tick leaves as one
 * message, which is also the unit of the replay buffer.
 */
export class Outbox {
  readonly #limits: TunnelLimits
  readonly replay = new ReplayBuffer()
  #control: Buffer[] = []
  #round: MuxStream[] = []

  constructor(limits: TunnelLimits) {
    this.#limits = limits
  }

  /** Queues a sequenced frame that must not wait behind bodies. */
  pushControl(frame: Buffer): void {
    this.#control.push(frame)
  }

  /** Adds the stream to the round, unless it is already in it. */
  enroll(stream: MuxStream): void {
    if (stream.isInRound) return
    stream.isInRound = true
    this.#round.push(stream)
  }

  /**
   * The next message, or `undefined` if nothing may be sent now.
   * @param ackBytes count to acknowledge with it, `undefined` for none
   * @param mayCarryBodies whether the carrier has room for more than control frames
   * @param sent called with each stream that contributed
   */
  take(
    ackBytes: number | undefined,
    mayCarryBodies: boolean,
    sent: (stream: MuxStream) => void,
  ): Buffer | undefined {
    const placed: Placed[] = []
    const control = this.#control.length === 0 ? NO_FRAMES : this.#control.splice(0, BATCH_FRAMES)
    let bytes = control.reduce((sum, frame) => sum + frame.length, 0)
    while (bytes < BATCH_BYTES && placed.length < BATCH_FRAMES - control.length && this.#round.length > 0) {
      const room = this.#limits.maxReplayBytes - this.replay.unackedBytes - bytes
      const piece = this.#takeTurn(mayCarryBodies && room > 0 ? this.#limits.sliceBytes : 0, sent)
      if (piece === undefined) break
      placed.push(piece)
      bytes += HEADER_BYTES + piece.bytes
    }
    const ack = ackBytes === undefined ? undefined : encodeAck(ackBytes)
    if (bytes === 0) return ack
    return this.#assemble(ack, control, placed, bytes)
  }

  /** One slice of the first stream in the round that has one. */
  #takeTurn(maxBytes: number, sent: (stream: MuxStream) => void): Placed | undefined {
    for (let turns = this.#round.length; turns > 0; turns--) {
      const stream = this.#round.shift()
      if (stream === undefined) break
      stream.isInRound = false
      const outgoing = stream.next(maxBytes)
      // Without room for bodies a stream keeps its place; without credit it is re-added when credit arrives.
      if (stream.isReady) this.enroll(stream)
      if (outgoing === undefined) continue
      sent(stream)
      return toPlaced(stream.id, outgoing)
    }
    return undefined
  }

  #assemble(
    ack: Buffer | undefined,
    control: readonly Buffer[],
    placed: readonly Placed[],
    bytes: number,
  ): Buffer {
    const ackLength = ack?.length ?? 0
    const message = Buffer.allocUnsafe(ackLength + bytes)
    let offset = 0
    for (const frame of ack === undefined ? control : [ack, ...control]) {
      message.set(frame, offset)
      offset += frame.length
    }
    for (const { type, streamId, chunks, bytes: length } of placed) {
      writeHeader(message, offset, type, length, streamId)
      offset += HEADER_BYTES
      for (const chunk of chunks) {
        message.set(chunk, offset)
        offset += chunk.length
      }
    }
    this.replay.push(ackLength === 0 ? message : message.subarray(ackLength))
    return message
  }

  /** Whether there is anything to send, now or once there is room. */
  get isEmpty(): boolean {
    return this.#control.length === 0 && this.#round.length === 0
  }

  clear(): void {
    this.#control = []
    this.#round = []
    this.replay.clear()
  }
}

function toPlaced(streamId: number, outgoing: Outgoing): Placed {
  switch (outgoing.kind) {
    case 'message':
      return { type: FRAME.MESSAGE, streamId, chunks: [outgoing.bytes], bytes: outgoing.bytes.length }
    case 'data':
      return { type: FRAME.DATA, streamId, chunks: outgoing.chunks, bytes: outgoing.bytes }
    case 'end':
      return { type: FRAME.END, streamId, chunks: [], bytes: 0 }
  }
}
