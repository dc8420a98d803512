import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import type { Job } from '../../src/shared/jobs.ts'
import { PATIENCE_MS } from './patience.ts'

/** A message of the relay. */
export interface JobMessage {
  readonly type: 'ready' | 'subscribed' | 'update' | 'error' | 'pong'
  readonly job_id?: string
  readonly job?: Job
  readonly stale_seconds?: number
  readonly code?: string
  readonly message?: string
}

/** A client of `/ws/jobs` that keeps everything it gets. */
export class JobWatcher {
  readonly socket: WebSocket
  readonly messages: JobMessage[] = []
  readonly closed: Promise<number>
  readonly #waiting = new Set<() => void>()
  #read = 0

  constructor(port: number, options: ClientOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/ws/jobs`, { perMessageDeflate: false, ...options })
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.socket.on('message', (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString()) as JobMessage)
      for (const look of this.#waiting) look()
    })
  }

  /** An authenticated one. */
  static async open(port: number, token: string, options?: ClientOptions): Promise<JobWatcher> {
    const watcher = new JobWatcher(port, options)
    await once(watcher.socket, 'open')
    watcher.send({ type: 'auth', token })
    await watcher.next(({ type }) => type === 'ready')
    return watcher
  }

  get updates(): JobMessage[] {
    return this.messages.filter(({ type }) => type === 'update')
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  subscribe(jobId: string): void {
    this.send({ type: 'subscribe', job_id: jobId })
  }

  /** The next unread message that fits; the ones before it count as read. Rejects if the connection closes before. */
  next(fits: (message: JobMessage) => boolean): Promise<JobMessage> {
    return new Promise((resolve, reject) => {
      void this.closed.then((code) => reject(this.#failure(`closed with ${code}`)))
      const timer = setTimeout(() => reject(this.#failure('silent')), PATIENCE_MS)
      const look = (): void => {
        const at = this.messages.findIndex((message, i) => i >= this.#read && fits(message))
        const found = this.messages[at]
        if (found === undefined) return
        clearTimeout(timer)
        this.#read = at + 1
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  #failure(what: string): Error {
    return new Error(`${what} after ${JSON.stringify(this.messages.slice(-3))}`)
  }

  close(): void {
    this.socket.terminate()
  }
}
