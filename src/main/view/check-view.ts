import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import type { CheckView } from '../../shared/ipc/view.ts'
import { wordsFor } from '../../shared/words.ts'

/** A doctor result in the app's wording. */
export function toCheckView({ check, level, detail, fix }: CheckResult): CheckView {
  return { check, level, detail: wordsFor(detail, 'app'), fix: fix && wordsFor(fix, 'app') }
}
