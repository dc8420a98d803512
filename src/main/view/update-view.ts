import type { UpdateState } from '../../bridge/updates/update-manager.ts'
import type { UpdateView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import { textOf, wordsOf, type ViewWords } from './words/view-words.ts'

/** Status of updates in one sentence, with at most one button. */
export function toUpdateView(state: Pick<AppState, 'update' | 'version' | 'locale'>): UpdateView {
  const { update } = state
  const words = wordsOf(state)
  const version = 'version' in update ? update.version : null
  const percent = update.kind === 'downloading' ? update.percent : null
  return { kind: update.kind, version, percent, ...updateWordsOf(words, update, state.version) }
}

type UpdateWords = Pick<UpdateView, 'text' | 'action'>

function updateWordsOf(words: ViewWords, update: UpdateState, running: string): UpdateWords {
  const { t } = words
  switch (update.kind) {
    case 'unsupported':
      return { text: t('update.unsupported'), action: actionFor(words, 'openReleases') }
    case 'idle':
      return {
        text: update.checkedAt === null ? t('update.notChecked') : t('update.upToDate', { version: running }),
        action: actionFor(words, 'checkForUpdates'),
      }
    case 'checking':
      return { text: t('update.checking'), action: null }
    case 'available':
      return offerWords(words, update)
    case 'downloading':
      return { text: t('update.downloading', { version: update.version }), action: null }
    case 'ready':
      return readyWords(words, update)
    case 'installing':
      return { text: t('update.installing', { version: update.version }), action: null }
    case 'failed':
      return {
        text: t('update.failed', { reason: textOf(words, update.reason), version: running }),
        action: actionFor(words, 'checkForUpdates', t('action.tryAgain')),
      }
  }
}

function offerWords(words: ViewWords, update: Extract<UpdateState, { kind: 'available' }>): UpdateWords {
  const { version } = update
  if (update.how === 'download')
    return { text: words.t('update.available', { version }), action: actionFor(words, 'downloadUpdate') }
  const { command } = update
  const text =
    command === null
      ? words.t('update.packageManager', { version })
      : words.t('update.packageManager.command', { version, command })
  return { text, action: actionFor(words, 'openReleases') }
}

function readyWords(
  words: ViewWords,
  { version, waitingFor }: Extract<UpdateState, { kind: 'ready' }>,
): UpdateWords {
  const { t } = words
  const restart = actionFor(words, 'installUpdate')
  switch (waitingFor) {
    case 'streams':
      return { text: t('update.waitsForRequests', { version }), action: null }
    case 'quiet':
      return { text: t('update.waitsForQuiet', { version }), action: restart }
    case 'quit':
      return { text: t('update.waitsForQuit', { version }), action: restart }
    case null:
      return { text: t('update.ready', { version }), action: restart }
  }
}
