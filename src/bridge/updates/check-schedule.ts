import type { Clock, Random, Timer } from '../../shared/clock.ts'
import { nextCheckDelayMs } from './update-policy.ts'

export interface CheckScheduleOptions {
  readonly clock: Clock
  readonly random: Random
  /** Whether automatic checks are enabled. */
  readonly isOn: () => boolean
  readonly look: () => void
}

/** Schedules automatic update checks. */
export class CheckSchedule {
  readonly #options: CheckScheduleOptions
  #timer: Timer | undefined
  #dueAt = 0

  constructor(options: CheckScheduleOptions) {
    this.#options = options
  }

  /** Schedules the next check, replacing the planned one. */
  plan(after: 'start' | 'check' | 'failure'): void {
    this.#planIn(nextCheckDelayMs(after, this.#options.random))
  }

  /** The machine woke up: timers stopped meanwhile, the wall clock did not. */
  resumed(): void {
    if (this.#timer === undefined) return
    const { clock, random } = this.#options
    const soonestMs = nextCheckDelayMs('start', random)
    const latestMs = nextCheckDelayMs('check', random)
    this.#planIn(Math.min(Math.max(this.#dueAt - clock.now(), soonestMs), latestMs))
  }

  /** `isOn` may have changed. */
  refresh(): void {
    if (!this.#options.isOn()) this.stop()
    else if (this.#timer === undefined) this.plan('start')
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #planIn(delayMs: number): void {
    const { clock, isOn, look } = this.#options
    this.stop()
    if (!isOn()) return
    this.#dueAt = clock.now() + delayMs
    this.#timer = clock.after(delayMs, () => {
      // Schedule the next check regardless of this one's result.
      this.plan('check')
      look()
    })
  }
}
