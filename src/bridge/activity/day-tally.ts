import type { Clock } from '../../shared/clock.ts'

const HOUR_MS = 3_600_000
const HOURS = 24

/** Requests and tokens of one hour. */
export interface HourTally {
  readonly requests: number
  readonly tokens: number
}

const NOTHING: HourTally = { requests: 0, tokens: 0 }

/** Counts of the last 24 hours, in memory only. */
export class DayTally {
  readonly #clock: Clock
  /** By hour since the epoch. */
  readonly #hours = new Map<number, HourTally>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts a finished request. @param tokens `null` if they are unknown */
  add(tokens: number | null): void {
    const now = this.#hour()
    const before = this.#hours.get(now) ?? NOTHING
    this.#hours.set(now, { requests: before.requests + 1, tokens: before.tokens + (tokens ?? 0) })
    for (const hour of this.#hours.keys()) if (hour <= now - HOURS) this.#hours.delete(hour)
  }

  /** One tally for each of the last 24 hours, the current hour last. */
  read(): readonly HourTally[] {
    const now = this.#hour()
    return Array.from({ length: HOURS }, (_, i) => this.#hours.get(now - HOURS + 1 + i) ?? NOTHING)
  }

  #hour(): number {
    return Math.floor(this.#clock.now() / HOUR_MS)
  }
}
