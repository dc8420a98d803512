import type { Visit } from './relay-visit.ts'

/** An immediate response. For tests only. */
export function visitWith(facts: Partial<Visit>): Visit {
  return { status: 200, headers: {}, body: '', answeredAt: 0, rttMs: 0, lineTimesMs: [], ...facts }
}
