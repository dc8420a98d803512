import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import type { ActionView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import type { AppState } from './app-state.ts'
import type { ViewCatalogue } from './words/en.ts'
import { errorTextOf, type ViewWords } from './words/view-words.ts'

/** Text and actions for a blocked tunnel, which does not reconnect without the user. */
export interface BlockedWords {
  readonly title: string
  readonly detail: string
  /** The first action is the recommended one. */
  readonly actions: readonly ActionView[]
}

const AUTH_WORDS: Partial<
  Readonly<Record<ErrorCode, Extract<keyof ViewCatalogue, `blocked.${Uppercase<string>}`>>>
> = {
  CREDENTIAL_INVALID: 'blocked.CREDENTIAL_INVALID',
  CREDENTIAL_EXPIRED: 'blocked.CREDENTIAL_EXPIRED',
  PROOF_INVALID: 'blocked.PROOF_INVALID',
  AUDIENCE_UNCONFIRMED: 'blocked.AUDIENCE_UNCONFIRMED',
  DEVICE_REVOKED: 'blocked.DEVICE_REVOKED',
  NOT_PAIRED: 'blocked.NOT_PAIRED',
  SIGN_IN_EXPIRED: 'blocked.SIGN_IN_EXPIRED',
}

/** Text and actions for errors that are not retried. */
export function blockedWordsFor(
  words: ViewWords,
  { builtInRelay }: AppState,
  cause: ErrorCode,
): BlockedWords {
  const { t } = words
  const reconnect = actionFor(words, 'reconnect')
  const signInAgain = actionFor(words, 'signInAgain')
  const openLogs = actionFor(words, 'openLogs')
  if (cause === 'REPLACED')
    return {
      title: t('blocked.replaced'),
      detail: t('blocked.replaced.detail'),
      actions: [reconnect, signInAgain],
    }
  if (cause === 'VERSION_UNSUPPORTED')
    return {
      title: t('blocked.tooOld'),
      detail: t('blocked.tooOld.detail'),
      actions: [actionFor(words, 'checkForUpdates'), reconnect],
    }
  if (cause === 'TOO_MANY_DEVICES')
    return { title: t('blocked.limit'), detail: t('blocked.limit.detail'), actions: [reconnect, openLogs] }
  if (ERRORS[cause].kind !== 'auth')
    return {
      title: t('blocked.stopped'),
      detail: t('blocked.stopped.detail', { reason: errorTextOf(words, cause) }),
      actions: [reconnect, openLogs],
    }
  if (builtInRelay !== null)
    return {
      title: t('blocked.stopped'),
      detail: t('blocked.builtIn'),
      actions: [actionFor(words, 'signInAgain', t('action.setUpAgain')), reconnect],
    }
  const reason = t(AUTH_WORDS[cause] ?? 'blocked.signIn.any')
  return {
    title: t('blocked.signIn'),
    detail: t('blocked.signIn.again', { reason }),
    actions: [signInAgain, reconnect],
  }
}
