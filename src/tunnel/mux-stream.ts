import { ByteQueue } from '../shared/byte-queue.ts'
import { FRAME, POOLED } from './frame.ts'
import type { TunnelLimits } from './limits.ts'
import type { ReceiveWindow } from './receive-window.ts'
import { RESET_CODES, type ResetCode, type StreamHandlers, type TunnelStream } from './stream.ts'

/** The session as seen by a stream. */
export interface StreamHost {
  readonly limits: TunnelLimits
  /** The stream has something to send. */
  ready(stream: MuxStream): void
  sendReset(stream: MuxStream, code: number, reason: string): void
  sendWindow(stream: MuxStream, increment: number): void
  forget(stream: MuxStream): void
}

/** Queued items of a stream, in order. */
export type Outgoing =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'data'; readonly chunks: readonly Uint8Array[]; readonly bytes: number }
  | { readonly kind: 'end' }

/** A message that may be retained by any slice of it. */
const SMALL_MESSAGE_BYTES = 16 * 1024

/** Consecutive body chunks are one item. */
type Queued = ByteQueue | { readonly message: Uint8Array } | 'end'

const RESET_NAMES = new Map<number, ResetCode>(
  Object.entries(RESET_CODES).map(([name, code]) => [code, name as ResetCode]),
)

const NO_HANDLERS: StreamHandlers = { message() {}, data() {}, end() {}, reset() {}, drain() {} }

/** One stream of a session: its queue, its credit in both directions, and its end. */
export class MuxStream implements TunnelStream {
  readonly id: number
  readonly #host: StreamHost
  #handlers = NO_HANDLERS
  #queue: Queued[] = []
  #queuedBytes = 0
  #sendCredit: number
  #isBlocked = false
  #isEnding = false
  #localEnded = false
  #remoteEnded = false
  #closed = false
  readonly #window: ReceiveWindow
  /** Whether the session has queued this stream in its round; at most once. */
  isInRound = false

  constructor(id: number, host: StreamHost, window: ReceiveWindow) {
    this.id = id
    this.#host = host
    this.#sendCredit = host.limits.initialWindowBytes
    this.#window = window
  }

  get closed(): boolean {
    return this.#closed
  }

  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers
  }

  message(bytes: Uint8Array): void {
    this.#enqueue({ message: bytes })
  }

  write(chunk: Uint8Array): boolean {
    if (chunk.length > 0) this.#enqueueData(chunk)
    this.#isBlocked = !this.#closed && this.#queuedBytes >= this.#host.limits.maxQueuedBytes
    return !this.#isBlocked
  }

  end(): void {
    if (this.#enqueue('end')) this.#isEnding = true
  }

  reset(code: ResetCode, reason = ''): void {
    if (this.#closed) return
    this.#host.sendReset(this, RESET_CODES[code], reason)
    this.#close()
  }

  release(bytes: number): void {
    const increment = this.#window.release(bytes)
    if (increment > 0) this.#host.sendWindow(this, increment)
  }

  /** Dequeues the next item: a message, up to `maxBytes` of body within the credit, or the end. */
  next(maxBytes: number): Outgoing | undefined {
    const head = this.#queue[0]
    if (head === undefined) return undefined
    if (head === 'end') return this.#takeEnd()
    if (head instanceof ByteQueue) return this.#takeData(head, Math.min(maxBytes, this.#sendCredit))
    this.#queue.shift()
    return { kind: 'message', bytes: head.message }
  }

  /** Whether `next` would return something. */
  get isReady(): boolean {
    const head = this.#queue[0]
    return head !== undefined && (!(head instanceof ByteQueue) || this.#sendCredit > 0)
  }

  /** Calls `drain` when there is room again. The session calls this after sending. */
  drained(): void {
    if (!this.#isBlocked || this.#closed || this.#queuedBytes * 2 > this.#host.limits.maxQueuedBytes) return
    this.#isBlocked = false
    this.#handlers.drain()
  }

  // Frames from the peer. Each method returns false if the frame violates the protocol.

  onFrame(type: number, payload: Buffer): boolean {
    switch (type) {
      case FRAME.MESSAGE:
        return this.#onMessage(payload)
      case FRAME.DATA:
        return this.#onData(payload)
      case FRAME.END:
        return this.#onEnd()
      case FRAME.WINDOW:
        return this.#onWindow(payload.readUInt32BE())
      case FRAME.RESET:
        this.onReset(RESET_NAMES.get(payload.readUInt16BE()) ?? 'INTERNAL', payload.toString('utf8', 2))
        return true
      default:
        return true
    }
  }

  #onMessage(bytes: Uint8Array): boolean {
    if (this.#remoteEnded) return false
    this.#handlers.message(bytes)
    return true
  }

  #onData(chunk: Uint8Array): boolean {
    if (this.#remoteEnded || !this.#window.use(chunk.length)) return false
    this.#handlers.data(detached(chunk))
    return true
  }

  #onEnd(): boolean {
    if (this.#remoteEnded) return false
    this.#remoteEnded = true
    this.#window.close()
    const handlers = this.#handlers
    this.#closeIfDone()
    handlers.end()
    return true
  }

  #onWindow(increment: number): boolean {
    this.#sendCredit += increment
    if (increment === 0 || this.#sendCredit > 2 ** 31) return false
    if (this.isReady) this.#host.ready(this)
    return true
  }

  /** The stream ended remotely: a peer reset or a lost session. */
  onReset(code: ResetCode, reason: string): void {
    if (this.#closed) return
    const handlers = this.#handlers
    this.#close()
    handlers.reset(code, reason)
  }

  #enqueue(item: Queued): boolean {
    if (this.#closed || this.#isEnding) return false
    this.#queue.push(item)
    this.#host.ready(this)
    return true
  }

  #enqueueData(chunk: Uint8Array): void {
    const last = this.#queue.at(-1)
    if (last instanceof ByteQueue) {
      last.push(chunk)
      this.#host.ready(this)
    } else {
      const data = new ByteQueue(POOLED)
      if (!this.#enqueue(data)) return
      data.push(chunk)
    }
    this.#queuedBytes += chunk.length
  }

  #takeEnd(): Outgoing {
    this.#queue = []
    this.#localEnded = true
    this.#closeIfDone()
    return { kind: 'end' }
  }

  #takeData(data: ByteQueue, maxBytes: number): Outgoing | undefined {
    if (maxBytes <= 0) return undefined
    const chunks: Uint8Array[] = []
    let bytes = 0
    while (bytes < maxBytes) {
      const chunk = data.shift(maxBytes - bytes)
      if (chunk === undefined) break
      chunks.push(chunk)
      bytes += chunk.length
    }
    if (data.bytes === 0) this.#queue.shift()
    this.#queuedBytes -= bytes
    this.#sendCredit -= bytes
    return { kind: 'data', chunks, bytes }
  }

  #closeIfDone(): void {
    if (this.#localEnded && this.#remoteEnded) this.#close()
  }

  #close(): void {
    this.#closed = true
    this.#queue = []
    this.#queuedBytes = 0
    this.#handlers = NO_HANDLERS
    this.#window.close()
    this.#host.forget(this)
  }
}

/** A small chunk that waits for a slow reader must not retain the large message it is part of. */
function detached(chunk: Uint8Array): Uint8Array {
  const { byteLength } = chunk.buffer
  return byteLength > SMALL_MESSAGE_BYTES && chunk.length * 4 < byteLength ? new Uint8Array(chunk) : chunk
}
