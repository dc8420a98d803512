import { parseRelayUrl } from '../../bridge/dial/relay-address.ts'
import type { ActionView, ProblemView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState, BuiltInRelayState } from './app-state.ts'
import { isRelayLocal } from './relay-view.ts'
import { toUpdateView } from './update-view.ts'
import { hostOf } from './wording.ts'
import { textOf, wordsOf, type ViewWords } from './words/view-words.ts'

/** A problem that may need the user's attention, with its condition. */
interface Problem {
  readonly code: string
  readonly severity: ProblemView['severity']
  readonly isDismissible: boolean
  readonly title: (words: ViewWords, state: AppState) => string
  /** Description and fix; `null` if the problem does not exist or follows from a worse one. */
  readonly text: (words: ViewWords, state: AppState) => string | null
  readonly action: (words: ViewWords, state: AppState) => ActionView | null
}

const NO_ACTION = (): null => null
const changeBuiltIn: Problem['action'] = (words, { builtInRelay }) =>
  builtInRelay === null ? null : actionFor(words, 'signInAgain', words.t('action.changeRelay'))

/** Ordered by severity. */
const PROBLEMS: readonly Problem[] = [
  {
    code: 'keychainEmptied',
    severity: 'warning',
    isDismissible: false,
    title: ({ t }) => t('problem.keychainEmptied'),
    text: ({ t }, { secrets, account }) =>
      secrets.kind === 'keychain' && secrets.isEmptied && account === null
        ? t('problem.keychainEmptied.text')
        : null,
    action: NO_ACTION,
  },
  {
    code: 'secretsInMemory',
    severity: 'warning',
    isDismissible: false,
    title: ({ t }) => t('problem.secretsInMemory'),
    text: ({ t }, { secrets }) => (secrets.kind === 'memory' ? t('problem.secretsInMemory.text') : null),
    action: (words) => actionFor(words, 'keepSecretsInFile'),
  },
  {
    code: 'builtInRelayFailed',
    severity: 'warning',
    isDismissible: false,
    title: ({ t }) => t('problem.builtInRelayFailed'),
    text: ({ t }, { builtInRelay }) =>
      builtInRelay === null || builtInRelay.failure === null
        ? null
        : t(`problem.builtInRelayFailed.${builtInRelay.failure}`, { port: String(builtInRelay.port) }),
    action: (words, state) =>
      state.builtInRelay?.failure === 'stopped' ? actionFor(words, 'openLogs') : changeBuiltIn(words, state),
  },
  {
    code: 'relayNotEncrypted',
    severity: 'warning',
    isDismissible: true,
    title: ({ t }) => t('problem.relayNotEncrypted'),
    text: notEncryptedTextOf,
    action: changeBuiltIn,
  },
  {
    code: 'trayUnavailable',
    severity: 'warning',
    isDismissible: true,
    title: ({ t }) => t('problem.trayUnavailable'),
    text: ({ t }, { hasTray, settings }) =>
      hasTray || settings.trayStyle === 'hidden' ? null : t('problem.trayUnavailable.text'),
    action: NO_ACTION,
  },
  {
    code: 'networkNotAllowed',
    severity: 'info',
    isDismissible: false,
    title: ({ t }) => t('problem.networkNotAllowed'),
    text: ({ t }, state) => (isClosedBy('untrusted', state) ? t('problem.networkNotAllowed.text') : null),
    action: (words) => actionFor(words, 'allowNetwork'),
  },
  {
    code: 'networkMissing',
    severity: 'info',
    isDismissible: false,
    title: ({ t }) => t('problem.relayLocal'),
    text: ({ t }, state) => (isClosedBy('noNetwork', state) ? t('problem.networkMissing.text') : null),
    action: NO_ACTION,
  },
  {
    code: 'relayLocal',
    severity: 'info',
    isDismissible: true,
    title: ({ t }) => t('problem.relayLocal'),
    text: localTextOf,
    action: changeBuiltIn,
  },
  {
    code: 'updateWaiting',
    severity: 'info',
    isDismissible: false,
    title: ({ t }, { update }) =>
      t(update.kind === 'ready' ? 'problem.updateReady' : 'problem.updateAvailable'),
    text: (_, state) => (isUpdateWaiting(state) ? toUpdateView(state).text : null),
    action: (_, state) => toUpdateView(state).action,
  },
  {
    code: 'secretsInFile',
    severity: 'info',
    isDismissible: true,
    title: ({ t }) => t('problem.secretsInFile'),
    text: ({ t }, { secrets }) => (secrets.kind === 'file' ? t('problem.secretsInFile.text') : null),
    action: NO_ACTION,
  },
]

/** Problems that need the user's attention, besides those of the connection and the model server. Those that the user has hidden stay hidden. */
export function toProblemViews(state: AppState): readonly ProblemView[] {
  const words = wordsOf(state)
  const hidden = new Set(state.settings.dismissedProblems)
  const problems = PROBLEMS.flatMap(({ code, severity, isDismissible, title, text, action }) => {
    const described = isDismissible && hidden.has(code) ? null : text(words, state)
    if (described === null) return []
    const facts = { code, severity, isDismissible, text: described }
    return [{ ...facts, title: title(words, state), action: action(words, state) }]
  })
  return [...problems, ...noticesOf(words, state)]
}

/** Whether the window may hide it: for a notice until it is noted again. */
export function isDismissible(code: string): boolean {
  return PROBLEMS.some((problem) => problem.code === code && problem.isDismissible)
}

function noticesOf(words: ViewWords, { notices }: AppState): ProblemView[] {
  return notices.map(({ text }, i) => ({
    code: `notice${i}`,
    severity: 'warning',
    title: words.t('problem.notice'),
    text: textOf(words, text),
    action: null,
    isDismissible: true,
  }))
}

function isUpdateWaiting({ update }: AppState): boolean {
  // An automatic download is reported only once it is ready.
  return update.kind === 'available' || update.kind === 'ready'
}

function notEncryptedTextOf({ t }: ViewWords, { account, builtInRelay }: AppState): string | null {
  if (isRunning(builtInRelay) && builtInRelay.reach === 'network')
    return t('problem.relayNotEncrypted.builtIn')
  if (account === null || !isUnencrypted(account.relayUrl)) return null
  return t('problem.relayNotEncrypted.text', { relay: hostOf(account.relayUrl) })
}

function localTextOf({ t }: ViewWords, state: AppState): string | null {
  const { builtInRelay } = state
  if (!isRelayLocal(state)) return null
  if (builtInRelay === null) return t('problem.relayLocal.text')
  return isClosedBy(null, state) ? t('problem.relayLocal.builtIn') : null
}

function isClosedBy(cause: BuiltInRelayState['closed'], { builtInRelay }: AppState): boolean {
  return isRunning(builtInRelay) && builtInRelay.closed === cause
}

function isRunning(builtInRelay: BuiltInRelayState | null): builtInRelay is BuiltInRelayState {
  return builtInRelay?.failure === null && !builtInRelay.isStarting
}

function isUnencrypted(relayUrl: string): boolean {
  // The URL was accepted before, possibly as insecure.
  return parseRelayUrl(relayUrl, { CLOUDTOLOCALLLM_ALLOW_INSECURE: '1' }).warning !== null
}
