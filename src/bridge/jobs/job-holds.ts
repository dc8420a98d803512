import type { Clock } from '../../shared/clock.ts'
import type { JobHold } from './job-queue.ts'

/** Pauses that a failed attempt causes, for all jobs or for those of one key. Times are in milliseconds. */
export class JobHolds {
  readonly #clock: Pick<Clock, 'now'>
  readonly #keys = new Map<string, number>()
  #until = 0
  #cause: JobHold | null = null

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Why all jobs wait; `null` if they do not, or for a reason that does not concern the user. */
  get cause(): JobHold | null {
    return this.leftMs > 0 ? this.#cause : null
  }

  /** How much longer all jobs wait; 0 if they do not. */
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

  /** Ends the pause of all jobs. */
  release(): void {
    this.#until = 0
  }

  /** When the pause of a key ends; 0 if there is none. */
  keyUntil(grantId: string): number {
    const until = this.#keys.get(grantId) ?? 0
    if (until > this.#clock.now()) return until
    this.#keys.delete(grantId)
    return 0
  }
}
