import { BodyMemory, type BodyMemoryLimits } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { parseRequestHead, type Principal, type RequestHead } from '../../shared/proxy-head.ts'
import { isLocalPath } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { isForKept, keeperFor } from '../kept/keeper.ts'
import { KeptAnswers, type KeptLimits } from '../kept/kept-answers.ts'
import { KeptRoutes } from '../kept/kept-routes.ts'
import { LOCAL_GRANT, type Grant } from '../policy/grant.ts'
import type { Admission, RequestOrigin } from './admission.ts'
import type { ForwardPorts } from './forward-ports.ts'
import { ForwardedRequest } from './forwarded-request.ts'
import { HeldAccepts } from './held-accepts.ts'
import type { LocalRoutes } from './local-answer.ts'
import type { RequestEvent } from './request-event.ts'
import type { UpstreamTarget } from './upstream-request.ts'

export interface ForwarderOptions {
  /** The current upstream; `null` while none is known. */
  readonly upstream: () => UpstreamTarget | null
  /** The principal's grant; may throw an `AppError` to refuse this request. `undefined` for an unknown key. */
  readonly grantFor: (principal: Principal) => Grant | undefined
  /** Counts a request against this grant; rejects with an `AppError` at its limit. `undefined` if there is no limit. */
  readonly admit?: (grant: Grant) => Promise<void> | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Larger JSON bodies are refused, since they are buffered for authorization. 128 MiB by default. */
  readonly maxJsonBodyBytes?: number
  /** Memory limits for buffered bodies, per key and in total. 256 and 512 MiB by default. */
  readonly bodyMemory?: BodyMemoryLimits
  /** Limits of kept answers. By default 8 MiB each, 64 MiB in total, and ten minutes. */
  readonly keptLimits?: () => KeptLimits
  /** Parts of the bridge that respond to requests themselves. */
  readonly localRoutes?: readonly LocalRoutes[]
  readonly onRequest?: (event: RequestEvent) => void
}

const QUITTING = 'The app on the desktop is about to quit. Try again in a moment.'
const MIB = 1024 * 1024
const MAX_JSON_BODY_BYTES = 128 * MIB
const KEPT_LIMITS: KeptLimits = { maxAnswerBytes: 8 * MIB, maxTotalBytes: 64 * MIB, keepMs: 10 * 60_000 }
const BODY_MEMORY: BodyMemoryLimits = { maxOwnerBytes: 256 * MIB, maxTotalBytes: 512 * MIB }

/** Serves the streams that the relay opens, from the upstream and under the owner's policy. */
export class Forwarder {
  readonly #options: ForwarderOptions
  /** Running requests. */
  readonly #requests = new Set<ForwardedRequest>()
  /** Number of running requests by grant. */
  readonly #active = new Map<string, number>()
  readonly #memory: BodyMemory
  readonly #ports: ForwardPorts
  readonly #kept: KeptAnswers
  #isDraining = false

