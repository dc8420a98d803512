import type { WebSocket } from 'ws'

/** Bytes queued for a watcher beyond which it only gets the newest state of each job, once it has caught up. */
const HIGH_WATER_BYTES = 64 * 1024
/** Unread replies are never replaced by newer ones, so a watcher that exceeds this is disconnected. */
const STUCK_BYTES = 4 * HIGH_WATER_BYTES

/** The messages to one watcher. A slow one costs its queue and one state per subscription, however long it lasts. */
export class JobOutbox {
  readonly #socket: WebSocket
  readonly #onState: (result: 'sent' | 'replaced') => void
  /** The newest unsent state by job. */
  readonly #waiting = new Map<string, string>()

  /** @param onState called when a state was sent, or replaced by a newer one */
  constructor(socket: WebSocket, onState: (result: 'sent' | 'replaced') => void) {
    this.#socket = socket
    this.#onState = onState
  }

  /** The watcher asks for more than it reads. */
  get isStuck(): boolean {
    return this.#socket.bufferedAmount > STUCK_BYTES
  }

  /** Sends a state, or replaces the job's unsent one. */
  update(jobId: string, message: string): void {
    if (!this.#isFull) return this.#sendState(message)
    if (this.#waiting.has(jobId)) this.#onState('replaced')
    this.#waiting.set(jobId, message)
  }

  send(message: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message, () => this.#flush())
  }

  forget(jobId: string): void {
    this.#waiting.delete(jobId)
  }

  get #isFull(): boolean {
    return this.#socket.bufferedAmount > HIGH_WATER_BYTES
  }

  #sendState(message: string): void {
    this.#onState('sent')
    this.send(message)
  }

  #flush(): void {
    for (const [jobId, message] of this.#waiting) {
      if (this.#isFull) return
      this.#waiting.delete(jobId)
      this.#sendState(message)
    }
  }
}
