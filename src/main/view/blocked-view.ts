import { ERRORS, type ErrorCode } from '../../shared/errors.ts'
import type { ActionView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import { errorWords } from './error-words.ts'

/** Guidance for a tunnel that does not recover on its own. */
export interface BlockedWords {
  readonly title: string
  readonly detail: string
  /** The first one resolves the problem. */
  readonly actions: readonly ActionView[]
}

const AUTH_WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  CREDENTIAL_INVALID: 'The relay no longer accepts this device.',
  CREDENTIAL_EXPIRED: 'This device was not online for so long that its access has expired.',
  PROOF_INVALID: 'This device could not prove that its credential is its own.',
  AUDIENCE_UNCONFIRMED: 'Your sign-in is not meant for this relay.',
  DEVICE_REVOKED: 'This device was revoked.',
  NOT_PAIRED: 'This device does not belong to a relay yet.',
  SIGN_IN_EXPIRED: 'Your sign-in has ended.',
}

/** Texts and buttons for each error that a retry cannot resolve. */
export function blockedWordsFor(cause: ErrorCode): BlockedWords {
  const { kind, text } = ERRORS[cause]
  if (cause === 'REPLACED') return TAKEN_OVER
  if (cause === 'VERSION_UNSUPPORTED') return TOO_OLD
  if (kind === 'auth')
    return {
      title: 'Sign-in needed',
      detail: `${AUTH_WORDS[cause] ?? 'The relay does not accept this device.'} Sign in or pair again to go on.`,
      actions: [actionFor('signInAgain'), actionFor('reconnect')],
    }
  return {
    title: 'Stopped',
    detail: `The relay turned this device away: ${errorWords({ message: text })}`,
    actions: [actionFor('reconnect'), actionFor('openLogs')],
  }
}

const TAKEN_OVER: BlockedWords = {
  title: 'Taken over',
  detail:
    'Another app runs as this device and has taken the connection over. Quit the other one, then reconnect. If it is a copy of this installation, sign in again on one of the two.',
  actions: [actionFor('reconnect'), actionFor('signInAgain')],
}

const TOO_OLD: BlockedWords = {
  title: 'Update needed',
  detail:
    'This app and the relay have no version in common. Update the app; if it is the newest, ask whoever runs the relay to update that.',
  actions: [actionFor('checkForUpdates'), actionFor('reconnect')],
}
