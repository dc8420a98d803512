import { CHECK_WORDS } from '../../../../bridge/doctor/check-words.ts'
import { appWordingOf } from '../../../../shared/words.ts'

/** The doctor's texts. */
export const CHECKS_EN = appWordingOf(CHECK_WORDS)
