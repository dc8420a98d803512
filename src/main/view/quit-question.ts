import { countOf } from './wording.ts'
import type { QuitAnswer } from './quit-plan.ts'

export interface QuitQuestion {
  readonly message: string
  readonly detail: string
  /** The first button is the default. */
  readonly buttons: readonly { readonly label: string; readonly answer: QuitAnswer }[]
}

/** The question to ask before running requests are lost. */
export function quitQuestionFor(activeRequests: number): QuitQuestion {
  const requests = countOf(activeRequests, 'request')
  return {
    message: `${requests} still running`,
    detail:
      'Quitting now interrupts them. CloudToLocalLLM can stop accepting new requests and quit when these have finished.',
    buttons: [
      { label: 'Quit when finished', answer: 'quitWhenFinished' },
      { label: 'Quit now', answer: 'quitNow' },
      { label: 'Cancel', answer: 'cancel' },
    ],
  }
}
