import type { QuitAnswer } from './quit-plan.ts'
import type { ViewWords } from './words/view-words.ts'

export interface QuitQuestion {
  readonly message: string
  readonly detail: string
  /** The first button is the default. */
  readonly buttons: readonly { readonly label: string; readonly answer: QuitAnswer }[]
}

/** The question to ask before running requests are lost. */
export function quitQuestionFor({ t }: ViewWords, activeRequests: number): QuitQuestion {
  return {
    message: t('quit.question', { count: activeRequests }),
    detail: t('quit.detail'),
    buttons: [
      { label: t('quit.whenFinished'), answer: 'quitWhenFinished' },
      { label: t('quit.now'), answer: 'quitNow' },
      { label: t('quit.cancel'), answer: 'cancel' },
    ],
  }
}
