import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import type { CheckView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { textOf, wordsOf } from './words/view-words.ts'

/** A doctor result in the app's wording and language. */
export function toCheckView(
  state: Pick<AppState, 'locale'>,
  { check, level, detail, fix }: CheckResult,
): CheckView {
  const words = wordsOf(state)
  return { check, level, detail: textOf(words, detail), fix: fix && textOf(words, fix) }
}
