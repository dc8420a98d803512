import type { Job } from '../../shared/jobs.ts'
import type { PullView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { jobErrorTextOf } from './job-error.ts'
import { wordsOf, type ViewWords } from './words/view-words.ts'

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
      return { kind: 'failed', model, text: failureOf(words, pull), percent: null }
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

/** Ollama's message for a name that its library does not have. */
const UNKNOWN_MODEL = /\bpull model manifest: file does not exist\b/

function failureOf(words: ViewWords, { error, model }: Job): string {
  if (error === null) return ''
  return UNKNOWN_MODEL.test(error.message)
    ? words.t('pull.unknown', { model: model ?? '' })
    : jobErrorTextOf(words, error)
}
