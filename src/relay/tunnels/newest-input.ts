import type { Clock, Timer } from '../../shared/clock.ts'

export interface NewestInputOptions<T> {
  readonly clock: Clock
  /** Inputs handled immediately after a quiet period. */
  readonly burst: number
  /** Interval under constant input. */
  readonly everyMs: number
  readonly handle: (input: T) => void
  /** The peer sends far too many inputs. */
  readonly flooded: () => void
}

/** Skipped inputs between two that are handled. */
const MAX_PASSED_OVER = 1_000

/** Rate-limits inputs of which only the newest matters, since handling them is expensive. */
export class NewestInput<T> {
  readonly #options: NewestInputOptions<T>
  #left: number
  #countedAt: number
  #waiting: { readonly input: T; readonly timer: Timer } | undefined
  #passedOver = 0

  constructor(options: NewestInputOptions<T>) {
    this.#options = options
    this.#left = options.burst
    this.#countedAt = options.clock.monotonic()
  }

  push(input: T): void {
    const { clock, everyMs, flooded } = this.#options
    const timer = this.#waiting?.timer
    if (timer !== undefined) {
      this.#waiting = { input, timer }
      this.#passedOver += 1
      if (this.#passedOver > MAX_PASSED_OVER) flooded()
      return
    }
    if (this.#take()) return this.#options.handle(input)
    this.#waiting = { input, timer: clock.after(everyMs, () => this.#handleWaiting()) }
  }

  /** Drops the pending input. */
  stop(): void {
    this.#waiting?.timer.cancel()
    this.#waiting = undefined
    this.#passedOver = 0
  }

  #handleWaiting(): void {
    const waiting = this.#waiting
    this.stop()
    if (waiting === undefined) return
    this.#take()
    this.#options.handle(waiting.input)
  }

  /** Whether another input may be handled now. */
  #take(): boolean {
    const { clock, burst, everyMs } = this.#options
    const now = clock.monotonic()
    this.#left = Math.min(burst, this.#left + (now - this.#countedAt) / everyMs)
    this.#countedAt = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
