import type { Problem } from '../chat/chat-view.ts'
import type { ChatWords } from '../words/words.ts'

/** A problem as text: the cause, then the remedy if the reader can do something. */
export interface ProblemText {
  readonly title: string
  readonly note: string
}

/** The text of a problem. Messages of the relay, the desktop or the model server are unchanged. */
export function problemText(problem: Problem, t: ChatWords['t']): ProblemText {
  switch (problem.kind) {
    case 'told':
      return { title: problem.message, note: '' }
    case 'status':
      return { title: t('relayStatus', { status: String(problem.status) }), note: '' }
    case 'modelServerFailed':
    case 'answerBroken':
    case 'answerLost':
    case 'answerUnreadable':
      return { title: t(problem.kind), note: '' }
    case 'keyRefused':
    case 'modelNotAllowed':
    case 'permissionMissing':
    case 'messageTooLarge':
    case 'noModelServer':
    case 'modelServerNeedsKey':
    case 'storageFull':
    case 'storageFailed':
    case 'deleteFailed':
    case 'readFailed':
    case 'pageOutdated':
    case 'notAKey':
    case 'notAnExport':
    case 'newerExport':
    case 'importTooLarge':
    case 'exportFailed':
    case 'cannotManage':
    case 'resultTooLarge':
      return { title: t(problem.kind), note: t(`${problem.kind}Note`) }
  }
}
