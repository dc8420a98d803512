import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../shared/clock.ts'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { encodeMessage, type Principal, type RawHeaders, type RequestHead } from '../../shared/proxy-head.ts'
import { matchRoute } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { Addresses } from '../auth/address.ts'
import type { Bearers } from '../auth/bearers.ts'
import type { RelayConfig } from '../config.ts'
import { clientAddressOf } from '../limits/client-address.ts'
import type { RequestLimits } from '../limits/request-limits.ts'
import type { Audit } from '../observe/audit.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import type { ClientCredential, ClientRequest } from './client-auth.ts'
import { errorResponse } from './error-response.ts'
import { Exchange, type Outcome } from './exchange.ts'
import { HEARTBEAT, ResponseBody } from './response-body.ts'
import { requestIdFor } from './request-id.ts'
import { ResponseSink } from './response-sink.ts'

export interface ProxyOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly directory: TunnelDirectory
  readonly bearers: Bearers
  readonly addresses: Addresses
  readonly limits: RequestLimits
  readonly metrics: RelayMetrics
  readonly audit: Audit
  readonly maxMessageBytes: number
  /** False while the relay is stopping. */
  readonly isReady: () => boolean
}

/** One request that is meant for an upstream. */
export interface ProxyRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly parsed: Extract<ClientRequest, { kind: 'upstream' }>
  readonly cors: RawHeaders
  readonly expectsContinue: boolean
}

interface Client {
  readonly ownerId: string
  /** What their identity provider calls them, where there is one. */
  readonly subject?: string
  readonly principal: Principal
}

/** How long a request waits for a device whose carrier has just been lost. Clients give model lists a second at most. */
const ARRIVAL_MS = 800
const OFFLINE_RETRY_S = 5
const DRAINING_RETRY_S = 2

/** Brings a request from a client to the right device and its answer back. */
export class Proxy {
  readonly #options: ProxyOptions

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  async handle(client: ProxyRequest): Promise<void> {
    const requestId = requestIdFor(client.request, this.#options.config.trustedProxies)
    try {
      await this.#forward(client, requestId)
    } catch (cause) {
      this.#refuse(client, requestId, toAppError(cause))
    }
  }

  /**
   * Whose request it is.
   * @param userId the owner's id here, or what their identity provider calls them
   * @throws AppError UNAUTHORIZED, KEY_UNKNOWN, OFFLINE, FORBIDDEN, and those of `Bearers`
   */
  async authenticate(credential: ClientCredential, userId: string | undefined): Promise<Client> {
    const client = await this.#identify(credential)
    if (userId !== undefined && userId !== client.ownerId && userId !== client.subject)
      throw new AppError('FORBIDDEN')
    return client
  }

  async #identify(credential: ClientCredential): Promise<Client> {
    switch (credential.kind) {
      case 'none':
        throw new AppError('UNAUTHORIZED')
      case 'malformed':
        throw new AppError('UNAUTHORIZED', credential.why)
      case 'token': {
        const bearer = await this.#options.bearers.verify(credential.token)
        const { ownerId } = bearer
        const client = { ownerId, principal: { kind: 'owner', subject: ownerId } } as const
        return bearer.kind === 'person' ? { ...client, subject: bearer.subject } : client
      }
      case 'key':
        return this.#identifyKey(credential.key, credential.address)
    }
  }

  async #identifyKey(key: string, address: string): Promise<Client> {
    const { addresses, directory } = this.#options
    const ownerId = directory.ownerAt(address)
    // Proving an address costs more than finding one: only those that nobody is at have to be told apart.
    if (ownerId === undefined) throw addresses.isIssued(address) ? offline() : new AppError('KEY_UNKNOWN')
    const digest = createHash('sha256').update(key).digest('base64url')
    if (!(await this.#isKnown(ownerId, digest))) throw new AppError('KEY_UNKNOWN')
    return { ownerId, principal: { kind: 'key', digest } }
  }

  /** A device that has just connected may not have announced its keys yet. @throws AppError OFFLINE where it still has not. */
  async #isKnown(ownerId: string, digest: string): Promise<boolean> {
    const tunnels = this.#options.directory.tunnelsOf(ownerId)
    if (tunnels.some((tunnel) => tunnel.hasKey(digest))) return true
    const silent = tunnels.filter((tunnel) => !tunnel.hasAnnounced)
    await Promise.all(silent.map((tunnel) => tunnel.arrival(ARRIVAL_MS)))
    if (silent.some((tunnel) => tunnel.hasKey(digest))) return true
    if (silent.some((tunnel) => !tunnel.hasAnnounced)) throw offline()
    return false
  }

