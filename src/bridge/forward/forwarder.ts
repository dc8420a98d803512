import { BodyMemory, type BodyMemoryLimits } from '../../shared/body-memory.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { parseRequestHead, type Principal, type RequestHead } from '../../shared/proxy-head.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { isForKept, keeperFor } from '../kept/keeper.ts'
import { KeptAnswers, type KeptLimits } from '../kept/kept-answers.ts'
import type { Grant } from '../policy/grant.ts'
import type { Admission } from './admission.ts'
import { ForwardedRequest, type ForwardPorts } from './forwarded-request.ts'
import { HeldAccepts } from './held-accepts.ts'
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
  /** Number of running requests. */
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
    const { clock, logger, upstream } = options
    this.#ports = {
      clock,
      logger,
      upstream,
      maxJsonBodyBytes: options.maxJsonBodyBytes ?? MAX_JSON_BODY_BYTES,
      memory: this.#memory,
      admit: options.admit ?? (() => undefined),
      onRequest: options.onRequest ?? (() => {}),
      heldAccepts: new HeldAccepts(clock),
      onSettled: (request) => {
        this.#requests.delete(request)
        this.#count(request.grant, -1)
      },
    }
    this.#kept = new KeptAnswers({
      clock,
      limits: options.keptLimits ?? (() => KEPT_LIMITS),
      onKept: (requestId, until) => this.#ports.onRequest({ type: 'kept', requestId, until }),
    })
  }

  /** Number of running requests. */
  get activeCount(): number {
    return this.#requests.size
  }

  /** Buffered body bytes. */
  get heldBytes(): number {
    return this.#memory.takenBytes
  }

  /** Aborts requests that are no longer allowed. Call it after keys were revoked or expired. */
  enforce(): void {
    for (const request of this.#requests)
      if (!this.#isKnown(request.principal)) request.breakOff(new AppError('KEY_UNKNOWN'))
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
  accept(stream: TunnelStream, openMessage: Uint8Array): void {
    const head = parseHead(stream, openMessage)
    if (head === undefined) return
    const admission = this.#admissionOf(head)
    this.#count(admission.grant, 1)
    const keeper = keeperFor(this.#kept, stream, head, this.#ports.clock)
    const request = new ForwardedRequest(keeper?.stream ?? stream, head, admission, this.#ports, keeper)
    this.#requests.add(request)
    request.start()
  }

  #isKnown(principal: Principal): boolean {
    return this.#options.grantFor(principal) !== undefined
  }

  #admissionOf(head: RequestHead): Admission {
    try {
      const grant = this.#options.grantFor(head.principal)
      if (grant === undefined) return { grant, refusal: new AppError('KEY_UNKNOWN') }
      if (this.#isDraining) return { grant, refusal: new AppError('DRAINING', QUITTING) }
      const isFull = (this.#active.get(grant.id) ?? 0) >= (grant.maxConcurrent ?? Infinity)
      // The answer that a client reconnects for may itself occupy the key's last slot.
      if (isFull && isForKept(this.#kept, grant, head)) return { grant, refusal: undefined }
      return {
        grant,
        refusal: isFull ? new AppError('TOO_MANY_STREAMS') : undefined,
      }
    } catch (cause) {
      return { grant: undefined, refusal: toAppError(cause) }
    }
  }

  #count(grant: Grant | undefined, change: 1 | -1): void {
    if (grant === undefined) return
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
