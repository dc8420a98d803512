import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { readAll } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { isDeviceKey } from '../../shared/device-proof.ts'
import { AppError, assertNever, toAppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { VERSION } from '../../shared/version.ts'
import { PROTOCOL_VERSIONS } from '../../tunnel/handshake.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { Challenges } from '../auth/challenges.ts'
import type { PairingService } from '../auth/pairing.ts'
import { passOf } from '../cluster/hop-pass.ts'
import type { ReplicaRouter } from '../cluster/replica-router.ts'
import type { RelayConfig } from '../config.ts'
import { clientAddressOf, isFromThisMachine } from '../../front/client-address.ts'
import type { Audit } from '../observe/audit.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import type { OwnerSnapshot } from '../observe/owner-figures.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { CallerCheck } from './caller-check.ts'
import { isGuarded, type ClientRequest } from '../../front/request-target.ts'
import type { ClientCredential } from '../../front/client-credential.ts'
import type { DeepFinding, DeepHealth } from './deep-health.ts'
import type { DeviceAdmin } from './device-admin.ts'
import { mergeDevices, parseDevices, type DeviceList } from './device-view.ts'
import { rootAnswerFor } from './landing-page.ts'
import {
  healthOf,
  mergeFigures,
  mergeTunnels,
  parseFigures,
  parseTunnels,
  toTunnelView,
  type OwnerTunnels,
} from './owner-view.ts'
import { showsOperatorToken } from './operator.ts'
import { json, plain } from '../../front/own-answer.ts'
import { type PartParser, readable } from './replica-part.ts'
import type { Proxy } from './proxy.ts'
import { securityTxt } from './security-txt.ts'

export interface OwnRoutesOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly directory: TunnelDirectory
  readonly pairing: PairingService
  readonly routingIds: RoutingIds
  readonly challenges: Challenges
  readonly metrics: RelayMetrics
  readonly audit: Audit
  readonly proxy: Proxy
  readonly callers: CallerCheck
  readonly deepHealth: DeepHealth
  readonly devices: DeviceAdmin
  readonly publicUrl: () => string
  /** `degraded`: only devices that are connected to this relay itself can be reached. */
  readonly readiness: () => 'ready' | 'degraded' | 'draining'
  /** Other relays, where there are some. */
  readonly others: Pick<ReplicaRouter, 'ask'> | undefined
}

type OwnRequest = Extract<ClientRequest, { kind: 'own' }>

/** Of an owner whose desktop is offline: the address in a key does not say who that is. */
const NO_TUNNELS: OwnerTunnels = { userId: null, tunnels: [] }

const MAX_PAIR_BYTES = 4 * 1024
const PairRequest = z.object({
  code: z.string().max(64),
  deviceName: z.string().max(200).default('desktop'),
  deviceKey: z.string().refine(isDeviceKey).optional(),
})

/** How doctor finds a proxy that collects chunks: ten of them, a tenth of a second apart. */
const CHUNKS = 10
const CHUNK_INTERVAL_MS = 100

/** What the relay answers by itself. */
export class OwnRoutes {
  readonly #options: OwnRoutesOptions

  constructor(options: OwnRoutesOptions) {
    this.#options = options
  }

