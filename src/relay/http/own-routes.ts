import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { isFromThisMachine } from '../../front/client-address.ts'
import { json, ownFields, plain, script } from '../../front/own-answer.ts'
import type { OwnContext } from '../../front/request-context.ts'
import type { PageFiles } from '../../front/page-files.ts'
import { isGuarded } from '../../front/request-target.ts'
import { readAll } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import { isDeviceKey } from '../../shared/device-proof.ts'
import { AppError, assertNever } from '../../shared/errors.ts'
import { VERSION } from '../../shared/version.ts'
import { PROTOCOL_VERSIONS } from '../../tunnel/handshake.ts'
import type { Authenticator } from '../auth/authenticator.ts'
import type { Challenges } from '../auth/challenges.ts'
import type { PairingService } from '../auth/pairing.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { RelayConfig } from '../config.ts'
import type { Audit } from '../observe/audit.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import type { CallerCheck } from './caller-check.ts'
import type { DeviceAdmin } from './device-admin.ts'
import { type KeyState, REMOVING_WORKER, rootAnswerFor } from './landing-page.ts'
import { showsOperatorToken } from './operator.ts'
import type { OwnerRoutes } from './owner-routes.ts'
import { securityTxt } from './security-txt.ts'

export interface OwnRoutesOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly authenticator: Authenticator
  readonly pairing: PairingService
  readonly routingIds: RoutingIds
  readonly challenges: Challenges
  readonly metrics: RelayMetrics
  readonly audit: Audit
  readonly callers: CallerCheck
  readonly devices: DeviceAdmin
  readonly owners: OwnerRoutes
  /** `undefined` if the page is switched off. */
  readonly page: PageFiles | undefined
  readonly publicUrl: () => string
  /** `degraded`: only devices at this relay are reachable. */
  readonly readiness: () => 'ready' | 'degraded' | 'draining'
}

const MAX_PAIR_BYTES = 4 * 1024
const PairRequest = z.object({
  code: z.string().max(64),
  deviceName: z.string().max(200).default('desktop'),
  deviceKey: z.string().refine(isDeviceKey).optional(),
})

/** Lets doctor detect a buffering proxy: ten chunks, a tenth of a second apart. */
const CHUNKS = 10
const CHUNK_INTERVAL_MS = 100

/** Serves the relay's own paths. */
export class OwnRoutes {
  readonly #options: OwnRoutesOptions

  constructor(options: OwnRoutesOptions) {
    this.#options = options
  }

  /** @throws AppError becomes the response */
  async answer(context: OwnContext): Promise<void> {
    const { metrics, readiness, callers, devices, owners, config, clock } = this.#options
    const { name, request } = context
    if (isGuarded(name)) callers.check(request.rawHeaders)
    switch (name) {
      case 'root':
        return this.#root(context)
      case 'page':
        return this.#page(context, context.path.slice(1))
      case 'health':
      case 'live':
        return json(context, 200, { status: 'ok', version: VERSION })
      case 'ready':
        return json(context, readiness() === 'draining' ? 503 : 200, { status: readiness() })
      case 'metrics':
        return this.#metrics(context)
      case 'pair':
        return this.#pair(context)
      case 'wellKnown':
        return json(context, 200, this.#selfDescription())
      case 'security':
        return plain(context, securityTxt(config, clock.now()))
      case 'chunks':
        return this.#chunks(context)
      case 'tunnelHealth':
        return json(context, 200, metrics.health())
      case 'tunnelStatus':
        return owners.status(context)
      case 'tunnelUserHealth':
        return owners.health(context)
      case 'tunnelMetrics':
        return owners.figures(context)
      case 'devices':
        return owners.devices(context)
      case 'device':
        return json(context, 200, await devices.revoke(context))
      default:
        return assertNever(name)
    }
  }

  /** A browser gets the chat page; with a key in the path, by way of the fragment, which no server sees. */
  async #root(context: OwnContext): Promise<void> {
    const { request, response, credential } = context
    if (context.userId !== undefined || !acceptsHtml(request)) return root(context)
    if (!this.#options.page?.hasPage)
      return root(
        context,
        credential.kind === 'key' ? await this.#options.owners.keyState(context) : undefined,
      )
    const [, key] = /^\/k\/([\w-]+)\/?$/.exec(request.url ?? '') ?? []
    if (key === undefined) return this.#page(context, 'index.html')
    const location = `${request.url?.endsWith('/') ? '../../' : '../'}#k=${key}`
    const fields = ['location', location, 'cache-control', 'no-store', 'referrer-policy', 'no-referrer']
    response.writeHead(302, [...fields, 'content-length', '0', ...ownFields(context)])
    response.end()
  }

  #page(context: OwnContext, name: string): void {
    const { page } = this.#options
    if (page !== undefined) return page.respond(context, name)
    // Browsers that opened the page earlier ask for a new version of its service worker.
    if (name !== 'sw.js') throw new AppError('NOT_FOUND')
    script(context, REMOVING_WORKER)
  }

