import type { Clock, Timer } from '../shared/clock.ts'
import { AppError, ERRORS } from '../shared/errors.ts'
import {
  encodeFrame,
  encodeReset,
  encodeWindow,
  FRAME,
  HEADER_BYTES,
  isSequenced,
  isSkippable,
  type Frame,
} from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { Link, LinkUser } from './link.ts'
import { Liveness, type LivenessHost } from './liveness.ts'
import { MuxStream, type StreamHost } from './mux-stream.ts'
import { Outbox } from './outbox.ts'
import { Receipt } from './receipt.ts'
import { ReceiveWindows, type WindowBudget } from './receive-window.ts'
import { RESET_CODES, type TunnelStream } from './stream.ts'

/** Events of a session. */
export interface SessionHandlers {
  /** The peer opened a stream: attach to it synchronously. Only at the accepting end. */
  opened(stream: TunnelStream, head: Buffer): void
  /** The device's announcement: JSON text in UTF-8. */
  announced(json: Buffer): void
  /** The peer sent a new credential. */
  credential(token: string): void
  /** The peer is shutting down: no new streams, open a tunnel elsewhere. JSON text. */
  goaway(json: string): void
  /** The carrier was lost without a close. Streams wait for the next one until the grace period ends. */
  detached(code: number, reason: string): void
  /** The session and all its streams have ended. Called once. */
  lost(error: AppError): void
  /** The last open stream has ended and everything was sent. */
  idle(): void
  measured(rttMs: number): void
}

export interface SessionOptions {
  /** The relay opens streams, the bridge accepts them. */
  readonly role: 'opener' | 'acceptor'
  readonly clock: Clock
  readonly limits: TunnelLimits
  readonly handlers: SessionHandlers
  /** Budget for window growth. Fully returned once received bytes have been released. */
  readonly windowBudget?: WindowBudget
}

/**
 * One end of a tunnel: streams with credit over the current link. Sequenced frames are counted and kept until
 * acknowledged, so the next link resumes exactly where the last one broke.
 */
export class Session implements StreamHost, LivenessHost, LinkUser {
  readonly limits: TunnelLimits
  readonly #role: SessionOptions['role']
  readonly clock: Clock
  readonly #handlers: SessionHandlers
  readonly #streams = new Map<number, MuxStream>()
  readonly #outbox: Outbox
  readonly #liveness: Liveness
  readonly #windows: ReceiveWindows
  readonly #receipt: Receipt
  #link: Link | undefined
  #over = false
  #lastStreamId = 0
  #flushAsked = false
  #graceTimer: Timer | undefined