  async #forward(client: ProxyRequest, requestId: string): Promise<void> {
    const { request, parsed } = client
    // Before anything else: the owner's tunnel may have gone elsewhere already.
    if (!this.#options.isReady()) throw new AppError('DRAINING', undefined, { retryAfterS: DRAINING_RETRY_S })
    const { ownerId, principal } = await this.authenticate(parsed.credential, parsed.userId)
    const maxBodyBytes = this.#bodyLimitFor(request, parsed.target)
    const leave = await this.#options.limits.enter(ownerId)
    try {
      const tunnel = await this.#tunnelFor(ownerId, principal)
      // A client that left while we waited does not say so again.
      if (client.response.destroyed) return leave()
      const stream = this.#open(tunnel, {
        method: request.method ?? 'GET',
        target: parsed.target,
        headers: request.rawHeaders,
        principal,
        requestId,
        hasBody: hasBody(request),
      })
      this.#exchange(client, { requestId, ownerId, tunnel, stream, maxBodyBytes, leave })
    } catch (cause) {
      leave()
      throw cause
    }
  }

  /**
   * Whether a path exists at the upstream is for the bridge to say; blobs are the one thing without a limit.
   * @throws AppError BODY_TOO_LARGE where the length alone says so
   */
  #bodyLimitFor(request: IncomingMessage, target: string): number {
    const match = matchRoute(request.method ?? 'GET', target.split('?', 1)[0] ?? target)
    const isBlob = match.kind === 'found' && match.route.body === 'blob'
    const limit = isBlob ? Infinity : this.#options.config.maxBodyBytes
    if (Number(request.headers['content-length'] ?? 0) > limit) throw new AppError('BODY_TOO_LARGE')
    return limit
  }

  async #tunnelFor(ownerId: string, principal: Principal): Promise<Tunnel> {
    const { directory } = this.#options
    const tunnel = directory
      .tunnelsOf(ownerId)
      .find((candidate) => principal.kind === 'owner' || candidate.hasKey(principal.digest))
    if (tunnel === undefined || !(await tunnel.arrival(ARRIVAL_MS))) throw offline()
    return tunnel
  }

  #open(tunnel: Tunnel, head: RequestHead): TunnelStream {
    const bytes = encodeMessage(head)
    if (bytes.length > this.#options.maxMessageBytes) throw new AppError('HEADERS_TOO_LARGE')
    return tunnel.open(bytes)
  }

  #exchange(
    { request, response, parsed, cors, expectsContinue }: ProxyRequest,
    opened: {
      readonly requestId: string
      readonly ownerId: string
      readonly tunnel: Tunnel
      readonly stream: TunnelStream
      readonly maxBodyBytes: number
      readonly leave: () => void
    },
  ): void {
    const { config, clock, metrics } = this.#options
    const { requestId, ownerId, tunnel, stream, leave, maxBodyBytes } = opened
    const body = new ResponseBody(new ResponseSink(response, clock), {
      clock,
      dialect: dialectFor(parsed.target),
      baseHeaders: [...cors, 'x-request-id', requestId],
      heartbeat: HEARTBEAT,
      onHeartbeat: () => metrics.heartbeat(),
    })
    const finished = metrics.requestStarted(ownerId)
    const exchange = new Exchange({
      request,
      response,
      stream,
      body,
      clock,
      expectsContinue,
      maxBodyBytes,
      ackTimeoutMs: config.ackTimeoutMs,
      idleTimeoutMs: config.idleTimeoutMs,
      isReachable: () => tunnel.isAttached,
      delays: metrics,
      onDone: (outcome) => {
        leave()
        // Until a head was sent, node's own default stands there.
        const status = response.headersSent ? response.statusCode : undefined
        finished(parsed.target, status, outcome)
        this.#log(requestId, tunnel, request.method, parsed.target, status, outcome)
      },
    })
    exchange.start()
  }

  #log(
    requestId: string,
    tunnel: Tunnel,
    method: string | undefined,
    target: string,
    status: number | undefined,
    outcome: Outcome,
  ): void {
    const path = target.split('?', 1)[0]
    this.#options.logger.info(
      { requestId, tunnelId: tunnel.id, method, path, status, ...outcome },
      'request done',
    )
  }

  #refuse({ request, response, parsed, cors }: ProxyRequest, requestId: string, error: AppError): void {
    const { logger, metrics, audit, config } = this.#options
    logger.info({ requestId, path: parsed.path, code: error.code }, 'request refused')
    metrics.refused(error.code)
    audit.refused(error.code, parsed.path, clientAddressOf(request, config.trustedProxies))
    if (response.headersSent || response.destroyed) return void response.destroy()
    const { status, headers, body } = errorResponse(dialectFor(parsed.target), error)
    response.writeHead(status, [...headers, ...cors, 'x-request-id', requestId])
    response.end(body)
  }
}

function offline(): AppError {
  return new AppError('OFFLINE', undefined, { retryAfterS: OFFLINE_RETRY_S })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
