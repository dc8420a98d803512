import type { Clock } from '../../shared/clock.ts'
import type { Verdict } from './request-outcome.ts'

/** The response of `GET /api/tunnel/health`. */
export interface TunnelHealth {
  readonly status: 'healthy' | 'degraded'
  readonly checks: {
    /** Informational: an unused relay is healthy. */
    readonly hasConnections: boolean
    readonly successRateOk: boolean
    readonly timeoutRateOk: boolean
    /** Time until a device accepts a request; loading and generation are not included. */
    readonly averageResponseTimeOk: boolean
    /** Whether some connected device has a model server. True if no device is connected. */
    readonly upstream: boolean
  }
}

interface Entry {
  readonly at: number
  readonly verdict: Verdict
  readonly acceptMs: number | undefined
}

const WINDOW_MS = 5 * 60 * 1000
const MAX_ENTRIES = 1000
const MIN_SUCCESS_RATE = 0.95
const MAX_TIMEOUT_RATE = 0.05
const MAX_AVERAGE_ACCEPT_MS = 2000

/** Results of the requests of the last five minutes, at most the latest thousand. */
export class HealthWindow {
  readonly #clock: Clock
  #entries: Entry[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A cancelled request says nothing about the relay. */
  note(verdict: Verdict, acceptMs: number | undefined): void {
    if (verdict === 'cancelled') return
    this.#entries.push({ at: this.#clock.monotonic(), verdict, acceptMs })
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift()
  }

  health(tunnelCount: number, upstream: boolean): TunnelHealth {
    const since = this.#clock.monotonic() - WINDOW_MS
    this.#entries = this.#entries.filter(({ at }) => at > since)
    const successRateOk = this.#rateOf('ok', 1) >= MIN_SUCCESS_RATE
    const timeoutRateOk = this.#rateOf('timeout', 0) <= MAX_TIMEOUT_RATE
    const averageResponseTimeOk = this.#averageAcceptMs() <= MAX_AVERAGE_ACCEPT_MS
    return {
      status: successRateOk && timeoutRateOk && averageResponseTimeOk && upstream ? 'healthy' : 'degraded',
      checks: {
        hasConnections: tunnelCount > 0,
        successRateOk,
        timeoutRateOk,
        averageResponseTimeOk,
        upstream,
      },
    }
  }

  #rateOf(verdict: Verdict, whenEmpty: number): number {
    if (this.#entries.length === 0) return whenEmpty
    return this.#entries.filter((entry) => entry.verdict === verdict).length / this.#entries.length
  }

  #averageAcceptMs(): number {
    const times = this.#entries.flatMap(({ acceptMs }) => acceptMs ?? [])
    return times.length === 0 ? 0 : times.reduce((sum, ms) => sum + ms, 0) / times.length
  }
}
