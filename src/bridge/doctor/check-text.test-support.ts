import { wordsFor } from '../../shared/words.ts'
import type { CheckResult } from './check-result.ts'

/** A result with its texts as a terminal shows them. For tests only. */
export function inTerminal({ check, level, detail, fix }: CheckResult) {
  return { check, level, detail: wordsFor(detail, 'cli'), fix: fix && wordsFor(fix, 'cli') }
}
