import type { Figure } from '../../shared/words.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import type { Visit } from './relay-visit.ts'

const WARN_MS = 60_000
/** Credentials and certificates depend on the clock. */
const FAIL_MS = 5 * 60_000

/**
 * How far this machine's clock is ahead of the relay's, in milliseconds; `null` if the relay's time is unknown.
 * @param relayTime reported by the relay in milliseconds; otherwise its Date header is used
 */
export function skewMs({ headers, answeredAt, rttMs }: Visit, relayTime: string | undefined): number | null {
  const theirs = Date.parse(relayTime ?? headers.date ?? '')
  return Number.isNaN(theirs) ? null : answeredAt - rttMs / 2 - theirs
}

export function assessClock(skew: number | null): CheckResult {
  if (skew === null) return ok('clock', checkWords('finding.clock.unknown'))
  const offMs = Math.abs(skew)
  const apart = amountOf(offMs)
  if (offMs <= WARN_MS) return ok('clock', checkWords('finding.clock.same', { apart }))
  const detail = checkWords(skew > 0 ? 'finding.clock.ahead' : 'finding.clock.behind', { apart })
  return (offMs > FAIL_MS ? fail : warn)('clock', detail, checkWords('fix.clock'))
}

function amountOf(ms: number): Figure {
  const seconds = ms / 1000
  if (seconds < 120) return { value: seconds, unit: 'second', digits: seconds < 10 ? 1 : 0 }
  return seconds < 7200
    ? { value: seconds / 60, unit: 'minute', digits: 0 }
    : { value: seconds / 3600, unit: 'hour', digits: 0 }
}
