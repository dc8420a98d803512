import type { IncomingMessage } from 'node:http'
import type { Agent } from 'node:https'
import { MAX_TIMER_MS, type Clock } from '../../shared/clock.ts'
import { AppError, toAppError, type ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { RelayConfig } from '../config.ts'
import type { ClientRequest } from '../../front/request-target.ts'
import type { Proxy, ProxyRequest, Survey } from '../http/proxy.ts'
import { requestIdFor } from '../../front/request-id.ts'
import { clientAddressOf } from '../../front/client-address.ts'
import type { DestinationElsewhere } from '../routing/router.ts'
import type { TunnelDirectory } from '../tunnels/directory.ts'
import type { Cluster } from './cluster.ts'
import { DeviceSurvey } from './device-survey.ts'
import { endToEnd } from './hop-fields.ts'
import { createHopAgent, Hop, MAYBE_ELSEWHERE } from './hop.ts'
import { type HopPass, type HopPasses, passOf, type RequestLine } from './hop-pass.ts'
import { askReplica, type ReplicaAnswer } from './hop-question.ts'
import type { RemoteReplica } from './device-registry.ts'

export interface ReplicaRouterOptions {
  readonly config: RelayConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly routingIds: RoutingIds
  readonly directory: TunnelDirectory
  readonly cluster: Cluster
  readonly passes: HopPasses
  /** `SigningKey.hopTlsSecret` */
  readonly hopTlsSecret: Uint8Array
  readonly proxy: Proxy
}

/** How long a request waits for a device that was asked to move, and for one that has just been lost. */
const MOVING_MS = 8_000
const LOST_MS = 800
const LOOK_MS = 100
const RETRY_S = 5
/** Waiting changes nothing about these. */
const FINAL = new Set<ErrorCode>(['KEY_UNKNOWN', 'DEVICE_UNKNOWN'])

/** Finds the replica that has the owner's device: this one if it can be, else another one, at one hop's distance. */
export class ReplicaRouter {
  readonly #options: ReplicaRouterOptions
  readonly #agent: Agent

  constructor(options: ReplicaRouterOptions) {
    this.#options = options
    this.#agent = createHopAgent(options.hopTlsSecret)
  }

  async handle(client: ProxyRequest): Promise<void> {
    const { proxy, config } = this.#options
    // Whoever sent it on has looked it up: it goes no further.
    if (passOf(client.request) !== undefined) return proxy.handle(client)
    const requestId = requestIdFor(client.request, config.trustedProxies)
    try {
      await this.#place(client, requestId)
    } catch (cause) {
      proxy.refuse(client, requestId, toAppError(cause))
    }
  }

  /**
   * What other replicas say to a question about the owner; those that do not know the credential say nothing.
   * @throws AppError as `Proxy.authenticate`
   */
  async ask(request: IncomingMessage, parsed: ClientRequest): Promise<readonly ReplicaAnswer[]> {
    if (passOf(request) !== undefined) return []
    const { cluster, config } = this.#options
    const requestId = requestIdFor(request, config.trustedProxies)
    const { places } = await cluster.find(await this.#routingIdFor(request, parsed))
    const { method = '', url: target = '', rawHeaders } = request
    const question = { method, target, headers: endToEnd(rawHeaders) }
    const pass = this.#passFor(request, { requestId })
    const answers = places.map(({ url }) => askReplica(question, { url, agent: this.#agent, pass }))
    return (await Promise.all(answers)).filter((answer) => answer !== undefined)
  }

  close(): void {
    this.#agent.destroy()
  }

  /** @throws AppError why nobody takes it */
  async #place(client: ProxyRequest, requestId: string): Promise<void> {
    const { cluster, clock } = this.#options
    const routingId = await this.#routingIdFor(client.request, client.parsed)
    const startedAt = clock.monotonic()
    let patienceMs = 0
    for (;;) {
      const refusals: AppError[] = []
      const isHere = this.#isHere(routingId)
      const isShared = isHere && cluster.isShared(routingId)
      if (isHere && !isShared && (await this.#isTakenHere(client, requestId, refusals))) return
      const { places, isMoving } = await cluster.find(routingId)
      if (isShared || places.length > 1) {
        const survey = places.length === 0 ? undefined : this.#surveyFor(client, requestId, places)
        if (await this.#isTakenHere(client, requestId, refusals, survey)) return
      } else if (await this.#isTakenThere(client, requestId, places, refusals)) return
      const refusal = clearestOf(refusals)
      // A device that was seen moving has arrived only once it answers.
      patienceMs = Math.max(patienceMs, isMoving ? MOVING_MS : 0, places.length > 0 ? LOST_MS : 0)
      const isFinal = FINAL.has(refusal.code) || client.request.readableDidRead
      if (isFinal || clock.monotonic() - startedAt >= patienceMs) throw refusal
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve))
    }
  }

  #isHere(routingId: string): boolean {
    const { directory } = this.#options
    const ownerId = directory.ownerAt(routingId)
    return ownerId !== undefined && directory.tunnelsOf(ownerId).some(({ isLeaving }) => !isLeaving)
  }

  /** @param refusals takes why not, where another replica may be the right one */
  async #isTakenHere(
    client: ProxyRequest,
    requestId: string,
    refusals: AppError[],
    survey?: Survey,
  ): Promise<boolean> {
    try {
      const chosen = await this.#options.proxy.forward(client, requestId, survey)
      if (chosen === undefined) return true
      const refusal = await this.#hop(client, requestId, chosen.device.url, chosen)
      if (refusal !== undefined) refusals.push(refusal)
      return refusal === undefined || client.response.destroyed
    } catch (cause) {
      const error = toAppError(cause)
      if (!MAYBE_ELSEWHERE.has(error.code)) throw error
      refusals.push(error)
      return false
    }
  }

  async #isTakenThere(
    client: ProxyRequest,
    requestId: string,
    places: readonly RemoteReplica[],
    refusals: AppError[],
  ): Promise<boolean> {
    for (const place of places) {
      // Nobody waits for it any more.
      if (client.response.destroyed) return true
      const refusal = await this.#hop(client, requestId, place.url)
      if (refusal === undefined) return true
      refusals.push(refusal)
    }
    return client.response.destroyed
  }

  /** Asked only once it is needed, and only once. */
  #surveyFor({ request, parsed }: ProxyRequest, requestId: string, places: readonly RemoteReplica[]): Survey {
    const survey = new DeviceSurvey({
      places,
      request,
      credential: parsed.credential,
      ask: (question, url) => {
        const pass = this.#passFor(request, { requestId, isCounted: true }, question)
        return askReplica(question, { url, agent: this.#agent, pass })
      },
    })
    return () => survey.result
  }

  #hop(
    client: ProxyRequest,
    requestId: string,
    url: string,
    chosen?: DestinationElsewhere,
  ): Promise<AppError | undefined> {
    const { config, clock, logger, proxy } = this.#options
    const { request, parsed } = client
    // Whoever has sent something of the body waits for nothing.
    const expectsContinue = client.expectsContinue && chosen?.held === undefined
    logger.info({ requestId, path: parsed.path, replica: url }, 'request passed on')
    const pass = this.#passFor(request, { requestId, expectsContinue, isCounted: chosen !== undefined })
    return Hop.send(
      { ...client, expectsContinue },
      {
        clock,
        agent: this.#agent,
        url,
        pass,
        chosen,
        idleTimeoutMs: idleLimitFor(config),
        onFailed: (error) => proxy.refuse(client, requestId, error),
      },
    )
  }

  #passFor(
    request: IncomingMessage,
    facts: Pick<HopPass, 'requestId' | 'isCounted'> & { readonly expectsContinue?: boolean },
    { method, target }: RequestLine = { method: request.method ?? '', target: request.url ?? '' },
  ): string {
    const { config, passes } = this.#options
    const clientAddress = clientAddressOf(request, config.trustedProxies)
    return passes.sign({ method, target }, { clientAddress, expectsContinue: false, ...facts })
  }

  /** By which the owner is looked up. @throws AppError as `Proxy.authenticate` */
  async #routingIdFor(request: IncomingMessage, { credential, userId }: ClientRequest): Promise<string> {
    const { routingIds, proxy } = this.#options
    // Nonsense must not cost the others anything.
    if (credential.kind === 'key' && routingIds.isIssued(credential.routingId)) return credential.routingId
    return routingIds.routingIdFor((await proxy.authenticate(request, credential, userId)).ownerId)
  }
}

/** Between two replicas a silent connection is kept a little longer than the request may be silent. */
export function idleLimitFor({ idleTimeoutMs }: Pick<RelayConfig, 'idleTimeoutMs'>): number {
  return Math.min(idleTimeoutMs + 30_000, MAX_TIMER_MS)
}

/** That a key is unknown is certain only where every device could be asked. */
function clearestOf(refusals: readonly AppError[]): AppError {
  const unclear = refusals.find(({ code }) => code !== 'KEY_UNKNOWN')
  return unclear ?? refusals[0] ?? new AppError('OFFLINE', undefined, { retryAfterS: RETRY_S })
}
