import { encodeAck, FRAME, HEADER_BYTES, writeHeader } from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { MuxStream, Outgoing } from './mux-stream.ts'
import { ReplayBuffer } from './replay-buffer.ts'

/** A batch is closed once it holds this much: larger messages gain nothing and delay what comes behind them. */
const BATCH_BYTES = 128 * 1024
/** Half of what a receiver takes in one message. */
const BATCH_FRAMES = 4096

interface Placed {
  readonly type: number
  readonly streamId: number
  readonly chunks: readonly Uint8Array[]
  readonly bytes: number
}

/**
 * Decides what leaves next. Control frames go first; bodies take turns, a slice each; everything that is ready in one tick leaves as
 * one message, which is also the piece that the replay buffer keeps.
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

  /** Gives the stream a place in the round, unless it has one. */
  enroll(stream: MuxStream): void {
    if (stream.isInRound) return
    stream.isInRound = true
    this.#round.push(stream)
  }

  /**
   * The next message, or `undefined` when nothing may leave now.
   * @param ackBytes how much to acknowledge with it, `undefined` for nothing
   * @param mayCarryBodies whether the carrier has room for more than control frames
   * @param sent is told each stream that a piece was taken from
   */
  take(
    ackBytes: number | undefined,
    mayCarryBodies: boolean,
    sent: (stream: MuxStream) => void,
  ): Buffer | undefined {
    const placed: Placed[] = []
    const control = this.#control.splice(0, BATCH_FRAMES)
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

  /** One piece of the first stream in the round that has one to give. */
  #takeTurn(maxBytes: number, sent: (stream: MuxStream) => void): Placed | undefined {
    for (let turns = this.#round.length; turns > 0; turns--) {
      const stream = this.#round.shift()
      if (stream === undefined) break
      stream.isInRound = false
      const outgoing = stream.next(maxBytes)
      // With no room for bodies a stream keeps its place; without credit it comes back by itself.
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
