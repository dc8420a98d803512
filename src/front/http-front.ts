import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BlockList, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../shared/clock.ts'
import { dialectFor } from '../shared/dialect.ts'
import { AppError, assertNever, type ErrorCode, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { headerOf, type RawHeaders } from '../shared/headers.ts'
import { redactText } from '../shared/redact.ts'
import type { WrongBase } from './base-url.ts'
import { type ClientAddress, clientAddressOf, countedNetworkOf } from './client-address.ts'
import type { CouldAccept } from './client-credential.ts'
import type { ConnectionLimitsConfig } from './connection-limits.ts'
import { Connections } from './connections.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { clientErrorFor } from './error-response.ts'
import { ForwardingWatch } from './forwarding-watch.ts'
import { createFrontServer, type FrontServer, type FrontServerConfig } from './front-server.ts'
import { isHttp2 } from './http2-messages.ts'
import { listen } from './listen.ts'
import { type FrontObserver, Refusals } from './refusals.ts'
import type {
  ClientOrigin,
  OwnContext,
  ReplicaPass,
  RequestContext,
  UpstreamContext,
} from './request-context.ts'
import { requestIdFor } from './request-id.ts'
import {
  type Addressed,
  type ClientRequest,
  isGuardedPath,
  parseClientRequest,
  unprefixed,
} from './request-target.ts'
import { splitTarget } from '../shared/request-path.ts'
import type { TlsSource } from './tls-source.ts'

export interface FrontConfig extends FrontServerConfig, ConnectionLimitsConfig {
  readonly host: string
  readonly port: number
  readonly trustedProxies: BlockList
  /** Origins whose pages may read responses. */
  readonly corsOrigins: readonly string[]
  /** Origins allowed on guarded paths. */
  readonly trustedOrigins: readonly string[]
}

/** The handlers of a front. */
export interface FrontPorts {
  /** Handles a request for an upstream. A thrown error becomes the response. */
  forward(context: UpstreamContext): void | Promise<void>
  /** Handles a request for one of our own paths. A thrown error becomes the response. */
  answer(context: OwnContext): Promise<void>
  /** Takes over a WebSocket. A thrown error becomes the response. */
  upgrade(request: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void>
  /** Whether the path accepts WebSockets. */
  isUpgradePath(path: string): boolean
  couldAccept: CouldAccept
  publicUrl(): string
}

/** The sender of a request that did not come over a client's own socket. */
interface IndirectSender {
  readonly pass?: ReplicaPass
  readonly origin?: ClientOrigin
}

/** A request to upgrade the connection. */
export interface UpgradeRequest extends ClientOrigin {
  readonly request: IncomingMessage
}

export interface HttpFrontOptions {
  readonly config: FrontConfig
  readonly clock: Clock
  readonly logger: Logger
  /** With it the server uses TLS. */
  readonly tls: TlsSource | undefined
  /** Headers of every response to a parsed request. */
  readonly commonHeaders: RawHeaders
  readonly observer: FrontObserver
  readonly ports: FrontPorts
}

/** Keeps a socket error before the handshake from crashing the process. A closure of `#upgrade` would retain its request. */
function ignoreError(): void {}

/** The HTTP side of a server: builds each request's context, dispatches it, and refuses what no handler accepts. */
export class HttpFront {
  readonly #options: HttpFrontOptions
  readonly #front: FrontServer
  readonly #connections: Connections
  readonly #forwarding: ForwardingWatch
  readonly #refusals: Refusals
  #isDraining = false

  constructor(options: HttpFrontOptions) {
    this.#options = options
    const { config, clock, observer, logger } = options
    this.#connections = new Connections(config, clock)
    this.#forwarding = new ForwardingWatch(config.trustedProxies, logger)
    this.#refusals = new Refusals(observer, clock)
    this.#front = createFrontServer(options)
    const { server } = this.#front
    server.on('connection', (socket) => this.#admit(socket))
    server.on('request', (request, response) => this.#handle(request, response, false))
    server.on('checkContinue', (request, response) => this.#handle(request, response, true))
    server.on('checkExpectation', (request, response) => this.#expectUnknown(request, response))
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    server.on('connect', (request, socket) => this.#refuseConnect(request, socket))
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      if (isShakingHands(socket) || !this.#connections.mayAnswer(socket)) socket.destroy()
      else if (socket.writable) this.#refuseSocket(socket, clientErrorFor(error.code))
    })
  }

  get connectionCount(): number {
    return this.#connections.count
  }

  /** Number of requests whose responses have not been fully written. */
  get activeRequests(): number {
    return this.#connections.activeRequests
  }

  /**
   * @param ifTaken advice for a port that another program uses
   * @throws AppError PORT_IN_USE, CONFIG_INVALID
   */
  listen(ifTaken?: string): Promise<number> {
    const { config, logger } = this.#options
    return listen(this.#front.server, config, logger, ifTaken)
  }

  /**
   * Closes each connection after its next response. New ones are still accepted: a refusal is more informative than a
   * closed port.
   */
  drain(): void {
    this.#isDraining = true
    this.#front.drain()
  }

  /** Closes the remaining connections. */
  destroy(): void {
    this.#front.close()
    this.#connections.destroy()
  }

  /** Handles a request passed on by another replica. */
  handlePassed(request: IncomingMessage, response: ServerResponse, pass: ReplicaPass): void {
    this.#handle(request, response, pass.expectsContinue, { pass })
  }

  /** Handles a request that this server makes for a client. */
  handleInternal(request: IncomingMessage, response: ServerResponse, origin: ClientOrigin): void {
    this.#handle(request, response, false, { origin })
  }

  #admit(socket: Socket): void {
    if (this.#connections.admit(socket)) return
    const error = new AppError('TOO_MANY_CONNECTIONS')
    // A client that expects TLS could not read a response.
    if (this.#front.isSecure) socket.destroy()
    this.#refuseSocket(socket, error)
    socket.destroySoon()
  }

  #refuseConnect(request: IncomingMessage, socket: Duplex | ServerResponse): void {
    const error = new AppError('METHOD_NOT_ALLOWED')
    // In HTTP/2 the socket is a response stream.
    if ('writeHead' in socket) this.#refusals.refuse(this.#contextOf(request, socket, false), error)
    else this.#refuseSocket(socket, error, request)
  }

  /** @param request if it could be parsed */
  #refuseSocket(socket: Duplex, error: AppError, request?: IncomingMessage): void {
    const remoteAddress = 'remoteAddress' in socket ? String(socket.remoteAddress) : ''
    const asked = request ?? ({ headers: {}, socket: { remoteAddress } } as IncomingMessage)
    const requestId = requestIdFor(asked, this.#options.config.trustedProxies)
    const { clientAddress } = this.#originOf(asked)
    const { method, url } = asked
    this.#refusals.refuseSocket(socket, { error, requestId, clientAddress, method, path: pathOf(url) })
  }

  #originOf(request: IncomingMessage, pass?: ReplicaPass): ClientOrigin {
    const { trustedProxies } = this.#options.config
    const clientAddress =
      pass === undefined ? clientAddressOf(request, trustedProxies) : (pass.clientAddress as ClientAddress)
    const isCounted = pass?.isCounted === true
    return {
      clientAddress,
      countedAs: isCounted ? undefined : countedNetworkOf(clientAddress, trustedProxies),
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignoreError)
    this.#forwarding.note(request)
    this.#options.ports
      .upgrade({ request, ...this.#originOf(request) }, socket, head)
      .catch((cause: unknown) => this.#refuseSocket(socket, toAppError(cause), request))
  }

  #expectUnknown(request: IncomingMessage, response: ServerResponse): void {
    if (this.#connections.track(request, response))
      this.#refusals.refuse(this.#contextOf(request, response, false), new AppError('EXPECTATION_FAILED'))
  }

  #handle(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    sender: IndirectSender = {},
  ): void {
    if (!this.#connections.track(request, response)) return
    response.shouldKeepAlive = response.shouldKeepAlive && !this.#isDraining
    if (sender.pass === undefined && sender.origin === undefined) this.#forwarding.note(request)
    const context = this.#contextOf(request, response, expectsContinue, sender)
    try {
      this.#dispatch(context)?.catch((cause: unknown) => this.#refusals.refuse(context, toAppError(cause)))
    } catch (cause) {
      this.#refusals.refuse(context, toAppError(cause))
    }
  }

  #contextOf(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    { pass, origin = this.#originOf(request, pass) }: IndirectSender = {},
  ): RequestContext {
    const { config, clock } = this.#options
    const { rawHeaders } = request
    const parsed = this.#parse(request)
    return {
      ...parsed,
      ...origin,
      request,
      response,
      id: pass?.requestId ?? requestIdFor(request, config.trustedProxies),
      receivedAt: clock.monotonic(),
      pass,
      dialect: dialectFor(
        parsed.kind === 'upstream' ? parsed.target : unprefixed(request.url ?? '/'),
        rawHeaders,
      ),
      commonHeaders: [
        ...corsHeaders(headerOf(rawHeaders, 'origin'), this.#originsFor(request)),
        ...this.#options.commonHeaders,
      ],
      expectsContinue,
    }
  }

  #parse(request: IncomingMessage): ClientRequest {
    const { method = 'GET', url = '/', rawHeaders } = request
    // HTTP/0.9 has no headers and 2.0 no text format, but Node's parser accepts both.
    if (request.httpVersionMajor !== 1 && !isHttp2(request))
      return { kind: 'refused', error: new AppError('BAD_REQUEST'), ...unread(url) }
    if (isPreflight(request)) return { kind: 'preflight', ...unread(url) }
    try {
      return parseClientRequest({ method, url, rawHeaders }, this.#options.ports.couldAccept)
    } catch (cause) {
      return { kind: 'refused', error: toAppError(cause), ...unread(url) }
    }
  }

  #originsFor({ url = '/' }: IncomingMessage): readonly string[] {
    const { corsOrigins, trustedOrigins } = this.#options.config
    return isGuardedPath(splitTarget(url).path) ? trustedOrigins : corsOrigins
  }

  #dispatch(context: RequestContext): void | Promise<void> {
    const { ports } = this.#options
    switch (context.kind) {
      case 'upstream':
        return ports.forward(context)
      case 'own':
        if (context.expectsContinue) context.response.writeContinue()
        return ports.answer(context).then(() => this.#answered(context, context.name))
      case 'preflight':
        return this.#preflight(context)
      case 'wrongMethod':
        return this.#refuse(context, 'METHOD_NOT_ALLOWED', ['allow', context.allow.join(', ')])
      case 'unknown':
        return this.#refuseUnknown(context, context.wrongBase)
      case 'refused':
        return this.#refusals.refuse(context, context.error)
      default:
        return assertNever(context)
    }
  }

  #preflight(context: RequestContext): void {
    const { request, response, id } = context
    const fields = preflightHeaders(request.rawHeaders, this.#originsFor(request))
    response.writeHead(204, [...fields, 'x-request-id', id])
    response.end()
    this.#answered(context, 'preflight')
  }

  #answered({ id }: RequestContext, route: string): void {
    this.#options.observer.answered(id, route)
  }

  #refuse(context: RequestContext, code: ErrorCode, fields: RawHeaders): void {
    this.#refusals.refuse(context, new AppError(code), fields)
  }

  #refuseUnknown(context: RequestContext, wrongBase: WrongBase | undefined): void {
    const { ports } = this.#options
    const { request, path } = context
    // HTTP/2 has no Upgrade header.
    if (ports.isUpgradePath(path) && !isHttp2(request))
      return this.#refuse(context, 'UPGRADE_REQUIRED', ['upgrade', 'websocket'])
    const detail = wrongBase && wrongBaseText(wrongBase, ports.publicUrl(), request.url ?? '')
    this.#refusals.refuse(context, new AppError('NOT_FOUND', detail))
  }
}

/** A key in the path is not displayed. */
function wrongBaseText({ ends, instead }: WrongBase, publicUrl: string, url: string): string {
  const key = /^\/{1,2}k\//.test(url) ? '/k/<key>' : ''
  return redactText(`Your base URL ends with "${ends}". Use ${publicUrl}${key}${instead} instead.`)
}

/** A response before the TLS handshake would be unreadable. */
function isShakingHands(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === null
}

function isPreflight({ method, rawHeaders }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headerOf(rawHeaders, 'access-control-request-method') !== undefined
}

/** The parts of a request whose credential was not looked at. */
function unread(url: string): Addressed {
  return { path: pathOf(url), credential: { kind: 'none' }, userId: undefined }
}

/** Path after the key, without the query. */
function pathOf(url = ''): string {
  return splitTarget(unprefixed(url)).path
}
