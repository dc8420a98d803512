import type { KeyDigest } from '../../shared/brands.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { RequestOutcome, Verdict } from './request-outcome.ts'

/** Totals of finished requests. */
export interface Totals {
  readonly requests: number
  /** Generated tokens that the desktop reported. */
  readonly tokens: number
  /** From the arrival of each request to its end. */
  readonly durationMs: number
}

/** Totals of one key. `key`: its digest. */
export interface KeyTotals extends Totals {
  readonly key: string
}

/** Adds up the requests of an owner or a key. */
export class Summation {
  #requests = 0
  #tokens = 0
  #durationMs = 0

  add({ tokens = 0, totalMs }: RequestOutcome): void {
    this.#requests += 1
    this.#tokens += tokens
    this.#durationMs += totalMs
  }

  read(): Totals {
    return { requests: this.#requests, tokens: this.#tokens, durationMs: Math.round(this.#durationMs) }
  }
}

/** Limit of keys with totals per owner; the least recently used ones are dropped. */
const MAX_KEYS = 256

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
  /** Generated tokens that the desktops reported. */
  readonly tokens: number
  /** Sum over finished requests, from the arrival of each to its end. */
  readonly durationMs: number
  readonly keys: readonly KeyTotals[]
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
  readonly #sum = new Summation()
  /** Least recently used first. */
  readonly #keys = new Map<KeyDigest, Summation>()
  /** The last one in that order. */
  #newest: KeyDigest | undefined

  /** The totals of a key that is used now. */
  key(digest: KeyDigest): Summation {
    const known = this.#keys.get(digest)
    // A map that is reordered at every request allocates its table again and again.
    if (known !== undefined && digest === this.#newest) return known
    this.#newest = digest
    const sum = known ?? new Summation()
    this.#keys.delete(digest)
    this.#keys.set(digest, sum)
    const [oldest] = this.#keys.keys()
    if (this.#keys.size > MAX_KEYS && oldest !== undefined) this.#keys.delete(oldest)
    return sum
  }

  start(): void {
    this.#started += 1
  }

  finish(verdict: Verdict, outcome: RequestOutcome): void {
    const { bytesIn, bytesOut, headMs } = outcome
    this.#sum.add(outcome)
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

  /** @param principal gets the totals of its own key only, if it is one */
  snapshot(principal: Principal): OwnerSnapshot {
    const { tokens, durationMs } = this.#sum.read()
    const keys = [...this.#keys]
      .filter(([digest]) => principal.kind === 'owner' || principal.digest === digest)
      .map(([key, sum]) => ({ key, ...sum.read() }))
    return {
      requests: this.#started,
      active: this.#started - this.#finished,
      failed: this.#counts.failed,
      timedOut: this.#counts.timeout,
      cancelled: this.#counts.cancelled,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      averageHeadMs: this.#heads === 0 ? null : this.#headMs / this.#heads,
      tokens,
      durationMs,
      keys,
    }
  }
}
