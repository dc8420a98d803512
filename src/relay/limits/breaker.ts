import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleType } from 'cockatiel'
import { AppError } from '../../shared/errors.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it stays open before one request is let through to try. */
  readonly pauseMs: number
}

/** What a request says about the model server. `unknown`: it was cancelled, or refused by the desktop itself. */
export type AttemptResult = 'works' | 'failed' | 'unknown'

/** To be told once; what comes later is passed over. */
export type Report = (finding: AttemptResult) => void

class UpstreamFailure extends Error {}
class NothingLearnt extends Error {}

/** Spares a model server that keeps failing, and its clients the wait. Of one tunnel. */
export class Breaker {
  readonly #policy
  readonly #retryAfterS: number

  constructor({ failures, pauseMs }: BreakerOptions) {
    this.#retryAfterS = Math.ceil(pauseMs / 1000)
    this.#policy = circuitBreaker(handleType(UpstreamFailure), {
      breaker: new ConsecutiveBreaker(failures),
      halfOpenAfter: pauseMs,
    })
  }

  get isOpen(): boolean {
    return this.#policy.state !== CircuitState.Closed
  }

  /** @returns what has to hear how it went. @throws AppError CIRCUIT_OPEN */
  async enter(): Promise<Report> {
    const { state } = this.#policy
    // The policy would let others wait for how the one that tries fares, be it for minutes.
    if (state === CircuitState.HalfOpen) throw this.#refusal()
    const isTrying = state === CircuitState.Open
    const { promise: finding, resolve: report } = Promise.withResolvers<AttemptResult>()
    const { promise: entered, resolve, reject } = Promise.withResolvers<Report>()
    this.#policy
      .execute(async () => {
        resolve(report)
        throwUnlessWorks(await finding, isTrying)
      })
      // Only before it was entered does anybody listen.
      .catch(() => reject(this.#refusal()))
    return entered
  }

  #refusal(): AppError {
    return new AppError('CIRCUIT_OPEN', undefined, { retryAfterS: this.#retryAfterS })
  }
}

/** A try that taught nothing leaves it open: somebody else tries after the next pause. */
function throwUnlessWorks(finding: AttemptResult, isTrying: boolean): void {
  if (finding === 'failed' || (finding === 'unknown' && isTrying)) throw new UpstreamFailure()
  if (finding === 'unknown') throw new NothingLearnt()
}

/** The breaker of each tunnel, as long as what its device announced last stands: news of the model server deserves a fresh look. */
export class Breakers {
  readonly #options: BreakerOptions
  readonly #kept = new WeakMap<object, { readonly announcement: object; readonly breaker: Breaker }>()

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  /** @throws AppError CIRCUIT_OPEN */
  enter(tunnel: Announced): Promise<Report> {
    return this.#breakerOf(tunnel).enter()
  }

  isOpen(tunnel: Announced): boolean {
    const kept = this.#kept.get(tunnel)
    return kept?.announcement === tunnel.announcement && kept.breaker.isOpen
  }

  #breakerOf(tunnel: Announced): Breaker {
    const { announcement } = tunnel
    const kept = this.#kept.get(tunnel)
    if (kept?.announcement === announcement) return kept.breaker
    const breaker = new Breaker(this.#options)
    this.#kept.set(tunnel, { announcement, breaker })
    return breaker
  }
}

/** As a tunnel: each announcement is another object, and each new carrier brings one. */
interface Announced {
  readonly announcement: object
}
