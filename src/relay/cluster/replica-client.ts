import type { Agent } from 'node:https'
import type { OwnContext, RequestContext, UpstreamContext } from '../../front/request-context.ts'
import { type Clock, MAX_TIMER_MS } from '../../shared/clock.ts'
import type { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { RemoteDevices } from '../routing/remote-devices.ts'
import type {
  Handover,
  OwnerLocations,
  OwnerWatch,
  RemoteRelays,
  RemoteReplica,
  ReplicaAnswer,
} from '../routing/remote-relays.ts'
import type { Cluster } from './cluster.ts'
import { surveyDevices } from './device-survey.ts'
import { endToEnd } from './hop-fields.ts'
import { createHopAgent, Hop } from './hop.ts'
import type { HopPass, HopPasses, RequestLine } from './hop-pass.ts'
import { askReplica } from './hop-question.ts'

export interface ReplicaClientOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly cluster: Cluster
  readonly passes: HopPasses
  /** `SigningKey.hopTlsSecret` */
  readonly hopTlsSecret: Uint8Array
  readonly idleTimeoutMs: number
}

/** The other replicas as seen by a request: located in Redis and queried over HTTPS. */
export class ReplicaClient implements RemoteRelays {
  readonly #options: ReplicaClientOptions
  readonly #agent: Agent

  constructor(options: ReplicaClientOptions) {
    this.#options = options
    this.#agent = createHopAgent(options.hopTlsSecret)
  }

  isShared(routingId: string): boolean {
    return this.#options.cluster.isShared(routingId)
  }

  find(routingId: string): Promise<OwnerLocations> {
    return this.#options.cluster.find(routingId)
  }

  watch(routingId: string): OwnerWatch {
    return this.#options.cluster.watch(routingId)
  }

  survey(context: UpstreamContext, places: readonly RemoteReplica[]): Promise<RemoteDevices> {
    return surveyDevices(context, places, (question, url) => {
      const pass = this.#passFor(context, { isCounted: true }, question)
      return askReplica(question, { url, agent: this.#agent, pass })
    })
  }

  handOver(context: UpstreamContext, { url, chosen, isCounted }: Handover): Promise<AppError | undefined> {
    const { clock, logger, idleTimeoutMs } = this.#options
    // A client that has already sent part of the body does not wait for 100 Continue.
    const expectsContinue = context.expectsContinue && chosen?.held === undefined
    logger.info(
      { requestId: context.id, path: context.path, replica: url },
      'request forwarded to another relay',
    )
    return Hop.send(
      { ...context, expectsContinue },
      {
        clock,
        agent: this.#agent,
        url,
        pass: this.#passFor(context, { expectsContinue, isCounted }),
        chosen,
        idleTimeoutMs: idleLimitFor(idleTimeoutMs),
      },
    )
  }

  async ask(context: OwnContext, routingId: string): Promise<readonly ReplicaAnswer[]> {
    const { places } = await this.find(routingId)
    const { method = '', url: target = '', rawHeaders } = context.request
    const question = { method, target, headers: endToEnd(rawHeaders) }
    const pass = this.#passFor(context, { isCounted: false })
    const answers = places.map(({ url }) => askReplica(question, { url, agent: this.#agent, pass }))
    return (await Promise.all(answers)).filter((answer) => answer !== undefined)
  }

  close(): void {
    this.#agent.destroy()
  }

  #passFor(
    { request, id: requestId, clientAddress }: RequestContext,
    facts: Pick<HopPass, 'isCounted'> & { readonly expectsContinue?: boolean },
    { method, target }: RequestLine = { method: request.method ?? '', target: request.url ?? '' },
  ): string {
    const line = { method, target }
    return this.#options.passes.sign(line, { requestId, clientAddress, expectsContinue: false, ...facts })
  }
}

/** Between replicas an idle connection is kept slightly longer than a request may be idle. */
export function idleLimitFor(idleTimeoutMs: number): number {
  return Math.min(idleTimeoutMs + 30_000, MAX_TIMER_MS)
}
