import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Clock } from '../../src/shared/clock.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'

export interface CallOptions {
  /** POST if there is a body, otherwise GET. */
  readonly method?: string
  readonly headers?: Record<string, string>
  /** An object is sent as JSON, a stream in chunks of unknown length. */
  readonly body?: object | Readable
  /** Timestamps the chunks of the response. */
  readonly clock?: Clock
}

/** Bytes of a response that arrived together. */
export interface Piece {
  readonly atMs: number
  readonly bytes: Buffer
}

/** A request on its own socket, without any client library: every chunk of the response is visible as it arrives. */
export class Call {
  readonly pieces: Piece[] = []
  /** The response head. Rejects if the socket closes before it. */
  readonly head: Promise<IncomingMessage>
  /** `end`: the HTTP response is complete. `broken`: the socket was closed before. */
  readonly over: Promise<'end' | 'broken'>
  readonly #request: ClientRequest
  readonly #watchers = new Set<() => void>()

  constructor(url: string, { method, headers = {}, body, clock = systemClock }: CallOptions = {}) {
    const { promise, resolve } = Promise.withResolvers<'end' | 'broken'>()
    this.over = promise
    const options = { method: method ?? (body ? 'POST' : 'GET'), headers, agent: false, noDelay: true }
    this.#request = request(url, options)
    this.head = new Promise((found, missing) => {
      this.#request.on('error', (cause) => {
        missing(cause)
        resolve('broken')
      })
      this.#request.on('response', (response) => {
        found(response)
        response.on('data', (bytes: Buffer) => this.#take({ atMs: clock.monotonic(), bytes }))
        response.on('error', () => {})
        response.on('close', () => resolve(response.complete ? 'end' : 'broken'))
      })
    })
    this.head.catch(() => {})
    if (body instanceof Readable) body.pipe(this.#request)
    else this.#request.end(body && JSON.stringify(body))
  }

  get text(): string {
    return Buffer.concat(this.pieces.map(({ bytes }) => bytes)).toString()
  }

  /** Resolves with the first matching chunk, past or future. */
  piece(fits: (piece: Piece) => boolean = () => true): Promise<Piece> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.pieces.find(fits)
        if (found === undefined) return
        this.#watchers.delete(look)
        resolve(found)
      }
      this.#watchers.add(look)
      look()
    })
  }

  /** The complete response as text. Rejects if it was aborted. */
  async whole(): Promise<string> {
    if ((await this.over) === 'broken') throw new Error(`the answer was truncated after ${this.text}`)
    return this.text
  }

  /** The received part of an aborted response. Rejects if the response is complete. */
  async broken(): Promise<string> {
    if ((await this.over) === 'end') throw new Error(`the answer ended as if it were whole: ${this.text}`)
    return this.text
  }

  /** Disconnects abruptly. */
  destroy(): void {
    this.#request.destroy()
  }

  #take(piece: Piece): void {
    this.pieces.push(piece)
    for (const look of this.#watchers) look()
  }
}
