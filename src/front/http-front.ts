import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../shared/clock.ts'
import { dialectFor } from '../shared/dialect.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { headerOf, type RawHeaders } from '../shared/proxy-head.ts'
import { redactText } from '../shared/redact.ts'
import { HOP_FIELD, passOf } from '../relay/cluster/hop-pass.ts'
import type { RelayConfig } from '../relay/config.ts'
import { ConnectionLimits } from './connection-limits.ts'
import { ForwardingWatch } from './forwarding-watch.ts'
import type { RelayMetrics } from '../relay/observe/metrics.ts'
import { isGuardedPath, parseClientRequest, unprefixed, type ClientRequest } from './request-target.ts'
import type { WrongBase } from './base-url.ts'
import type { CouldAccept } from './client-credential.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { clientErrorFor, errorResponse, rawErrorResponse } from './error-response.ts'
import { createFrontServer, type FrontServer } from './front-server.ts'
import { isHttp2 } from './http2-messages.ts'
import type { OwnRoutes } from '../relay/http/own-routes.ts'
import type { Proxy } from '../relay/http/proxy.ts'
import type { TunnelUpgrade } from '../relay/http/tunnel-upgrade.ts'

export interface RelayServerOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: RelayMetrics
  /** Answers what is meant for an upstream. */
  readonly proxy: Pick<Proxy, 'handle'>
  readonly ownRoutes: OwnRoutes
  readonly tunnelUpgrade: TunnelUpgrade
  readonly couldAccept: CouldAccept
  readonly publicUrl: () => string
}

/** How long a client that was answered early may go on sending before its socket is cut. */
const LINGER_MS = 2_000
/**
 * Requests behind each other on one connection of HTTP/1.1 that wait for their answers. One read of a socket can hold two thousand, and all
 * of them are handled before anybody else's; no client in use sends more than a handful.
 */
const MAX_PIPELINED = 512

/** The public HTTP side of the relay: knows where each request goes, and does none of the work. */
export class RelayServer {
  readonly #options: RelayServerOptions
  readonly #front: FrontServer
  readonly #limits: ConnectionLimits
  readonly #forwarding: ForwardingWatch
  readonly #sockets = new Set<Socket>()
  /** Those that are being made, by what they are written to. */
  readonly #answers = new WeakMap<Socket, Set<ServerResponse>>()
  #activeRequests = 0
  #isDraining = false

  constructor(options: RelayServerOptions) {
    this.#options = options
    const { config, tunnelUpgrade } = options
    this.#limits = new ConnectionLimits(config)
    this.#forwarding = new ForwardingWatch(config.trustedProxies, options.logger)
    this.#front = createFrontServer(options)
    const { server } = this.#front
    server.on('connection', (socket) => this.#admit(socket))
    server.on('request', (request, response) => this.handle(request, response, false))
    server.on('checkContinue', (request, response) => this.handle(request, response, true))
    server.on('checkExpectation', (request, response) =>
      refuse(request, response, [], new AppError('EXPECTATION_FAILED')),
    )
    server.on('upgrade', (request, socket, head) => {
      this.#forwarding.note(request)
      tunnelUpgrade.handle(request, socket, head)
    })
    server.on('connect', (request, socket) => this.#refuseConnect(request, socket))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (isShakingHands(socket) || !mayAnswer(this.#answers.get(socket))) socket.destroy()
      else if (socket.writable) this.#endWith(rawErrorResponse(clientErrorFor(error.code)), socket)
    })
  }

  get connectionCount(): number {
    return this.#limits.count
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
      this.#front.server.on('error', (cause: NodeJS.ErrnoException) => {
        if (this.#front.server.listening) logger.error({ code: cause.code }, 'connection could not be taken')
        else reject(listenError(cause, host, port))
      })
      this.#front.server.listen({ host, port, backlog: 4_096 }, () => {
        const address = this.#front.server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** From now on each connection ends with its next answer. New ones are still taken: a refusal tells more than a closed port. */
  drain(): void {
    this.#isDraining = true
    this.#front.drain()
  }

  /** Ends what is still there. */
  destroy(): void {
    this.#front.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #admit(socket: Socket): void {
    const release = this.#limits.admit(socket.remoteAddress ?? '')
    if (release === undefined) return this.#turnAway(socket)
    this.#sockets.add(socket)
    socket.once('close', () => {
      release()
      this.#sockets.delete(socket)
    })
  }

