import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { BodyAllowance, BodyMemory } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import { dialectFor } from '../../shared/dialect.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { encodeMessage, type Principal, type RawHeaders, type RequestHead } from '../../shared/proxy-head.ts'
import { matchRoute } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { TokenVerifier } from '../auth/token-verifier.ts'
import { HOP_FIELD, passOf } from '../cluster/hop-pass.ts'
import type { RelayConfig } from '../config.ts'
import type { AuthFailures } from '../limits/auth-failures.ts'
import type { Breakers, Report } from '../limits/breaker.ts'
import { clientAddressOf, countedAddressOf } from '../../front/client-address.ts'
import type { Release } from '../limits/fair-queue.ts'
import type { RequestLimits } from '../limits/request-limits.ts'
import type { Audit } from '../observe/audit.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import type { RemoteDevices } from '../routing/remote-devices.ts'
import { askEveryDevice, listHeadersFor } from '../routing/every-device.ts'
import {
  ARRIVAL_MS,
  offline,
  Router,
  type Destination,
  type DestinationElsewhere,
} from '../routing/router.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import { DEVICE_ANSWER_FIELDS } from '../../front/answer-headers.ts'
import type { ClientRequest } from '../../front/request-target.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import { errorResponse } from '../../front/error-response.ts'
import { Exchange, type Outcome } from '../../front/client-exchange.ts'
import { HEARTBEAT, ResponseBody } from '../../front/response-body.ts'
import { provenRequestOf } from './proven-request.ts'
import { requestIdFor } from '../../front/request-id.ts'
import { ResponseSink } from '../../front/response-sink.ts'

export interface ProxyOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly directory: TunnelDirectory
  readonly tokenVerifier: TokenVerifier
  readonly routingIds: RoutingIds
  readonly limits: RequestLimits
  readonly authFailures: AuthFailures
  readonly breakers: Breakers
  /** For what is kept of bodies. */
  readonly bodyMemory: BodyMemory
  readonly metrics: RelayMetrics
  readonly audit: Audit
  readonly maxMessageBytes: number
  /** False while the relay is stopping, and nobody else is there to be asked. */
  readonly isReady: () => boolean
}

/** One request that is meant for an upstream. */
export interface ProxyRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly parsed: Extract<ClientRequest, { kind: 'upstream' }>
  readonly cors: RawHeaders
  readonly expectsContinue: boolean
  /** Called once it is certain that the request is answered here. */
  readonly onTaken?: () => void
}

/** Asks the other relays that have devices of the owner, once. */
export type Survey = () => Promise<RemoteDevices>

interface Client {
  readonly ownerId: string
  /** What their identity provider calls them, where there is one. */
  readonly subject?: string
  readonly principal: Principal
}

/** What is settled about a request before it is known where it goes. */
interface Admitted {
  readonly requestId: string
  readonly ownerId: string
  readonly principal: Principal
  readonly maxBodyBytes: number
  readonly memory: BodyAllowance
  readonly release: Release
}

const DRAINING_RETRY_S = 2

/** Brings a request from a client to the right device and its answer back. */
export class Proxy {
  readonly #options: ProxyOptions
  readonly #router: Router

  constructor(options: ProxyOptions) {
    this.#options = options
    this.#router = new Router(options.clock, (tunnel) => options.breakers.isOpen(tunnel))
  }

  async handle(client: ProxyRequest): Promise<void> {
    const requestId = requestIdFor(client.request, this.#options.config.trustedProxies)
    try {
      await this.forward(client, requestId)
    } catch (cause) {
      this.refuse(client, requestId, toAppError(cause))
    }
  }

  /**
   * Whose request it is.
   * @param userId the owner's id here, or what their identity provider calls them
   * @param survey where other relays may know a key that this one does not
   * @throws AppError UNAUTHORIZED, KEY_UNKNOWN, OFFLINE, FORBIDDEN, TOO_MANY_REQUESTS, and those of `TokenVerifier`
   */
  async authenticate(
    request: IncomingMessage,
    credential: ClientCredential,
    userId: string | undefined,
    survey?: Survey,
  ): Promise<Client> {
    const { authFailures, config } = this.#options
    const address = countedAddressOf(request, config.trustedProxies)
    const client = await authFailures.guard(address, () => this.#identify(request, credential, survey))
    if (userId !== undefined && userId !== client.ownerId && userId !== client.subject)
      throw new AppError('FORBIDDEN')
    return client
  }

  async #identify(
    request: IncomingMessage,
    credential: ClientCredential,
    survey: Survey | undefined,
  ): Promise<Client> {
    switch (credential.kind) {
      case 'none':
        throw new AppError('UNAUTHORIZED')
      case 'malformed':
        throw new AppError('UNAUTHORIZED', credential.why)
      case 'token': {
        const bearer = await this.#options.tokenVerifier.authenticate(
          credential.token,
          provenRequestOf(request),
        )
        const { ownerId } = bearer
        const client = { ownerId, principal: { kind: 'owner', subject: ownerId } } as const
        return bearer.kind === 'person' ? { ...client, subject: bearer.subject } : client
      }
      case 'key':
        return this.#identifyKey(credential.key, credential.routingId, await survey?.())
    }
  }

