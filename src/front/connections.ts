import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../shared/clock.ts'
import { ConnectionLimits, type ConnectionLimitsConfig } from './connection-limits.ts'
import { isHttp2 } from './http2-messages.ts'
import { LINGER_MS } from './refusals.ts'

/**
 * Pipelined requests of one HTTP/1.1 connection that wait for their answers. One read of a socket can hold two thousand, and all
 * of them are handled before anybody else's; no client in use sends more than a handful.
 */
const MAX_PIPELINED = 512

/** The sockets of a front, and the answers that are being made on each. */
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

  /** Requests whose answers have not been handed over to the network as a whole. */
  get activeRequests(): number {
    return this.#activeRequests
  }

  /** @returns false where there is no room for another socket */
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

  /** @returns false where the connection was cut, as its client asks for too much at once */
  track(request: IncomingMessage, response: ServerResponse): boolean {
    const { socket } = request
    const answers = this.#answers.get(socket) ?? new Set()
    // The parser goes on to the end of what it has read.
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
   * Whether bytes that cannot be parsed may be answered: alone, or as a part of a request whose answer has not begun. Behind
   * another request the answer would be taken for that one's.
   */
  mayAnswer(socket: Socket): boolean {
    const [first, ...others] = this.#answers.get(socket) ?? []
    return first === undefined || (others.length === 0 && !first.headersSent && !first.req.complete)
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** The answer may be complete before its request is: the rest is dropped for a moment, so that the client gets to see the answer. */
  #dropRest(request: IncomingMessage): void {
    if (request.complete) return
    request.resume()
    const timer = this.#clock.after(LINGER_MS, () => request.destroy())
    request.on('end', () => timer.cancel())
  }
}