  #turnAway(socket: Socket): void {
    this.#options.metrics.connectionRefused('TOO_MANY_CONNECTIONS')
    socket.on('error', () => {})
    // Somebody who expects TLS could not read it.
    if (this.#front.isSecure) return void socket.destroy()
    socket.end(rawErrorResponse(new AppError('TOO_MANY_CONNECTIONS', undefined, { retryAfterS: 5 })))
    socket.destroySoon()
  }

  /** @param socket of HTTP/2, where a stream is not a socket, an answer */
  #refuseConnect(request: IncomingMessage, socket: Duplex | ServerResponse): void {
    const error = new AppError('METHOD_NOT_ALLOWED')
    if ('writeHead' in socket) refuse(request, socket, [], error)
    else this.#endWith(rawErrorResponse(error), socket)
  }

  /** The last words on a connection. Its client has a moment to read them before what it still sends resets it. */
  #endWith(answer: string, socket: Duplex): void {
    socket.on('error', () => {})
    socket.end(answer)
    const timer = this.#options.clock.after(LINGER_MS, () => socket.destroy())
    socket.on('close', () => timer.cancel())
  }

  /** @returns false where the connection was cut, as its client asks for too much at once */
  #track(request: IncomingMessage, response: ServerResponse): boolean {
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

  /** The answer may be complete before its request is: the rest is dropped for a moment, so that the client gets to see the answer. */
  #dropRest(request: IncomingMessage): void {
    if (request.complete) return
    request.resume()
    const timer = this.#options.clock.after(LINGER_MS, () => request.destroy())
    request.on('end', () => timer.cancel())
  }

  /** Answers a request, which may come by way of another replica. */
  handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const { config } = this.#options
    if (!this.#track(request, response)) return
    response.shouldKeepAlive = response.shouldKeepAlive && !this.#isDraining
    this.#forwarding.note(request)
    const origins = isGuardedPath(pathOf(request)) ? config.trustedOrigins : config.corsOrigins
    const cors = corsHeaders(headerOf(request.rawHeaders, 'origin'), origins)
    try {
      // HTTP/0.9 has no headers, and 2.0 no text: the parser of HTTP/1.1 lets both pass.
      if (request.httpVersionMajor !== 1 && !isHttp2(request)) throw new AppError('BAD_REQUEST')
      if (isPreflight(request)) return preflight(request, response, origins)
      const { method = 'GET', url = '/', rawHeaders } = request
      const parsed = parseClientRequest({ method, url, rawHeaders }, this.#options.couldAccept)
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
        return this.#refuseUnknown(request, response, parsed, cors)
    }
  }

  #refuseUnknown(
    request: IncomingMessage,
    response: ServerResponse,
    { path, wrongBase }: Extract<ClientRequest, { kind: 'unknown' }>,
    cors: RawHeaders,
  ): void {
    const { tunnelUpgrade, publicUrl } = this.#options
    // HTTP/2 has no such field.
    if (tunnelUpgrade.isPath(path) && !isHttp2(request))
      return refuse(request, response, [...cors, 'upgrade', 'websocket'], new AppError('UPGRADE_REQUIRED'))
    const detail = wrongBase && wrongBaseText(wrongBase, publicUrl(), request.url ?? '')
    return refuse(request, response, cors, new AppError('NOT_FOUND', detail))
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

/** A key in the path is not shown. */
function wrongBaseText({ ends, instead }: WrongBase, publicUrl: string, url: string): string {
  const key = /^\/{1,2}k\//.test(url) ? '/k/<key>' : ''
  return redactText(`Your base URL ends with "${ends}". Use ${publicUrl}${key}${instead} instead.`)
}

/** What is said before TLS stands could not be read. */
function isShakingHands(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === null
}

function isPreflight({ method, rawHeaders }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headerOf(rawHeaders, 'access-control-request-method') !== undefined
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? url
}

function preflight(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  response.writeHead(204, [...preflightHeaders(request.rawHeaders, origins)])
  response.end()
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  extra: RawHeaders,
  error: AppError,
): void {
  if (response.headersSent) return void response.destroy()
  const { status, headers, body } = errorResponse(
    dialectFor(unprefixed(request.url ?? '/'), request.rawHeaders),
    error,
  )
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
