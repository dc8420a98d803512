import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { headerOf, type RawHeaders } from '../../shared/proxy-head.ts'
import type { RelayConfig } from '../config.ts'
import { parseClientRequest, unprefixed, type ClientRequest } from './client-auth.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { errorResponse, rawErrorResponse } from './error-response.ts'
import type { OwnRoutes } from './own-routes.ts'
import type { Proxy } from './proxy.ts'
import { rawRefusal, type TunnelUpgrade } from './tunnel-upgrade.ts'

export interface RelayServerOptions {
  readonly config: RelayConfig
  readonly logger: Logger
  readonly proxy: Proxy
  readonly ownRoutes: OwnRoutes
  readonly tunnelUpgrade: TunnelUpgrade
}

/** How often node looks for sockets whose headers are overdue. */
const CHECK_INTERVAL_MS = 1_000
/** Longer than the minute that proxies in front keep connections for, so that they close first. */
const KEEP_ALIVE_MS = 75_000

/** The public HTTP side of the relay: knows where each request goes, and does none of the work. */
export class RelayServer {
  readonly #options: RelayServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #activeRequests = 0
  #isDraining = false

  constructor(options: RelayServerOptions) {
    this.#options = options
    const { config, tunnelUpgrade } = options
    this.#server = createServer({
      maxHeaderSize: config.maxHeaderBytes,
      headersTimeout: config.headersTimeoutMs,
      // Uploads of many gigabytes take their time; what stands still is ended by the idle timeout.
      requestTimeout: 0,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      noDelay: true,
      // Java clients offer h2c on ordinary requests: an offer to decline, not a tunnel.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    })
    this.#server.on('connection', (socket) => this.#admit(socket))
    this.#server.on('request', (request, response) => this.#handle(request, response, false))
    this.#server.on('checkContinue', (request, response) => this.#handle(request, response, true))
    this.#server.on('checkExpectation', (request, response) =>
      refuse(request, response, [], new AppError('EXPECTATION_FAILED')),
    )
    this.#server.on('upgrade', (request, socket, head) => tunnelUpgrade.handle(request, socket, head))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (socket.writable) socket.end(rawErrorResponse(error.code))
      else socket.destroy()
    })
  }

  get connectionCount(): number {
    return this.#sockets.size
  }

  /** Requests whose answers have not been handed over to the network as a whole. */
  get activeRequests(): number {
    return this.#activeRequests
  }

  /** @throws AppError PORT_IN_USE, CONFIG_INVALID */
  listen(): Promise<number> {
    const { host, port } = this.#options.config
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => reject(listenError(cause, host, port)))
      this.#server.listen({ host, port, backlog: 4_096 }, () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** From now on each connection ends with its next answer. New ones are still taken: a refusal tells more than a closed port. */
  drain(): void {
    this.#isDraining = true
  }

  /** Ends what is still there. */
  destroy(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= this.#options.config.maxConnections) {
      socket.on('error', () => {})
      socket.end(rawRefusal(new AppError('TOO_MANY_CONNECTIONS', undefined, { retryAfterS: 5 })))
      socket.destroySoon()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { config } = this.#options
    this.#activeRequests++
    response.on('close', () => this.#activeRequests--)
    response.shouldKeepAlive = response.shouldKeepAlive && !this.#isDraining
    const cors = corsHeaders(headerOf(request.rawHeaders, 'origin'), config.corsOrigins)
    try {
      if (isPreflight(request)) return preflight(request, response, config)
      const parsed = parseClientRequest({
        method: request.method ?? 'GET',
        url: request.url ?? '/',
        rawHeaders: request.rawHeaders,
      })
      this.#route(request, response, parsed, cors, expectsContinue)
    } catch (cause) {
      refuse(request, response, cors, toAppError(cause))
    }
  }

  #route(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: ClientRequest,
    cors: RawHeaders,
    expectsContinue: boolean,
  ): void {
    switch (parsed.kind) {
      case 'upstream':
        void this.#options.proxy.handle({ request, response, parsed, cors, expectsContinue })
        return
      case 'own':
        this.#options.ownRoutes
          .answer(request, response, parsed, cors)
          .catch((cause: unknown) => refuse(request, response, cors, toAppError(cause)))
        return
      case 'wrongMethod':
        return refuse(
          request,
          response,
          [...cors, 'allow', parsed.allow.join(', ')],
          new AppError('METHOD_NOT_ALLOWED'),
        )
      case 'unknown':
        return refuse(request, response, cors, new AppError('NOT_FOUND'))
    }
  }
}

function isPreflight({ method, rawHeaders }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headerOf(rawHeaders, 'access-control-request-method') !== undefined
}

function preflight(request: IncomingMessage, response: ServerResponse, config: RelayConfig): void {
  response.writeHead(204, [...preflightHeaders(request.rawHeaders, config.corsOrigins)])
  response.end()
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  extra: RawHeaders,
  error: AppError,
): void {
  if (response.headersSent) return void response.destroy()
  const { status, headers, body } = errorResponse(dialectFor(unprefixed(request.url ?? '/')), error)
  response.writeHead(status, [...headers, ...extra])
  response.end(body)
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  if (cause.code === 'EADDRINUSE')
    return new AppError('PORT_IN_USE', `port ${port} is taken: choose another with --port (0 = any)`, {
      cause,
    })
  const hint = cause.code === 'EACCES' ? 'ports below 1024 need more rights' : cause.message
  return new AppError('CONFIG_INVALID', `cannot listen on --host ${host} --port ${port}: ${hint}`, { cause })
}
