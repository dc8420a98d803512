import type { Visit } from './relay-visit.ts'

/** An answer that came at once. For tests only. */
export function visitWith(facts: Partial<Visit>): Visit {
  return { status: 200, headers: {}, body: '', answeredAt: 0, rttMs: 0, lineTimesMs: [], ...facts }
}
