import type { AttemptResult, Report } from '../../front/client-exchange.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'

export interface BreakerOptions {
  readonly clock: Clock
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it stays open before one request is let through to try. */
  readonly pauseMs: number
}

/** `trying`: one request was let through, and decides. */
type State =
  | { readonly kind: 'closed'; failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'trying' }

/** Spares a model server that keeps failing, and its clients the wait. Of one tunnel. */
export class Breaker {
  readonly #options: BreakerOptions
  #state: State = { kind: 'closed', failures: 0 }

  constructor(options: BreakerOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#state.kind !== 'closed'
  }

  /** @returns what has to hear how it went. @throws AppError CIRCUIT_OPEN */
  enter(): Report {
    const { clock, pauseMs } = this.#options
    if (this.#state.kind !== 'closed') {
      // Others do not wait for how the one that tries fares: a model may load for minutes.
      if (this.#state.kind === 'trying' || clock.monotonic() < this.#state.untilMs)
        throw new AppError('CIRCUIT_OPEN', undefined, { retryAfterS: Math.ceil(pauseMs / 1000) })
      this.#state = { kind: 'trying' }
    }
    const entered = this.#state
    let isTold = false
    return (result) => {
      // A request that began before the breaker opened says nothing about the model server now.
      if (isTold || this.#state !== entered) return
      isTold = true
      this.#note(entered, result)
    }
  }

  #note(entered: State, result: AttemptResult): void {
    if (entered.kind === 'trying') {
      // An attempt that taught nothing leaves it open: another request tries after the next pause.
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

/** The breaker of each tunnel, as long as what its device announced last stands: news of the model server deserves a fresh look. */
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

/** As a tunnel: each announcement is another object, and each new carrier brings one. */
interface Announced {
  readonly announcement: object
}