  constructor(options: ForwarderOptions) {
    this.#options = options
    this.#memory = new BodyMemory(options.bodyMemory ?? BODY_MEMORY)
    const { clock, logger, upstream, localRoutes = [] } = options
    this.#kept = new KeptAnswers({
      clock,
      limits: options.keptLimits ?? (() => KEPT_LIMITS),
      onKept: (requestId, until) => this.#ports.onRequest({ type: 'kept', requestId, until }),
    })
    this.#ports = {
      clock,
      logger,
      upstream,
      maxJsonBodyBytes: options.maxJsonBodyBytes ?? MAX_JSON_BODY_BYTES,
      memory: this.#memory,
      admit: options.admit ?? (() => undefined),
      onRequest: options.onRequest ?? (() => {}),
      heldAccepts: new HeldAccepts(clock),
      localRoutes: [new KeptRoutes(this.#kept, clock), ...localRoutes],
      onSettled: (request) => {
        this.#requests.delete(request)
        this.#count(request.admission, -1)
      },
    }
  }

  /** Number of running requests of clients, without those that the bridge serves itself. */
  get activeCount(): number {
    return this.#countOf(({ admission }) => admission.takesSlot)
  }

  /** Number of running requests of clients that the bridge serves itself. */
  get localCount(): number {
    return this.#countOf(({ admission }) => admission.origin === 'client' && !admission.takesSlot)
  }

  /** Number of running requests of clients that occupy a model. */
  get inferenceCount(): number {
    return this.#countOf(({ admission, isInference }) => admission.takesSlot && isInference)
  }

  /** Buffered body bytes. */
  get heldBytes(): number {
    return this.#memory.takenBytes
  }

  /** Aborts requests that are no longer allowed. Call it after keys were revoked or expired. */
  enforce(): void {
    for (const request of this.#requests)
      if (request.admission.origin !== 'local' && !this.#isKnown(request.head.principal))
        request.breakOff(new AppError('KEY_UNKNOWN'))
    this.#kept.enforce((principal) => this.#isKnown(principal))
  }

  /** Drops all kept answers, and stops those in progress. */
  dropKept(): void {
    this.#kept.clear()
  }

  /** Refuses new requests while running ones finish. */
  drain(isDraining: boolean): void {
    this.#isDraining = isDraining
  }

  /** Takes over a stream that the peer opened with `openMessage`, in the tick in which it was opened. */
  accept(stream: TunnelStream, openMessage: Uint8Array, origin: RequestOrigin = 'client'): void {
    const head = parseHead(stream, openMessage)
    if (head === undefined) return
    const admission = this.#admissionOf(head, origin)
    this.#count(admission, 1)
    const keeper = keeperFor(this.#kept, stream, head, this.#ports.clock)
    const request = new ForwardedRequest(keeper?.stream ?? stream, head, admission, this.#ports, keeper)
    this.#requests.add(request)
    request.start()
  }

  #isKnown(principal: Principal): boolean {
    return this.#options.grantFor(principal) !== undefined
  }

  #admissionOf(head: RequestHead, origin: RequestOrigin): Admission {
    // Reading what is kept here must not take a place from the model, nor must a job.
    const kind = { origin, takesSlot: origin === 'client' && !isLocalPath(head.target) }
    try {
      const grant = origin === 'local' ? LOCAL_GRANT : this.#options.grantFor(head.principal)
      return { ...kind, grant, refusal: this.#refusalOf(grant, head, kind.takesSlot) }
    } catch (cause) {
      return { ...kind, grant: undefined, refusal: toAppError(cause) }
    }
  }

  #refusalOf(grant: Grant | undefined, head: RequestHead, takesSlot: boolean): AppError | undefined {
    if (grant === undefined) return new AppError('KEY_UNKNOWN')
    if (this.#isDraining) return new AppError('DRAINING', QUITTING)
    const isFull = takesSlot && (this.#active.get(grant.id) ?? 0) >= (grant.maxConcurrent ?? Infinity)
    // The answer that a client reconnects for may itself occupy the key's last slot.
    return isFull && !isForKept(this.#kept, grant, head) ? new AppError('TOO_MANY_STREAMS') : undefined
  }

  #countOf(isCounted: (request: ForwardedRequest) => boolean): number {
    let count = 0
    for (const request of this.#requests) if (isCounted(request)) count++
    return count
  }

  #count({ grant, takesSlot }: Admission, change: 1 | -1): void {
    if (grant === undefined || !takesSlot) return
    const count = (this.#active.get(grant.id) ?? 0) + change
    if (count > 0) this.#active.set(grant.id, count)
    else this.#active.delete(grant.id)
  }
}

function parseHead(stream: TunnelStream, openMessage: Uint8Array): RequestHead | undefined {
  try {
    return parseRequestHead(openMessage)
  } catch (cause) {
    stream.attach({ message() {}, data() {}, end() {}, reset() {}, drain() {} })
    stream.reset('FLOW_ERROR', toAppError(cause).message)
    return undefined
  }
}