  async #identifyKey(key: string, routingId: string, elsewhere: RemoteDevices | undefined): Promise<Client> {
    const { routingIds, directory } = this.#options
    const digest = createHash('sha256').update(key).digest('base64url')
    const principal = { kind: 'key', digest } as const
    if (elsewhere?.ownerId !== undefined) return { ownerId: elsewhere.ownerId, principal }
    const ownerId = directory.ownerAt(routingId)
    if (ownerId !== undefined && (await this.#isKnown(ownerId, digest))) return { ownerId, principal }
    const isUnknown = elsewhere?.isUnknown ?? ownerId !== undefined
    // Proving an routingId costs more than finding one: only those that nobody is at have to be told apart.
    if (isUnknown || !routingIds.isIssued(routingId)) throw new AppError('KEY_UNKNOWN')
    throw offline()
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

  /** What a client's credential is to a tunnel, for those who choose among an owner's tunnels. */
  standingOf(tunnel: Tunnel, principal: Principal): { readonly accepts: boolean; readonly failing: boolean } {
    return { accepts: opens(principal, tunnel), failing: this.#options.breakers.isOpen(tunnel) }
  }

  /**
   * @param survey where the owner has devices at other relays
   * @returns which of those is the right one: the request has been counted then, and nothing else
   * @throws AppError why it is not answered here: nothing has been sent to the client then, nor to a device
   */
  async forward(
    client: ProxyRequest,
    requestId: string,
    survey?: Survey,
  ): Promise<DestinationElsewhere | undefined> {
    const { request, parsed } = client
    // Before anything else: the owner's tunnel may have gone elsewhere already.
    if (!this.#options.isReady()) throw new AppError('DRAINING', undefined, { retryAfterS: DRAINING_RETRY_S })
    const { ownerId, principal } = await this.authenticate(request, parsed.credential, parsed.userId, survey)
    const maxBodyBytes = this.#bodyLimitFor(request, parsed.target)
    const release = await this.#placeFor(client, ownerId, principal)
    if (release === undefined) return undefined
    try {
      const memory = this.#memoryFor(client, ownerId)
      const destination = await this.#destinationFor(client, memory, ownerId, principal, await survey?.())
      // A client that left while we waited does not say so again.
      const isGone = client.response.destroyed
      if (isGone || destination.kind === 'elsewhere') release()
      if (isGone) return undefined
      if (destination.kind === 'elsewhere') return destination
      const admitted = { requestId, ownerId, principal, maxBodyBytes, memory, release }
      if (destination.kind === 'everyDevice') await this.#list(client, admitted, destination)
      else await this.#ask(client, admitted, destination)
      return undefined
    } catch (cause) {
      release()
      throw cause
    }
  }

  /** Lasts as long as the client waits for its answer. */
  #memoryFor({ response }: ProxyRequest, ownerId: string): BodyAllowance {
    const memory = this.#options.bodyMemory.open(ownerId)
    if (response.destroyed) memory.close()
    else response.once('close', () => memory.close())
    return memory
  }

  /** Waits for the request's turn. `undefined`: its client left meanwhile. */
  async #placeFor(
    { request, response }: ProxyRequest,
    ownerId: string,
    principal: Principal,
  ): Promise<Release | undefined> {
    const { limits, config } = this.#options
    const key = principal.kind === 'key' ? principal.digest : undefined
    const address = countedAddressOf(request, config.trustedProxies)
    const isCounted = passOf(request)?.isCounted === true
    return limits.enter({ ownerId, key, address, isCounted }, (giveUp) => {
      if (response.destroyed) giveUp()
      else response.once('close', giveUp)
    })
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

  #destinationFor(
    { request, response, parsed, expectsContinue, onTaken }: ProxyRequest,
    memory: BodyAllowance,
    ownerId: string,
    principal: Principal,
    elsewhere: RemoteDevices | undefined,
  ): Promise<Destination> {
    const tunnels = this.#options.directory.tunnelsOf(ownerId).filter((tunnel) => opens(principal, tunnel))
    // What is read of a body to find the right device is not read again.
    if (tunnels.length > 1 && hasBody(request)) onTaken?.()
    const { target } = parsed
    const asked = { request, response, target, hasBody: hasBody(request), expectsContinue, memory }
    return this.#router.destinationFor(asked, tunnels, elsewhere)
  }

  #open(tunnel: Tunnel, head: Omit<RequestHead, 'device'>): TunnelStream {
    const { deviceId: id, deviceName: name } = tunnel.credential
    const bytes = encodeMessage({ ...head, device: { id, name } })
    if (bytes.length > this.#options.maxMessageBytes) throw new AppError('HEADERS_TOO_LARGE')
    return tunnel.open(bytes)
  }

  /** @throws AppError CIRCUIT_OPEN where the device's model server is to be left alone */
  async #ask(
    client: ProxyRequest,
    admitted: Admitted,
    destination: Extract<Destination, { kind: 'device' }>,
  ): Promise<void> {
    const report = await this.#options.breakers.enter(destination.tunnel)
    try {
      this.#exchange(client, admitted, destination, report)
      client.onTaken?.()
    } catch (cause) {
      report('unknown')
      throw cause
    }
  }

  #exchange(
    { request, response, parsed, cors, expectsContinue }: ProxyRequest,
    { requestId, ownerId, principal, release, maxBodyBytes, memory }: Admitted,
    { tunnel, held }: Extract<Destination, { kind: 'device' }>,
    report: Report,
  ): void {
    const { config, clock, metrics } = this.#options
    const stream = this.#open(tunnel, {
      method: request.method ?? 'GET',
      target: parsed.target,
      headers: request.rawHeaders,
      principal,
      requestId,
      hasBody: hasBody(request),
    })
    const sink = new ResponseSink(response, clock)
    const body = new ResponseBody(sink, {
      clock,
      dialect: dialectFor(parsed.target, request.rawHeaders),
      baseHeaders: [...cors, ...DEVICE_ANSWER_FIELDS, 'x-request-id', requestId],
      heartbeat: HEARTBEAT,
      allowance: memory,
      onHeartbeat: () => metrics.heartbeat(),
    })
    const finished = metrics.requestStarted(ownerId)
    const exchange = new Exchange({
      request,
      response,
      stream,
      body,
      sink,
      clock,
      expectsContinue: expectsContinue && held === undefined,
      held: held?.bytes,
      maxBodyBytes,
      ackTimeoutMs: config.ackTimeoutMs,
      idleTimeoutMs: config.idleTimeoutMs,
      stallTimeoutMs: config.requestTimeoutMs ?? config.idleTimeoutMs,
      isReachable: () => tunnel.isAttached,
      delays: metrics,
      report,
      onDone: (outcome) => {
        release()
        // Until a head was sent, node's own default stands there.
        const status = response.headersSent ? response.statusCode : undefined
        finished(parsed.target, status, outcome)
        this.#log(requestId, [tunnel], request.method, parsed.target, status, outcome)
      },
    })
    exchange.start()
  }

  /** A list of models, of all devices that are here. */
  async #list(
    { request, response, parsed, cors }: ProxyRequest,
    { requestId, ownerId, principal, release }: Admitted,
    { tunnels, total, elsewhere }: Extract<Destination, { kind: 'everyDevice' }>,
  ): Promise<void> {
    const { clock, metrics } = this.#options
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    request.resume()
    const { target } = parsed
    const headers = listHeadersFor(request.rawHeaders)
    const question = { method: 'GET', target, headers, principal, requestId, hasBody: false }
    const startedAt = clock.monotonic()
    const answer = await askEveryDevice({
      path: target.replace(/\?.*$/s, ''),
      tunnels,
      total,
      open: (tunnel) => this.#open(tunnel, question),
      elsewhere: elsewhere?.lists,
      isForRelay: passOf(request) !== undefined,
      clock,
      signal: gone.signal,
    })
    release()
    const totalMs = clock.monotonic() - startedAt
    const error = response.destroyed ? 'CANCELLED' : undefined
    const bytesOut = answer.body.length
    const outcome = { error, bytesIn: 0, bytesOut, acceptMs: totalMs, headMs: totalMs, totalMs } as const
    const fields = [...answer.headers, ...DEVICE_ANSWER_FIELDS, ...cors, 'x-request-id', requestId]
    response.writeHead(answer.status, fields)
    response.end(answer.body)
    metrics.requestStarted(ownerId)(target, answer.status, outcome)
    this.#log(requestId, tunnels, request.method, target, answer.status, outcome)
  }

  #log(
    requestId: string,
    tunnels: readonly Tunnel[],
    method: string | undefined,
    target: string,
    status: number | undefined,
    outcome: Outcome,
  ): void {
    const path = target.split('?', 1)[0]
    this.#options.logger.info(
      { requestId, tunnelId: tunnels.map(({ id }) => id).join(','), method, path, status, ...outcome },
      'request done',
    )
  }

  refuse({ request, response, parsed, cors }: ProxyRequest, requestId: string, error: AppError): void {
    const { logger, metrics, audit, config } = this.#options
    metrics.refused(error.code)
    if (audit.refused(error.code, parsed.path, clientAddressOf(request, config.trustedProxies)))
      logger.info({ requestId, path: parsed.path, code: error.code }, 'request refused')
    if (response.headersSent || response.destroyed) return void response.destroy()
    const { status, headers, body } = errorResponse(dialectFor(parsed.target, request.rawHeaders), error)
    const forReplica = passOf(request) === undefined ? [] : [HOP_FIELD, error.code]
    response.writeHead(status, [...headers, ...cors, ...forReplica, 'x-request-id', requestId])
    response.end(body)
  }
}

function opens(principal: Principal, tunnel: Tunnel): boolean {
  return !tunnel.isLeaving && (principal.kind === 'owner' || tunnel.hasKey(principal.digest))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
