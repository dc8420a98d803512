import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { AppError } from '../shared/errors.ts'

/** Completes WebSocket handshakes. */
export class WebSocketHandshakes {
  readonly #server: WebSocketServer
  /** Called if a request does not become a WebSocket. */
  readonly #refusals = new WeakMap<IncomingMessage, (error: AppError) => void>()

  /** @param addFields adds response headers */
  constructor(options: ServerOptions, addFields?: (fields: string[], request: IncomingMessage) => void) {
    this.#server = new WebSocketServer({ ...options, noServer: true, clientTracking: false })
    if (addFields !== undefined) this.#server.on('headers', addFields)
    this.#server.on('wsClientError', (_error, _socket, request) =>
      this.#refusals.get(request)?.(new AppError('BAD_REQUEST')),
    )
  }

  /** @throws AppError BAD_REQUEST */
  complete(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<WebSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<WebSocket>()
    this.#refusals.set(request, reject)
    this.#server.handleUpgrade(request, socket, head, resolve)
    return promise
  }
}
