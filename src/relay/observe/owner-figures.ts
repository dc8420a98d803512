import type { RequestOutcome, Verdict } from './request-outcome.ts'

/** Metrics of one owner's tunnels since the relay started. */
export interface OwnerSnapshot {
  readonly requests: number
  readonly active: number
  readonly failed: number
  readonly timedOut: number
  readonly cancelled: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** `null` before the first response. */
  readonly averageHeadMs: number | null
}

/** Counts for one owner. */
export class OwnerFigures {
  readonly #counts = { ok: 0, failed: 0, timeout: 0, cancelled: 0 }
  #started = 0
  #finished = 0
  #bytesIn = 0
  #bytesOut = 0
  #heads = 0
  #headMs = 0

  start(): void {
    this.#started += 1
  }

  finish(verdict: Verdict, { bytesIn, bytesOut, headMs }: RequestOutcome): void {
    this.#finished += 1
    this.#counts[verdict] += 1
    this.#bytesIn += bytesIn
    this.#bytesOut += bytesOut
    if (headMs === undefined) return
    this.#heads += 1
    this.#headMs += headMs
  }

  /** Whether a request is running. */
  get isBusy(): boolean {
    return this.#started > this.#finished
  }

  snapshot(): OwnerSnapshot {
    return {
      requests: this.#started,
      active: this.#started - this.#finished,
      failed: this.#counts.failed,
      timedOut: this.#counts.timeout,
      cancelled: this.#counts.cancelled,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      averageHeadMs: this.#heads === 0 ? null : this.#headMs / this.#heads,
    }
  }
}