  /** @throws AppError what the client is to be told instead of an answer */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: OwnRequest,
    cors: RawHeaders,
  ): Promise<void> {
    try {
      await this.#answer(request, response, parsed, cors)
    } catch (cause) {
      const { code } = toAppError(cause)
      // That a key is not known here, either, is nothing that anybody tried.
      if (passOf(request)?.isCounted === true) throw cause
      this.#options.metrics.refused(code)
      this.#options.audit.refused(code, parsed.path, this.#addressOf(request))
      throw cause
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: OwnRequest,
    cors: RawHeaders,
  ): Promise<void> {
    const { metrics, readiness, callers } = this.#options
    if (isGuarded(parsed.name)) callers.check(request.rawHeaders)
    switch (parsed.name) {
      case 'root':
        return root(request, response, cors)
      case 'health':
      case 'live':
        return json(response, 200, { status: 'ok', version: VERSION }, cors)
      case 'ready':
        return json(response, readiness() === 'draining' ? 503 : 200, { status: readiness() }, cors)
      case 'metrics':
        return this.#metrics(request, response)
      case 'pair':
        return this.#pair(request, response, parsed.credential, cors)
      case 'wellKnown':
        return json(response, 200, this.#selfDescription(), cors)
      case 'security':
        return plain(response, securityTxt(this.#options.config, this.#options.clock.now()), cors)
      case 'chunks':
        return this.#chunks(response, cors)
      case 'tunnelHealth':
        return json(response, 200, metrics.health(), cors)
      case 'tunnelStatus':
      case 'tunnelUserHealth':
      case 'tunnelMetrics':
      case 'devices':
        return this.#ofOwner(request, response, parsed, cors)
      case 'device':
        return json(response, 200, await this.#options.devices.revoke(request, parsed), cors)
      default:
        return assertNever(parsed.name)
    }
  }

  async #ofOwner(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: OwnRequest,
    cors: RawHeaders,
  ): Promise<void> {
    const forOperator = parsed.name === 'devices' && this.#options.devices.listForOperator(request)
    if (forOperator) return json(response, 200, { devices: forOperator }, cors)
    const parts = await this.#partsOf(request, parsed).catch((cause: unknown) => {
      if (this.#isStatusOffline(request, parsed, toAppError(cause))) return [NO_TUNNELS]
      throw cause
    })
    if (parsed.name === 'devices')
      return json(response, 200, mergeDevices(parts as readonly DeviceList[]), cors)
    if (parsed.name === 'tunnelMetrics')
      return json(response, 200, mergeFigures(parts as readonly OwnerSnapshot[]), cors)
    const owned = parts as readonly OwnerTunnels[]
    const { userId, tunnels } = mergeTunnels(owned)
    const online = tunnels.some(({ connected }) => connected)
    if (parsed.name === 'tunnelStatus') return json(response, 200, { userId, online, tunnels }, cors)
    const health = { userId, ...healthOf({ userId, tunnels }), tunnels }
    if (!isDeep(request)) return json(response, 200, health, cors)
    const deep = await this.#deep(request, parsed, owned)
    const isWell = deep.ok || passOf(request) !== undefined
    const status = deep.ok ? health.status : 'degraded'
    return json(response, isWell ? 200 : 503, { ...health, status, deep }, cors)
  }

  /** Asked here where a device is here, else what another relay has found out. */
  async #deep(
    request: IncomingMessage,
    { credential, userId }: OwnRequest,
    parts: readonly OwnerTunnels[],
  ): Promise<DeepFinding> {
    const elsewhere = parts.flatMap(({ deep }) => deep ?? [])
    const found = elsewhere.find(({ ok }) => ok)
    if (found !== undefined) return found
    const { proxy, deepHealth } = this.#options
    try {
      const { ownerId, principal } = await proxy.authenticate(request, credential, userId)
      return await deepHealth.check(ownerId, principal)
    } catch (cause) {
      return elsewhere[0] ?? { ok: false, detail: toAppError(cause).message }
    }
  }

  /** That nobody is there is an answer to this question. Another replica needs to hear whether a device is on its way. */
  #isStatusOffline(request: IncomingMessage, { name, credential }: OwnRequest, { code }: AppError): boolean {
    if (code !== 'OFFLINE' || name !== 'tunnelStatus' || passOf(request) !== undefined) return false
    return credential.kind === 'key' && this.#options.directory.ownerAt(credential.routingId) === undefined
  }

  /** What this relay knows, and what others do: at least one of them. @throws AppError as `Proxy.authenticate` */
  async #partsOf(request: IncomingMessage, parsed: OwnRequest): Promise<readonly unknown[]> {
    const asked = this.#options.others?.ask(request, parsed).catch(() => [])
    const partsThere = async () => readable(await asked, parserFor(parsed.name))
    try {
      const here = await this.#partHere(request, parsed)
      return [here, ...(await partsThere())]
    } catch (cause) {
      // The device that knows the key may be another relay's.
      if ((await asked)?.some(({ status }) => status === 403)) throw new AppError('FORBIDDEN')
      const parts = await partsThere()
      if (parts.length === 0) throw cause
      return parts
    }
  }

  async #partHere(request: IncomingMessage, { credential, userId, name }: OwnRequest): Promise<unknown> {
    const { proxy, directory, metrics, devices } = this.#options
    const { ownerId, principal } = await proxy.authenticate(request, credential, userId)
    if (name === 'tunnelMetrics') return metrics.snapshotFor(ownerId)
    if (name === 'devices') return { devices: devices.listFor(ownerId, principal) }
    const tunnels = directory
      .tunnelsOf(ownerId)
      .map((tunnel) => ({ ...toTunnelView(tunnel), ...proxy.standingOf(tunnel, principal) }))
    return { userId: ownerId, tunnels }
  }

  /** For the operator: by token, or from this machine where that was asked for. */
  async #metrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { operatorToken, metricsOnLoopback } = this.#options.config
    if (!showsOperatorToken(request, operatorToken) && !(metricsOnLoopback && isFromThisMachine(request)))
      throw new AppError(
        'UNAUTHORIZED',
        'The figures are for the operator. Set OPERATOR_TOKEN at the relay, and send it as a bearer token.',
      )
    const { contentType, body } = await this.#options.metrics.exposition()
    response.writeHead(200, ['content-type', contentType])
    response.end(body)
  }

  /** A device becomes somebody's: by a one-time code, or by the token of who signed in. */
  async #pair(
    request: IncomingMessage,
    response: ServerResponse,
    shown: ClientCredential,
    cors: RawHeaders,
  ): Promise<void> {
    if (shown.kind === 'token') return this.#introduce(request, response, shown, cors)
    if (shown.kind !== 'none')
      throw new AppError('UNAUTHORIZED', 'This is no access token that a relay can check: those are JWTs.')
    const { pairing, publicUrl, config, clock, audit } = this.#options
    if (!config.pairingEnabled)
      throw new AppError('PAIRING_CODE_INVALID', 'This relay does not pair by code. Sign in instead.')
    // A form of any page can send other types without asking first.
    if (!isJson(request))
      throw new AppError('MEDIA_NOT_SUPPORTED', 'Send the pairing code as application/json.')
    const timer = clock.after(config.headersTimeoutMs, () => request.destroy())
    const asked = await parsePairRequest(request).finally(() => timer.cancel())
    const { code, deviceName, deviceKey } = asked
    const paired = await pairing.redeem(code, deviceName, this.#addressOf(request), deviceKey)
    const { ownerId, deviceId } = paired
    audit.note('pairing', { ownerId, deviceId })
    json(response, 200, { ...paired, publicUrl: publicUrl() }, cors)
  }

  /** What a device has to know of who signed in on it. It keeps the token itself. */
  async #introduce(
    request: IncomingMessage,
    response: ServerResponse,
    shown: ClientCredential,
    cors: RawHeaders,
  ): Promise<void> {
    const { proxy, routingIds, publicUrl } = this.#options
    const { ownerId } = await proxy.authenticate(request, shown, undefined)
    json(response, 200, { ownerId, address: routingIds.routingIdFor(ownerId), publicUrl: publicUrl() }, cors)
  }

  #addressOf(request: IncomingMessage): string {
    return clientAddressOf(request, this.#options.config.trustedProxies)
  }

  #selfDescription(): object {
    return {
      name: 'cloudtolocalllm',
      version: VERSION,
      protocols: PROTOCOL_VERSIONS,
      publicUrl: this.#options.publicUrl(),
      signIn: { pairing: this.#options.config.pairingEnabled, oidc: this.#oidcOffer() },
      challenge: this.#options.challenges.issue(),
      time: new Date(this.#options.clock.now()).toISOString(),
    }
  }

  /** What a desktop needs in order to sign in; tokens of further issuers are accepted all the same. */
  #oidcOffer(): object | null {
    const { oidcIssuers, oidcClientId: clientId, oidcAudiences, oidcScopes: scopes } = this.#options.config
    const [issuer] = oidcIssuers
    if (issuer === undefined || clientId === undefined) return null
    return { issuer, clientId, audience: oidcAudiences[0], scopes }
  }

  #chunks(response: ServerResponse, cors: RawHeaders): void {
    response.writeHead(200, [...cors, 'content-type', 'application/x-ndjson', ...UNBUFFERED])
    const next = (index: number): void => {
      response.write(`${JSON.stringify({ chunk: index, of: CHUNKS })}\n`)
      if (index < CHUNKS) this.#options.clock.after(CHUNK_INTERVAL_MS, () => next(index + 1))
      else response.end()
    }
    next(1)
  }
}

const UNBUFFERED = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no']

function root(request: IncomingMessage, response: ServerResponse, cors: RawHeaders): void {
  const { headers, body } = rootAnswerFor(request.headers.accept)
  response.writeHead(200, [...headers, ...cors])
  response.end(body)
}

function parserFor(name: OwnRequest['name']): PartParser {
  if (name === 'devices') return parseDevices
  return name === 'tunnelMetrics' ? parseFigures : parseTunnels
}

async function parsePairRequest(request: IncomingMessage): Promise<z.output<typeof PairRequest>> {
  // Destroyed, the request would take the socket and the answer with it.
  const body = await readAll(request.iterator({ destroyOnReturn: false }), MAX_PAIR_BYTES)
  try {
    return PairRequest.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch (cause) {
    throw new AppError('BAD_REQUEST', 'The body must be JSON: {"code":"XXXX-XXXX","deviceName":"…"}', {
      cause,
    })
  }
}

function isDeep({ url = '' }: IncomingMessage): boolean {
  return new URLSearchParams(url.split('?', 2)[1]).get('deep') === '1'
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '')
}
