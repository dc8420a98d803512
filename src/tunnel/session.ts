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
import type { Link } from './link.ts'
import { Liveness } from './liveness.ts'
import { MuxStream, type StreamHost } from './mux-stream.ts'
import { Outbox } from './outbox.ts'
import { Receipt } from './receipt.ts'
import { ReceiveWindows, type WindowBudget } from './receive-window.ts'
import { RESET_CODES, type TunnelStream } from './stream.ts'

/** What a session tells its owner. */
export interface SessionHandlers {
  /** The peer opened a stream: attach to it now. Only at the end that accepts streams. */
  opened(stream: TunnelStream, head: Buffer): void
  /** The device said something about itself: JSON text, in UTF-8. */
  announced(json: Buffer): void
  /** The peer sent a fresh credential. */
  credential(token: string): void
  /** The peer will soon be gone: no new streams, open a tunnel elsewhere. JSON text. */
  goaway(json: string): void
  /** The carrier is gone, and nobody said goodbye. Streams stay, and wait for the next one until the grace period is over. */
  detached(code: number, reason: string): void
  /** The session is over, and with it every stream. Called once. */
  lost(error: AppError): void
  /** The last open stream has ended, and all of it was sent. */
  idle(): void
  measured(rttMs: number): void
}

export interface SessionOptions {
  /** The relay opens streams, the bridge accepts them. */
  readonly role: 'opener' | 'acceptor'
  readonly clock: Clock
  readonly limits: TunnelLimits
  readonly handlers: SessionHandlers
  /** What windows grow by counts against it as well. Given back in full, in the end by releasing what has arrived. */
  readonly windowBudget?: WindowBudget
}

/**
 * One tunnel, as one end sees it: streams with credit over whatever link there is. Everything sequenced is counted and
 * kept until the peer has it, so that the next link goes on exactly where the last one broke.
 */
