import type { WebSocket } from 'ws'

/** Bytes queued for a watcher beyond which it only gets the newest state of each job, once it has caught up. */
const HIGH_WATER_BYTES = 64 * 1024
/** Replies, which are not replaced, beyond which a watcher that goes on asking is cut off. */
const STUCK_BYTES = 4 * HIGH_WATER_BYTES

/** The messages to one watcher. A slow one costs its queue and one state per subscription, however long it lasts. */
export class JobOutbox {
  readonly #socket: WebSocket
  /** The newest unsent state by job. */
  readonly #waiting = new Map<string, string>()

  constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** The watcher asks for more than it reads. */
  get isStuck(): boolean {
    return this.#socket.bufferedAmount > STUCK_BYTES
  }

  /** Sends a state, or replaces the job's unsent one. */
  update(jobId: string, message: string): void {
    if (this.#isFull) this.#waiting.set(jobId, message)
    else this.send(message)
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

  #flush(): void {
    for (const [jobId, message] of this.#waiting) {
      if (this.#isFull) return
      this.#waiting.delete(jobId)
      this.send(message)
    }
  }
}
