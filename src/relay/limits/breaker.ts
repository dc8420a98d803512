import type { AttemptResult, Report } from '../../front/client-exchange.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'

export interface BreakerOptions {
  readonly clock: Clock
  /** Consecutive failures that open it. */
  readonly failures: number
  /** Time until one probe request is let through. */
  readonly pauseMs: number
}

/** `trying`: a probe request is running and decides. */
type State =
  | { readonly kind: 'closed'; failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'trying' }

/** The circuit breaker of one tunnel, which spares a failing model server and its clients' time. */
export class Breaker {
  readonly #options: BreakerOptions
  #state: State = { kind: 'closed', failures: 0 }

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#state.kind !== 'closed'
  }

  /** @returns reports the request's result. @throws AppError CIRCUIT_OPEN */
  enter(): Report {
    const { clock, pauseMs } = this.#options
    if (this.#state.kind !== 'closed') {
      // Other requests do not wait for the probe: a model may load for minutes.
      if (this.#state.kind === 'trying' || clock.monotonic() < this.#state.untilMs)
        throw new AppError('CIRCUIT_OPEN', undefined, { retryAfterS: Math.ceil(pauseMs / 1000) })
      this.#state = { kind: 'trying' }
    }
    const entered = this.#state
    let isTold = false
    return (result) => {
      // A request that started before the breaker opened says nothing about the current state.
      if (isTold || this.#state !== entered) return
      isTold = true
      this.#note(entered, result)
    }
  }

  #note(entered: State, result: AttemptResult): void {
    if (entered.kind === 'trying') {
      // An inconclusive probe leaves it open: another request probes after the next pause.
      if (result === 'works') this.#state = { kind: 'closed', failures: 0 }
      else this.#open()
    } else if (entered.kind === 'closed' && result !== 'unknown') {
      entered.failures = result === 'works' ? 0 : entered.failures + 1
      if (entered.failures >= this.#options.failures) this.#open()
    }
  }

  #open(): void {
    const { clock, pauseMs } = this.#options
    this.#state = { kind: 'open', untilMs: clock.monotonic() + pauseMs }
  }
}

/**
 * The breakers by tunnel. An announcement of the device resets its breaker, since the model server may have changed.
 */
export class Breakers {
  readonly #options: BreakerOptions
  readonly #kept = new WeakMap<object, { readonly announcement: object; readonly breaker: Breaker }>()

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  /** @throws AppError CIRCUIT_OPEN */
  enter(tunnel: Announced): Report {
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

/** A tunnel: each announcement is a new object, and each new carrier brings one. */
interface Announced {
  readonly announcement: object
}
