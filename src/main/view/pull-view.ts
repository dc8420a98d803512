import type { PullView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { wordsOf } from './words/view-words.ts'

/** The download of a model; `null` if there is none. */
export function toPullView(state: Pick<AppState, 'pull' | 'locale'>): PullView | null {
  const { pull } = state
  if (pull === null) return null
  const words = wordsOf(state)
  const { kind, model } = pull
  switch (pull.kind) {
    case 'done':
      return { kind, model, text: words.t('pull.done', { model }), percent: null }
    case 'failed':
      return { kind, model, text: pull.reason, percent: null }
    case 'running': {
      const { doneBytes, totalBytes } = pull
      if (totalBytes === 0) return { kind, model, text: words.t('pull.running', { model }), percent: null }
      const [done, total] = [words.size(doneBytes), words.size(totalBytes)]
      const text = words.t('pull.progress', { model, done, total })
      return { kind, model, text, percent: Math.floor((100 * doneBytes) / totalBytes) }
    }
  }
}