export class Session implements StreamHost {
  readonly limits: TunnelLimits
  readonly #role: SessionOptions['role']
  readonly #clock: Clock
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
    this.#clock = clock
    this.limits = limits
    this.#handlers = handlers
    this.#outbox = new Outbox(limits)
    this.#windows = new ReceiveWindows(clock, limits, windowBudget)
    this.#receipt = new Receipt(clock, (receivedBytes) => {
      const message = this.#outbox.take(receivedBytes, false, () => {})
      if (message !== undefined) this.#link?.send(message)
    })
    this.#liveness = new Liveness({
      clock,
      limits,
      sendNow: (frame) => this.#link?.send(frame),
      dead: () => this.#link?.drop(new AppError('CARRIER_DEAD')),
      measured: (rttMs) => {
        this.#windows.rttMs = rttMs
        handlers.measured(rttMs)
      },
    })
  }

  /** Bytes of sequenced frames that have arrived: what the peer must know to go on. */
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

  /** Bytes kept for a next carrier. */
  get unackedBytes(): number {
    return this.#outbox.replay.unackedBytes
  }

  /** Whether a peer that has received this much can go on with us. */
  canResumeFrom(peerReceivedBytes: number): boolean {
    return !this.#over && this.#outbox.replay.covers(peerReceivedBytes)
  }

  /**
   * Goes on over `link`; a link in use until now is closed as superseded.
   * @returns how many bytes the peer is sent again
   * @throws AppError PROTOCOL_ERROR where the peer's count is impossible
   */
  attach(link: Link, peerReceivedBytes: number): number {
    if (this.#over || !this.#outbox.replay.ack(peerReceivedBytes))
      throw new AppError('PROTOCOL_ERROR', 'the session cannot go on from there')
    this.#link?.close(new AppError('SUPERSEDED'))
    this.#graceTimer?.cancel()
    this.#link = link
    this.#receipt.told()
    link.use({
      frame: (frame) => this.#receive(frame),
      drain: () => this.#onCarrierDrain(),
      closed: (code, reason) => this.#onLinkClosed(code, reason),
    })
    const replayedBytes = this.unackedBytes
    for (const bytes of this.#outbox.replay.unacked()) link.send(bytes)
    this.#liveness.start(this.#role === 'acceptor')
    this.#flush()
    return replayedBytes
  }

  /**
   * Opens a stream; `head` is for the peer's eyes only.
   * @throws AppError TOO_MANY_STREAMS, TUNNEL_LOST
   */
  open(head: Uint8Array): TunnelStream {
    if (this.#over) throw new AppError('TUNNEL_LOST')
    // Bodies alone never fill the replay buffer twice: these are requests, and a peer that acknowledges none of them.
    const isDeaf = this.unackedBytes >= 2 * this.limits.maxReplayBytes
    if (isDeaf || this.#streams.size >= this.limits.maxStreams)
      throw new AppError('TOO_MANY_STREAMS', undefined, { retryAfterS: 1 })
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

  /** Gives up the carrier, even one that looks open: after a suspend or a change of network nobody can trust it. */
  dropCarrier(): void {
    this.#link?.drop(new AppError('CARRIER_DEAD'))
  }

  /** Ends the session and every stream of it. */
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

  // StreamHost: what streams ask of their session.

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
    // Later, as the stream's last piece has been taken but may not have been sent.
    if (this.#streams.size === 0) this.#clock.soon(() => this.#reportIdle())
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
    // Bodies take one part of this and requests another: the rest are our answers to a peer that reads none of them.
    if (this.unackedBytes >= 4 * this.limits.maxReplayBytes)
      return this.#violated('much that had to be answered, and acknowledged nothing')
    this.#outbox.pushControl(frame)
    this.#askFlush()
  }

  #askFlush(): void {
    if (this.#flushAsked || this.#link === undefined) return
    this.#flushAsked = true
    this.#clock.soon(() => {
      this.#flushAsked = false
      this.#flush()
    })
  }

  #flush(): void {
    const link = this.#link
    if (link === undefined) return
    const served = new Set<MuxStream>()
    for (;;) {
      const hasRoom = link.bufferedBytes < this.limits.carrierHighWaterBytes
      const ackBytes = this.#receipt.takeFor(this.#outbox.isEmpty)
      const message = this.#outbox.take(ackBytes, hasRoom, (stream) => served.add(stream))
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

  #onCarrierDrain(): void {
    if (!this.#outbox.isEmpty) this.#askFlush()
  }

  #onLinkClosed(code: number, reason: string): void {
    this.#link = undefined
    if (code === ERRORS.BRIDGE_STOPPED.closeCode) return this.destroy(new AppError('BRIDGE_STOPPED'))
    this.#liveness.stop()
    this.#receipt.stop()
    this.#graceTimer = this.#clock.after(this.limits.graceMs, () =>
      this.destroy(new AppError('TUNNEL_LOST', 'the connection did not come back in time')),
    )
    this.#handlers.detached(code, reason)
  }

  #receive(frame: Frame): void {
    this.#liveness.heard()
    if (isSequenced(frame.type)) {
      this.#receipt.add(HEADER_BYTES + frame.payload.length)
      this.#receiveSequenced(frame)
      this.#oweAck()
    } else this.#receiveCarrierFrame(frame)
  }

  #receiveCarrierFrame({ type, payload }: Frame): void {
    switch (type) {
      case FRAME.ACK:
        if (!this.#outbox.replay.ack(Number(payload.readBigUInt64BE()))) this.#violated('an impossible ACK')
        return this.#onCarrierDrain()
      case FRAME.PING:
        // A peer that asks without reading gets no answers piled up for it.
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
    if (this.#role === 'opener' || streamId <= this.#lastStreamId)
      return this.#violated('an OPEN out of place')
    this.#lastStreamId = streamId
    if (this.#streams.size >= this.limits.maxStreams)
      return this.#sendControl(encodeReset(streamId, RESET_CODES.REFUSED, 'too many streams'))
    this.#handlers.opened(this.#addStream(streamId), payload)
  }

  #onStreamFrame({ type, streamId, payload }: Frame): void {
    if (isSkippable(type)) return
    const stream = this.#streams.get(streamId)
    if (stream === undefined) {
      // A stream that we have closed may still be on the peer's mind; one that never was may not.
      if (streamId > this.#lastStreamId) this.#violated('a frame of a stream that was never opened')
      return
    }
    if (stream.onFrame(type, payload)) return
    stream.onReset('FLOW_ERROR', 'the peer broke the rules of the stream')
    this.#sendControl(encodeReset(streamId, RESET_CODES.FLOW_ERROR, 'more than the stream allows'))
  }

  /** The peer cannot be trusted with this session any longer. */
  #violated(what: string): void {
    this.destroy(new AppError('PROTOCOL_ERROR', `the peer sent ${what}`))
  }
}
