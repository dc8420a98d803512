import type { PullView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { wordsOf } from './words/view-words.ts'

/** The download of a model; `null` if there is none. */
export function toPullView(state: Pick<AppState, 'pull' | 'locale'>): PullView | null {
  const { pull } = state
  if (pull === null) return null
  const words = wordsOf(state)
  const model = pull.model ?? ''
  switch (pull.state) {
    case 'completed':
      return { kind: 'done', model, text: words.t('pull.done', { model }), percent: null }
    case 'failed':
    case 'expired':
      return { kind: 'failed', model, text: pull.error?.message ?? '', percent: null }
    case 'cancelled':
      return null
    case 'queued':
    case 'running': {
      const { completed_bytes: done = 0, total_bytes: total = 0 } = pull.progress ?? {}
      if (total === 0)
        return { kind: 'running', model, text: words.t('pull.running', { model }), percent: null }
      const sizes = { done: words.size(done), total: words.size(total) }
      const text = words.t('pull.progress', { model, ...sizes })
      return { kind: 'running', model, text, percent: Math.floor((100 * done) / total) }
    }
  }
}