  constructor({ role, clock, limits, handlers, windowBudget }: SessionOptions) {
    this.#role = role
    this.clock = clock
    this.limits = limits
    this.#handlers = handlers
    this.#outbox = new Outbox(limits)
    this.#windows = new ReceiveWindows(clock, limits, windowBudget)
    this.#receipt = new Receipt(clock, (receivedBytes) => {
      const message = this.#outbox.take(receivedBytes, false, () => {})
      if (message !== undefined) this.#link?.send(message)
    })
    this.#liveness = new Liveness(this)
  }

  /** Bytes of sequenced frames received, which the peer needs to resume. */
  get receivedBytes(): number {
    return this.#receipt.receivedBytes
  }

  get isAttached(): boolean {
    return this.#link !== undefined
  }

  get isOver(): boolean {
    return this.#over
  }

  get streamCount(): number {
    return this.#streams.size
  }

  /** Bytes kept for replay. */
  get unackedBytes(): number {
    return this.#outbox.replay.unackedBytes
  }

  /** Whether a peer that has received this much can resume. */
  canResumeFrom(peerReceivedBytes: number): boolean {
    return !this.#over && this.#outbox.replay.covers(peerReceivedBytes)
  }

  /**
   * Resumes over `link`; the current link is closed as superseded.
   * @returns the number of replayed bytes
   * @throws AppError PROTOCOL_ERROR if the peer's count is impossible
   */
  attach(link: Link, peerReceivedBytes: number): number {
    if (this.#over || !this.#outbox.replay.ack(peerReceivedBytes))
      throw new AppError('PROTOCOL_ERROR', 'the session cannot be resumed from that position')
    this.#link?.close(new AppError('SUPERSEDED'))
    this.#graceTimer?.cancel()
    this.#link = link
    this.#receipt.told()
    link.use(this)
    const replayedBytes = this.unackedBytes
    for (const bytes of this.#outbox.replay.unacked()) link.send(bytes)
    this.#liveness.start(this.#role === 'acceptor')
    this.#flush()
    return replayedBytes
  }

  /**
   * Opens a stream; the session does not interpret `head`.
   * @throws AppError TOO_MANY_STREAMS, TUNNEL_LOST
   */
  open(head: Uint8Array): TunnelStream {
    if (this.#over) throw new AppError('TUNNEL_LOST')
    // Bodies cannot fill the replay buffer twice, so the rest are requests that the peer does not acknowledge.
    const isDeaf = this.unackedBytes >= 2 * this.limits.maxReplayBytes
    if (isDeaf || this.#streams.size >= this.limits.maxStreams) throw new AppError('TOO_MANY_STREAMS')
    const stream = this.#addStream(++this.#lastStreamId)
    this.#sendControl(encodeFrame(FRAME.OPEN, stream.id, head))
    return stream
  }

  announce(json: string): void {
    this.#sendControl(encodeFrame(FRAME.ANNOUNCE, 0, Buffer.from(json)))
  }

  sendCredential(token: string): void {
    this.#sendControl(encodeFrame(FRAME.AUTH, 0, Buffer.from(token)))
  }

  goaway(json: string): void {
    this.#sendControl(encodeFrame(FRAME.GOAWAY, 0, Buffer.from(json)))
  }

  /** Drops the carrier even if it looks open: it cannot be trusted after a suspend or a network change. */
  dropCarrier(): void {
    this.#link?.drop(new AppError('CARRIER_DEAD'))
  }

  /** Ends the session and all its streams. */
  destroy(error: AppError): void {
    if (this.#over) return
    this.#over = true
    this.#liveness.stop()
    this.#receipt.stop()
    this.#graceTimer?.cancel()
    this.#link?.close(error)
    this.#link = undefined
    for (const stream of this.#streams.values()) stream.onReset('SESSION_LOST', error.message)
    this.#outbox.clear()
    this.#handlers.lost(error)
  }

  // StreamHost: callbacks of streams.

  ready(stream: MuxStream): void {
    this.#outbox.enroll(stream)
    this.#askFlush()
  }

  sendReset(stream: MuxStream, code: number, reason: string): void {
    this.#sendControl(encodeReset(stream.id, code, reason))
  }

  sendWindow(stream: MuxStream, increment: number): void {
    this.#sendControl(encodeWindow(stream.id, increment))
  }

  forget(stream: MuxStream): void {
    this.#streams.delete(stream.id)
    // Deferred: the stream's last slice was dequeued but may not have been sent.
    if (this.#streams.size === 0) this.clock.soon(() => this.#reportIdle())
  }

  // LivenessHost: called by the liveness check. Methods instead of closures, since every idle tunnel has them.

  sendNow(frame: Buffer): void {
    this.#link?.send(frame)
  }

  dead(): void {
    this.#link?.drop(new AppError('CARRIER_DEAD'))
  }

  measured(rttMs: number): void {
    this.#windows.rttMs = rttMs
    this.#handlers.measured(rttMs)
  }

  // LinkUser: called by the current link.

  frame(frame: Frame): void {
    this.#liveness.heard()
    if (isSequenced(frame.type)) {
      this.#receipt.add(HEADER_BYTES + frame.payload.length)
      this.#receiveSequenced(frame)
      this.#oweAck()
    } else this.#receiveCarrierFrame(frame)
  }

  drain(): void {
    if (!this.#outbox.isEmpty) this.#askFlush()
  }

  closed(code: number, reason: string): void {
    this.#link = undefined
    if (code === ERRORS.BRIDGE_STOPPED.closeCode) return this.destroy(new AppError('BRIDGE_STOPPED'))
    this.#liveness.stop()
    this.#receipt.stop()
    this.#graceTimer = this.clock.after(this.limits.graceMs, () =>
      this.destroy(new AppError('TUNNEL_LOST', 'the connection was not restored in time')),
    )
    this.#handlers.detached(code, reason)
  }

  #reportIdle(): void {
    if (this.#streams.size === 0 && !this.#over) this.#handlers.idle()
  }

  #addStream(id: number): MuxStream {
    const stream = new MuxStream(id, this, this.#windows.open())
    this.#streams.set(id, stream)
    return stream
  }

  #sendControl(frame: Buffer): void {
    if (this.#over) return
    // Bodies and requests each take part of this limit; the rest are our responses to a peer that reads none of them.
    if (this.unackedBytes >= 4 * this.limits.maxReplayBytes)
      return this.#violated('too many frames that need a response, and acknowledged none')
    this.#outbox.pushControl(frame)
    this.#askFlush()
  }

  #askFlush(): void {
    if (this.#flushAsked || this.#link === undefined) return
    this.#flushAsked = true
    this.clock.soon(() => {
      this.#flushAsked = false
      this.#flush()
    })
  }

  #flush(): void {
    const link = this.#link
    if (link === undefined) return
    const served: MuxStream[] = []
    for (;;) {
      const hasRoom = link.bufferedBytes < this.limits.carrierHighWaterBytes
      const ackBytes = this.#receipt.takeFor(this.#outbox.isEmpty)
      const message = this.#outbox.take(ackBytes, hasRoom, (stream) => served.push(stream))
      if (message === undefined) break
      link.send(message)
    }
    for (const stream of served) stream.drained()
  }

  #oweAck(): void {
    if (this.#link === undefined) return
    if (this.#receipt.isDue) this.#askFlush()
    else this.#receipt.tellLater()
  }

  #receiveCarrierFrame({ type, payload }: Frame): void {
    switch (type) {
      case FRAME.ACK:
        if (!this.#outbox.replay.ack(Number(payload.readBigUInt64BE()))) this.#violated('an impossible ACK')
        return this.drain()
      case FRAME.PING:
        // A peer that sends PINGs without reading gets no queued PONGs.
        if ((this.#link?.bufferedBytes ?? 0) < this.limits.carrierHighWaterBytes)
          this.#link?.send(encodeFrame(FRAME.PONG, 0, payload))
        return
      case FRAME.PONG:
        return this.#liveness.pong(payload)
      case FRAME.HELLO:
      case FRAME.WELCOME:
        return this.#violated('a second handshake')
    }
  }

  #receiveSequenced(frame: Frame): void {
    switch (frame.type) {
      case FRAME.OPEN:
        return this.#onOpen(frame)
      case FRAME.ANNOUNCE:
        return this.#handlers.announced(frame.payload)
      case FRAME.AUTH:
        return this.#handlers.credential(frame.payload.toString())
      case FRAME.GOAWAY:
        return this.#handlers.goaway(frame.payload.toString())
      default:
        return this.#onStreamFrame(frame)
    }
  }

  #onOpen({ streamId, payload }: Frame): void {
    if (this.#role === 'opener' || streamId <= this.#lastStreamId) return this.#violated('an unexpected OPEN')
    this.#lastStreamId = streamId
    if (this.#streams.size >= this.limits.maxStreams)
      return this.#sendControl(encodeReset(streamId, RESET_CODES.REFUSED, 'too many streams'))
    this.#handlers.opened(this.#addStream(streamId), payload)
  }

  #onStreamFrame({ type, streamId, payload }: Frame): void {
    if (isSkippable(type)) return
    const stream = this.#streams.get(streamId)
    if (stream === undefined) {
      // The peer may not know yet that a stream was closed, but it must not use one that never existed.
      if (streamId > this.#lastStreamId) this.#violated('a frame of a stream that was never opened')
      return
    }
    if (stream.onFrame(type, payload)) return
    stream.onReset('FLOW_ERROR', 'the peer violated the rules of the stream')
    this.#sendControl(encodeReset(streamId, RESET_CODES.FLOW_ERROR, 'more than the stream’s credit'))
  }

  /** Ends the session after a protocol violation by the peer. */
  #violated(what: string): void {
    this.destroy(new AppError('PROTOCOL_ERROR', `the peer sent ${what}`))
  }
}
