import type { WebSocket } from 'ws'
import type { Carrier, CarrierHandlers } from './carrier.ts'

const CLOSE_TIMEOUT_MS = 5_000
/** RFC 6455: a close reason has at most 123 bytes. */
const MAX_REASON_BYTES = 123
/** What a message that waits inside node costs besides its bytes. */
const MESSAGE_COST_BYTES = 512
/** A frame takes about as long to handle as so many bytes take to pass. */
const FRAME_COST_BYTES = 64
/** How much is read from one carrier before others are looked at. */
const MAX_TURN_BYTES = 256 * 1024

/** A WebSocket as a carrier. Text messages break the protocol. */
export class WsCarrier implements Carrier {
  readonly #socket: WebSocket
  readonly #closeTimeoutMs: number
  #bufferedBytes = 0
  /** Received in this turn of the event loop, and what its frames cost. */
  #turnBytes = 0
  #handlers: CarrierHandlers | undefined

  /** @param closeTimeoutMs how long a close handshake may take before the socket is cut */
  constructor(socket: WebSocket, closeTimeoutMs = CLOSE_TIMEOUT_MS) {
    this.#socket = socket
    this.#closeTimeoutMs = closeTimeoutMs
    socket.binaryType = 'nodebuffer'
    // A socket error is always followed by `close`, which is where it is handled.
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) return this.close(1003, 'binary messages only')
      const frames = this.#handlers?.bytes(data) ?? 0
      this.#spendTurn(data.length + frames * FRAME_COST_BYTES)
    })
    socket.on('close', (code, reason) => this.#handlers?.closed(code, reason.toString()))
  }

  /**
   * Lets the other sockets of this process have their turn. As long as there is something to read, libuv reads one socket 32 times in a
   * row: two megabytes, while somebody's token waits.
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

/** As much of the reason as a close frame holds, without a half character at its end, which would take more bytes than it had. */
function fitting(reason: string): string {
  return new TextDecoder().decode(Buffer.from(reason).subarray(0, MAX_REASON_BYTES), { stream: true })
}
