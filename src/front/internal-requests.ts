import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { AppError } from '../shared/errors.ts'
import type { ClientOrigin } from './request-context.ts'

/** Access tokens are long; the front applies its own limit to the fields. */
const MAX_HEADER_BYTES = 64 * 1024

/** A GET request that the server makes for a client. */
export interface InternalRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The client that it is made for: limits and logs count it as the client's own request. */
  readonly origin: ClientOrigin
  readonly signal: AbortSignal
}

/**
 * Requests that the server makes to itself for a client, such as one with a WebSocket. They take the same path as
 * requests from a socket, over a pair of streams in this process.
 */
export class InternalRequests {
  readonly #origins = new WeakMap<Duplex, ClientOrigin>()
  readonly #server

  /** @param handle serves the request as the client's own */
  constructor(handle: (request: IncomingMessage, response: ServerResponse, origin: ClientOrigin) => void) {
    this.#server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
      const origin = this.#origins.get(request.socket)
      if (origin === undefined) request.destroy()
      else handle(request, response, origin)
    })
  }

  /** Resolves with the response once its head has arrived. Rejects if there is none, or with the signal. */
  get({ path, headers, origin, signal }: InternalRequest): Promise<IncomingMessage> {
    const [near, far] = duplexPair()
    this.#origins.set(far, origin)
    // A pair does not pass on that one side was destroyed.
    near.on('close', () => far.destroy())
    far.on('close', () => {
      if (!far.writableFinished) near.destroy(new AppError('TUNNEL_LOST'))
    })
    far.on('error', () => {})
    this.#server.emit('connection', far)
    return new Promise((resolve, reject) => {
      const outgoing = send({
        path,
        headers: { host: 'localhost', ...headers },
        createConnection: () => near,
        signal,
      })
      outgoing.on('response', resolve)
      outgoing.on('error', reject)
      outgoing.end()
    })
  }
}
