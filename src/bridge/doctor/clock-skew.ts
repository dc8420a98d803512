import { fail, ok, warn, type CheckResult } from './check-result.ts'
import type { Visit } from './relay-visit.ts'

const WARN_MS = 60_000
/** Credentials and certificates depend on the clock. */
const FAIL_MS = 5 * 60_000

const FIX = 'Correct the wrong clock, preferably by turning on automatic time.'

/**
 * How far this machine's clock is ahead of the relay's, in milliseconds; `null` if the relay's time is unknown.
 * @param relayTime reported by the relay in milliseconds; otherwise its Date header is used
 */
export function skewMs({ headers, answeredAt, rttMs }: Visit, relayTime: string | undefined): number | null {
  const theirs = Date.parse(relayTime ?? headers.date ?? '')
  return Number.isNaN(theirs) ? null : answeredAt - rttMs / 2 - theirs
}

export function assessClock(skew: number | null): CheckResult {
  if (skew === null) return ok('clock', 'The relay does not report its time.')
  const offMs = Math.abs(skew)
  if (offMs <= WARN_MS)
    return ok('clock', `The clocks of this machine and the relay agree (${inWords(offMs)} apart).`)
  const detail = `This machine’s clock is ${inWords(offMs)} ${skew > 0 ? 'ahead of' : 'behind'} the relay’s.`
  return offMs > FAIL_MS ? fail('clock', detail, FIX) : warn('clock', detail, FIX)
}

function inWords(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 120) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