  /** Operator only: by token, or from this machine if enabled. */
  async #metrics(context: OwnContext): Promise<void> {
    const { request, response, pass, id } = context
    const { operatorToken, metricsOnLoopback } = this.#options.config
    const isLocal = metricsOnLoopback && pass === undefined && isFromThisMachine(request)
    if (!isLocal && !showsOperatorToken(request, operatorToken))
      throw new AppError(
        'UNAUTHORIZED',
        'Metrics are for the operator. Set OPERATOR_TOKEN at the relay, and send it as a bearer token.',
      )
    const { contentType, body } = await this.#options.metrics.exposition()
    response.writeHead(200, ['content-type', contentType, 'x-request-id', id])
    response.end(body)
  }

  /** Registers a device with a one-time code, or with a signed-in user's token. */
  async #pair(context: OwnContext): Promise<void> {
    const { request, credential, clientAddress } = context
    if (credential.kind === 'token') return this.#introduce(context)
    if (credential.kind !== 'none')
      throw new AppError('UNAUTHORIZED', 'The relay can only verify access tokens that are JWTs.')
    const { pairing, publicUrl, config, clock, audit } = this.#options
    if (!config.pairingEnabled)
      throw new AppError(
        'PAIRING_CODE_INVALID',
        'This relay does not support pairing codes. Sign in instead.',
      )
    // Forms of other sites can send other types without a preflight.
    if (!isJson(request))
      throw new AppError('MEDIA_NOT_SUPPORTED', 'Send the pairing code as application/json.')
    const timer = clock.after(config.headersTimeoutMs, () => request.destroy())
    const asked = await parsePairRequest(request).finally(() => timer.cancel())
    const { code, deviceName, deviceKey } = asked
    const paired = await pairing.redeem(code, deviceName, clientAddress, deviceKey)
    const { ownerId, deviceId } = paired
    audit.note('pairing', { ownerId, deviceId })
    json(context, 200, { ...paired, publicUrl: publicUrl() })
  }

  /** Returns the identity of a device's signed-in user. The device stores the token itself. */
  async #introduce(context: OwnContext): Promise<void> {
    const { authenticator, routingIds, publicUrl } = this.#options
    const { ownerId } = await authenticator.authenticate(context)
    json(context, 200, { ownerId, address: routingIds.routingIdFor(ownerId), publicUrl: publicUrl() })
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

  /** Sign-in parameters for desktops; tokens of additional issuers are accepted too. */
  #oidcOffer(): object | null {
    const { oidcIssuers, oidcClientId: clientId, oidcAudiences, oidcScopes: scopes } = this.#options.config
    const [issuer] = oidcIssuers
    if (issuer === undefined || clientId === undefined) return null
    return { issuer, clientId, audience: oidcAudiences[0], scopes }
  }

  #chunks(context: OwnContext): void {
    const { response } = context
    const type = ['content-type', 'application/x-ndjson']
    response.writeHead(200, [...ownFields(context), ...type, ...UNBUFFERED])
    const next = (index: number): void => {
      response.write(`${JSON.stringify({ chunk: index, of: CHUNKS })}\n`)
      if (index < CHUNKS) this.#options.clock.after(CHUNK_INTERVAL_MS, () => next(index + 1))
      else response.end()
    }
    next(1)
  }
}

const UNBUFFERED = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no']

function root(context: OwnContext, key?: KeyState): void {
  const { request, response } = context
  const { headers, body } = rootAnswerFor(request.headers.accept, key)
  response.writeHead(200, [...headers, ...ownFields(context)])
  response.end(body)
}

function acceptsHtml({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') ?? false
}

async function parsePairRequest(request: IncomingMessage): Promise<z.output<typeof PairRequest>> {
  // Destroying the request would destroy the socket and the response.
  const body = await readAll(request.iterator({ destroyOnReturn: false }), MAX_PAIR_BYTES)
  try {
    return PairRequest.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch (cause) {
    throw new AppError('BAD_REQUEST', 'The body must be JSON: {"code":"XXXX-XXXX","deviceName":"…"}', {
      cause,
    })
  }
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '')
}
