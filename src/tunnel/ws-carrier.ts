import type { WebSocket } from 'ws'
import type { Carrier, CarrierHandlers } from './carrier.ts'

const CLOSE_TIMEOUT_MS = 5_000
/** A close reason has at most 123 bytes (RFC 6455). */
const MAX_REASON_BYTES = 123
/** Overhead of a message queued inside Node, in bytes. */
const MESSAGE_COST_BYTES = 512
/** Processing one frame takes about as long as passing this many bytes. */
const FRAME_COST_BYTES = 64
/** Bytes read from one carrier before other sockets get a turn. */
const MAX_TURN_BYTES = 256 * 1024

/** A carrier over a WebSocket. Text messages are a protocol error. */
export class WsCarrier implements Carrier {
  readonly #socket: WebSocket
  readonly #closeTimeoutMs: number
  #bufferedBytes = 0
  /** Bytes received in this turn of the event loop, plus the cost of their frames. */
  #turnBytes = 0
  #handlers: CarrierHandlers | undefined

  /** @param closeTimeoutMs how long a close handshake may take before the socket is cut */
  constructor(socket: WebSocket, closeTimeoutMs = CLOSE_TIMEOUT_MS) {
    this.#socket = socket
    this.#closeTimeoutMs = closeTimeoutMs
    socket.binaryType = 'nodebuffer'
    // A socket error is always followed by `close`, which handles it.
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) return this.close(1003, 'binary messages only')
      const frames = this.#handlers?.bytes(data) ?? 0
      this.#spendTurn(data.length + frames * FRAME_COST_BYTES)
    })
    socket.on('close', (code, reason) => this.#handlers?.closed(code, reason.toString()))
  }

  /**
   * Yields to the other sockets of this process. libuv reads a socket with pending data 32 times in a row: two
   * megabytes during which tokens of other streams wait.
   */
  #spendTurn(bytes: number): void {
    if (this.#turnBytes === 0) setImmediate(() => this.#beginTurn())
    this.#turnBytes += bytes
    if (this.#turnBytes >= MAX_TURN_BYTES) this.#socket.pause()
  }

  #beginTurn(): void {
    this.#turnBytes = 0
    this.#socket.resume()
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  attach(handlers: CarrierHandlers): void {
    this.#handlers = handlers
  }

  send(bytes: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const cost = bytes.length + MESSAGE_COST_BYTES
    this.#bufferedBytes += cost
    this.#socket.send(bytes, () => {
      this.#bufferedBytes -= cost
      this.#handlers?.drain()
    })
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, fitting(reason))
    const timeout = setTimeout(() => this.#socket.terminate(), this.#closeTimeoutMs)
    timeout.unref()
    this.#socket.once('close', () => clearTimeout(timeout))
  }

  destroy(): void {
    this.#socket.terminate()
  }
}

/**
 * The part of the reason that fits into a close frame, cut at a character boundary: a partial character would be
 * encoded as a longer one.
 */
function fitting(reason: string): string {
  return new TextDecoder().decode(Buffer.from(reason).subarray(0, MAX_REASON_BYTES), { stream: true })
}
