import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../shared/clock.ts'
import { ConnectionLimits, type ConnectionLimitsConfig } from './connection-limits.ts'
import { isHttp2 } from './http2-messages.ts'
import { LINGER_MS } from './refusals.ts'

/**
 * Maximum pipelined requests of one HTTP/1.1 connection. One read of a socket can contain two thousand, which are all
 * handled before other sockets; real clients send only a few.
 */
const MAX_PIPELINED = 512

/** The sockets of a front and their pending responses. */
export class Connections {
  readonly #limits: ConnectionLimits
  readonly #clock: Clock
  readonly #sockets = new Set<Socket>()
  readonly #answers = new WeakMap<Socket, Set<ServerResponse>>()
  #activeRequests = 0

  constructor(config: ConnectionLimitsConfig, clock: Clock) {
    this.#limits = new ConnectionLimits(config)
    this.#clock = clock
  }

  get count(): number {
    return this.#limits.count
  }

  /** Number of requests whose responses have not been fully written. */
  get activeRequests(): number {
    return this.#activeRequests
  }

  /** @returns false if there is no room for another socket */
  admit(socket: Socket): boolean {
    const release = this.#limits.admit(socket.remoteAddress ?? '')
    if (release === undefined) return false
    this.#sockets.add(socket)
    socket.once('close', () => {
      release()
      this.#sockets.delete(socket)
    })
    return true
  }

  /** @returns false if the connection was closed for pipelining too many requests */
  track(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    const answers = this.#answers.get(socket) ?? new Set()
    // The parser continues through the data it has read.
    if (socket.destroyed) return false
    if (answers.size >= MAX_PIPELINED && !isHttp2(request)) {
      socket.destroy()
      return false
    }
    this.#answers.set(socket, answers)
    this.#activeRequests++
    answers.add(response)
    response.on('close', () => {
      this.#activeRequests--
      answers.delete(response)
    })
    response.on('finish', () => this.#dropRest(request))
    return true
  }

  /**
   * Whether unparsable bytes may get a response: only without other requests, or as part of a request whose response
   * has not begun. After another request the response would be taken for that one's.
   */
  mayAnswer(socket: Socket): boolean {
    const [first, ...others] = this.#answers.get(socket) ?? []
    return first === undefined || (others.length === 0 && !first.headersSent && !first.req.complete)
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Discards the rest of a request whose response is complete, so the client can read the response. */
  #dropRest(request: IncomingMessage): void {
    if (request.complete) return
    request.resume()
    const timer = this.#clock.after(LINGER_MS, () => request.destroy())
    request.on('end', () => timer.cancel())
  }
}
