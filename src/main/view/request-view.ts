import type { RequestActivity } from '../../bridge/activity/activity-log.ts'
import { errorWords } from '../../shared/errors.ts'
import { wordsFor } from '../../shared/words.ts'
import type { RequestView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

const MINUTE_MS = 60_000

/** Recent requests: running ones first, then finished ones, newest first. */
export function toRequestViews({
  activity,
  now,
}: Pick<AppState, 'activity' | 'now'>): readonly RequestView[] {
  return [...activity.active, ...activity.finished].map((request) => toRequestView(request, now))
}

function toRequestView(activity: RequestActivity, now: number): RequestView {
  return {
    id: activity.requestId,
    ...outcomeOf(activity),
    method: activity.method,
    path: activity.path,
    model: activity.model,
    key: activity.key,
    startedAt: activity.startedAt,
    durationMs: activity.durationMs,
    tokens: activity.tokens,
    tokensPerS: activity.tokensPerS,
    bytesIn: activity.bytesIn,
    bytesOut: activity.bytesOut,
    status: activity.status,
    kept: keptText(activity.keptUntil, now),
  }
}

function keptText(until: number | null, now: number): string | null {
  return until === null || until <= now ? null : `kept, ${Math.ceil((until - now) / MINUTE_MS)} min left`
}

function outcomeOf({ durationMs, error, status }: RequestActivity): Pick<RequestView, 'state' | 'error'> {
  if (durationMs === null) return { state: 'running', error: null }
  if (error === 'CANCELLED') return { state: 'cancelled', error: null }
  if (error !== null) return { state: 'failed', error: wordsFor(errorWords(error), 'app') }
  // The model server's own refusal, such as an unknown model.
  if (status !== null && status >= 400)
    return { state: 'failed', error: `The model server responded with status ${status}.` }
  return { state: 'done', error: null }
}
