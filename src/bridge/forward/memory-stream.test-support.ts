import { parseResponseMessage, type ResponseMessage } from '../../shared/proxy-head.ts'
import type { ResetCode, StreamHandlers, TunnelStream } from '../../tunnel/stream.ts'

/** The window in each direction, as in a real tunnel. */
const WINDOW_BYTES = 256 * 1024

/**
 * A tunnel stream without a tunnel: the forwarder uses it as its `TunnelStream`, a test plays the relay with the other
 * methods. For tests only.
 */
export class MemoryStream implements TunnelStream {
  readonly id = 1
  readonly messages: ResponseMessage[] = []
  /** The forwarder's reset. */
  resetBy: { code: ResetCode; reason: string } | undefined
  ended = false
  /** Bytes sent by the test and not released by the forwarder. */
  outstanding = 0
  /** Bytes written after `write` returned false. */
  overrun = 0
  #handlers: StreamHandlers | undefined
  #received: Uint8Array[] = []
  #unread = 0
  #blocked = false
  #windowBytes = Infinity
  #peerEnded = false
  readonly #watchers = new Set<() => void>()

  get closed(): boolean {
    return this.resetBy !== undefined || (this.ended && this.#peerEnded)
  }

  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers
  }

  message(bytes: Uint8Array): void {
    this.messages.push(parseResponseMessage(bytes))
    this.#changed()
  }

  write(chunk: Uint8Array): boolean {
    this.#received.push(chunk)
    if (this.#blocked) this.overrun += chunk.length
    this.#unread += chunk.length
    this.#blocked = this.#unread > this.#windowBytes
    this.#changed()
    return !this.#blocked
  }

  end(): void {
    this.ended = true
    this.#changed()
  }

  reset(code: ResetCode, reason = ''): void {
    this.resetBy ??= { code, reason }
    this.#changed()
  }

  release(bytes: number): void {
    this.outstanding -= bytes
    if (this.outstanding < 0) throw new Error('released more than was sent')
    this.#changed()
  }

  /** Sends as much as the window allows, waiting for credit in between. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      await this.until(() => this.outstanding < WINDOW_BYTES)
      this.push(bytes.subarray(at, at + 64 * 1024))
    }
  }

  push(chunk: Uint8Array): void {
    this.outstanding += chunk.length
    this.#handlers?.data(chunk)
  }

  sendEnd(): void {
    this.#peerEnded = true
    this.#handlers?.end()
  }

  sendReset(): void {
    this.#handlers?.reset('CANCELLED', 'the client disconnected')
  }

  /** Stops reading: `write` returns false above `windowBytes`. */
  hold(windowBytes = WINDOW_BYTES): void {
    this.#windowBytes = windowBytes
  }

  resume(): void {
    this.#windowBytes = Infinity
    if (this.#blocked) this.#handlers?.drain()
    this.#blocked = false
  }

  get body(): Buffer {
    return Buffer.concat(this.#received)
  }

  get head(): Extract<ResponseMessage, { type: 'head' }> | undefined {
    return this.messages.find((message) => message.type === 'head')
  }

  /** Resolves once the condition is true. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#watchers.add(resolve)
      await promise
    }
  }

  /** Resolves once the forwarder has ended or reset the stream. */
  async over(): Promise<void> {
    await this.until(() => this.ended || this.resetBy !== undefined)
  }

  #changed(): void {
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    for (const watcher of watchers) watcher()
  }
}
