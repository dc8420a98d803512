import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../../shared/clock.ts'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { headerOf, type RawHeaders } from '../../shared/proxy-head.ts'
import { HOP_FIELD, passOf } from '../cluster/hop-pass.ts'
import type { RelayConfig } from '../config.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import { parseClientRequest, unprefixed, type ClientRequest } from './client-auth.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { clientErrorFor, errorResponse, rawErrorResponse } from './error-response.ts'
import type { OwnRoutes } from './own-routes.ts'
import type { Proxy } from './proxy.ts'
import type { TunnelUpgrade } from './tunnel-upgrade.ts'

export interface RelayServerOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RelayMetrics
  /** Answers what is meant for an upstream. */
  readonly proxy: Pick<Proxy, 'handle'>
  readonly ownRoutes: OwnRoutes
  readonly tunnelUpgrade: TunnelUpgrade
}

/** How often node looks for sockets whose headers are overdue. */
const CHECK_INTERVAL_MS = 1_000
/** How long a client that was answered early may go on sending before its socket is cut. */
const LINGER_MS = 2_000
/** Timers of node take no more. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** Longer than the minute that proxies in front keep connections for, so that they close first. */
const KEEP_ALIVE_MS = 75_000

/** The public HTTP side of the relay: knows where each request goes, and does none of the work. */
export class RelayServer {
  readonly #options: RelayServerOptions
  readonly #server: Server
  /** Each with the answers that are being made for it. */
  readonly #sockets = new Map<Socket, Set<ServerResponse>>()
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
    // Node would drop what is above its 2000 in silence; their size is limited anyway.
    this.#server.maxHeadersCount = 0
    // A client that never reads the end of its answer. What is still being answered has an idle timeout of its own.
    this.#server.timeout = Math.min(2 * config.idleTimeoutMs, MAX_TIMER_MS)
    this.#server.on('connection', (socket) => this.#admit(socket))
    this.#server.on('request', (request, response) => this.handle(request, response, false))
    this.#server.on('checkContinue', (request, response) => this.handle(request, response, true))
    this.#server.on('checkExpectation', (request, response) =>
      refuse(request, response, [], new AppError('EXPECTATION_FAILED')),
    )
    this.#server.on('upgrade', (request, socket, head) => tunnelUpgrade.handle(request, socket, head))
    this.#server.on('connect', (_request, socket) =>
      this.#endWith(rawErrorResponse(new AppError('METHOD_NOT_ALLOWED')), socket),
    )
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (!mayAnswer(this.#sockets.get(socket))) socket.destroy()
      else if (socket.writable) this.#endWith(rawErrorResponse(clientErrorFor(error.code)), socket)
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
    const { config, logger } = this.#options
    const { host, port } = config
    return new Promise((resolve, reject) => {
      // Not `once`: a connection that cannot be taken, as without free file descriptors, must not end the relay.
      this.#server.on('error', (cause: NodeJS.ErrnoException) => {
        if (this.#server.listening) logger.error({ code: cause.code }, 'connection could not be taken')
        else reject(listenError(cause, host, port))
      })
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
    for (const socket of this.#sockets.keys()) socket.destroy()
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= this.#options.config.maxConnections) {
      this.#options.metrics.connectionRefused('TOO_MANY_CONNECTIONS')
      socket.on('error', () => {})
      socket.end(rawErrorResponse(new AppError('TOO_MANY_CONNECTIONS', undefined, { retryAfterS: 5 })))
      socket.destroySoon()
      return
    }
    this.#sockets.set(socket, new Set())
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** The last words on a connection. Its client has a moment to read them before what it still sends resets it. */
  #endWith(answer: string, socket: Duplex): void {
    socket.on('error', () => {})
    socket.end(answer)
    const timer = this.#options.clock.after(LINGER_MS, () => socket.destroy())
    socket.on('close', () => timer.cancel())
  }

  #track(request: IncomingMessage, response: ServerResponse): void {
    const answers = this.#sockets.get(request.socket)
    this.#activeRequests++
    answers?.add(response)
    response.on('close', () => {
      this.#activeRequests--
      answers?.delete(response)
    })
    response.on('finish', () => this.#dropRest(request))
  }

  /** The answer may be complete before its request is: the rest is dropped for a moment, so that the client gets to see the answer. */
  #dropRest(request: IncomingMessage): void {
    if (request.complete) return
    request.resume()
    const timer = this.#options.clock.after(LINGER_MS, () => request.socket.destroy())
    request.on('end', () => timer.cancel())
  }

  /** Answers a request, which may come by way of another replica. */
  handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { config } = this.#options
    this.#track(request, response)
    response.shouldKeepAlive = response.shouldKeepAlive && !this.#isDraining
    const cors = corsHeaders(headerOf(request.rawHeaders, 'origin'), config.corsOrigins)
    try {
      // HTTP/0.9 has no headers, and 2.0 no text: the parser lets both pass.
      if (request.httpVersionMajor !== 1) throw new AppError('BAD_REQUEST')
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
        void this.#options.proxy.handle({
          request,
          response,
          parsed,
          cors,
          expectsContinue,
          ...(passOf(request) && { onTaken: () => response.writeProcessing() }),
        })
        return
      case 'own':
        if (expectsContinue) response.writeContinue()
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

/**
 * Whether bytes that cannot be parsed may be answered: alone, or as a part of a request whose answer has not begun. Behind
 * another request the answer would be taken for that one's.
 */
function mayAnswer(answers: ReadonlySet<ServerResponse> = new Set()): boolean {
  const [first, ...others] = answers
  return first === undefined || (others.length === 0 && !first.headersSent && !first.req.complete)
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
  const forReplica = passOf(request) === undefined ? [] : [HOP_FIELD, error.code]
  response.writeHead(status, [...headers, ...extra, ...forReplica])
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
