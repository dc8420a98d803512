import type { RequestActivity } from '../../bridge/activity/activity-log.ts'
import type { RequestView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { requestNameOf } from './request-name.ts'
import { errorTextOf, wordsOf, type ViewWords } from './words/view-words.ts'

const MINUTE_MS = 60_000

type Source = Pick<AppState, 'activity' | 'now' | 'locale'>

/** Recent requests: running ones first, then finished ones, newest first. */
export function toRequestViews(state: Source): readonly RequestView[] {
  const { activity, now } = state
  const words = wordsOf(state)
  return [...activity.active, ...activity.finished].map((request) => toRequestView(words, request, now))
}

function toRequestView(words: ViewWords, activity: RequestActivity, now: number): RequestView {
  return {
    id: activity.requestId,
    ...outcomeOf(words, activity),
    method: activity.method,
    path: activity.path,
    name: requestNameOf(words, activity),
    model: activity.model,
    key: activity.key,
    startedAt: activity.startedAt,
    durationMs: activity.durationMs,
    tokens: activity.tokens,
    tokensPerS: speedOf(activity),
    bytesIn: activity.bytesIn,
    bytesOut: activity.bytesOut,
    status: activity.status,
    kept: keptText(words, activity.keptUntil, now),
  }
}

/** The server's own figure, or the mean over the whole request for an API that has none. */
function speedOf({ tokens, tokensPerS, durationMs }: RequestActivity): number | null {
  if (tokensPerS !== null || tokens === null || durationMs === null || durationMs === 0) return tokensPerS
  return (1_000 * tokens) / durationMs
}

function keptText({ t }: ViewWords, until: number | null, now: number): string | null {
  if (until === null || until <= now) return null
  return t('request.keptFor', { count: Math.ceil((until - now) / MINUTE_MS) })
}

function outcomeOf(
  words: ViewWords,
  { durationMs, error, status }: RequestActivity,
): Pick<RequestView, 'state' | 'error'> {
  if (durationMs === null) return { state: 'running', error: null }
  if (error === 'CANCELLED') return { state: 'cancelled', error: null }
  if (error !== null) return { state: 'failed', error: errorTextOf(words, error) }
  // The model server's own refusal, such as an unknown model.
  if (status !== null && status >= 400)
    return { state: 'failed', error: words.t('request.status', { status: String(status) }) }
  return { state: 'done', error: null }
}
