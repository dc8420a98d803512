import type { Clock } from '../../shared/clock.ts'
import type { JobHold } from './job-queue.ts'

/** Waits that an attempt has caused: of everything, or of one key. Times are in milliseconds. */
export class JobHolds {
  readonly #clock: Pick<Clock, 'now'>
  readonly #keys = new Map<string, number>()
  #until = 0
  #cause: JobHold | null = null

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Why everything waits; `null` also for a reason that is not the user's concern. */
  get cause(): JobHold | null {
    return this.leftMs > 0 ? this.#cause : null
  }

  /** How long everything waits from now; 0 if it does not. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#clock.now())
  }

  holdAll(cause: JobHold | null, ms: number): void {
    this.#until = this.#clock.now() + ms
    this.#cause = cause
  }

  holdKey(grantId: string, ms: number): void {
    this.#keys.set(grantId, this.#clock.now() + ms)
  }

  /** Ends the wait of everything. */
  release(): void {
    this.#until = 0
  }

  /** Until when a key waits; 0 if it does not. */
  keyUntil(grantId: string): number {
    const until = this.#keys.get(grantId) ?? 0
    if (until > this.#clock.now()) return until
    this.#keys.delete(grantId)
    return 0
  }
}
