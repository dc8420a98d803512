import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ConnectionLimitsConfig } from '../../front/connection-limits.ts'
import { Connections } from '../../front/connections.ts'
import { errorResponse } from '../../front/error-response.ts'
import { listen, type ListenAddress } from '../../front/listen.ts'
import type { Clock } from '../../shared/clock.ts'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import type { Logger } from '../../shared/logger.ts'

export interface PlainHttpOptions {
  readonly address: ListenAddress
  readonly limits: ConnectionLimitsConfig
  /** Time for a whole request to arrive. */
  readonly requestTimeoutMs: number
  readonly publicUrl: string
  readonly clock: Clock
  readonly logger: Logger
}

export interface PlainAnswer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: string | Uint8Array
}

/** Advice for both ports. */
export const IF_PORT_TAKEN =
  'stop the program that uses it, such as another web server, or let it terminate TLS and start the relay without --domain'
const CHALLENGE_PATH = '/.well-known/acme-challenge/'
/** Interval of Node's check for overdue requests. */
const CHECK_INTERVAL_MS = 1_000
const MAX_HEADER_BYTES = 16 * 1024

/** The server on port 80: answers challenges and redirects to HTTPS. */
export class PlainHttp {
  /** Answers of running challenges by token. */
  readonly answers = new Map<string, string>()
  readonly #options: PlainHttpOptions
  readonly #connections: Connections
  readonly #server: Server

  constructor(options: PlainHttpOptions) {
    const { limits, clock, requestTimeoutMs } = options
    this.#options = options
    this.#connections = new Connections(limits, clock)
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: requestTimeoutMs,
        requestTimeout: requestTimeoutMs,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
      },
      (request, response) => this.#handle(request, response),
    )
    this.#server.on('connection', (socket) => {
      if (!this.#connections.admit(socket)) socket.destroy()
    })
  }

  /** @returns the port. @throws AppError PORT_IN_USE, CONFIG_INVALID */
  listen(): Promise<number> {
    return listen(this.#server, this.#options.address, this.#options.logger, IF_PORT_TAKEN)
  }

  close(): void {
    this.#server.close()
    this.#connections.destroy()
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#connections.track(request, response)) return
    const { status, headers, body } = plainAnswer(request, this.answers, this.#options.publicUrl)
    response.writeHead(status, [...headers, 'connection', 'close'])
    response.end(body)
  }
}

/** The response to a request over plain HTTP. Requests other than reads are refused: their content is already exposed. */
export function plainAnswer(
  { method = 'GET', url = '/', rawHeaders }: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'>,
  answers: ReadonlyMap<string, string>,
  publicUrl: string,
): PlainAnswer {
  const token = url.startsWith(CHALLENGE_PATH) ? url.slice(CHALLENGE_PATH.length) : ''
  const answer = answers.get(token)
  if (answer !== undefined) return { status: 200, headers: ['content-type', 'text/plain'], body: answer }
  if (method !== 'GET' && method !== 'HEAD') {
    const detail = `Use ${publicUrl} instead of http://. If the request had a key, revoke the key: it was sent unencrypted.`
    return errorResponse(dialectFor(url, rawHeaders), new AppError('HTTPS_REQUIRED', detail))
  }
  const location = `${publicUrl}${url.startsWith('/') ? url : '/'}`
  return { status: 308, headers: ['location', location, 'content-length', '0'], body: '' }
}
