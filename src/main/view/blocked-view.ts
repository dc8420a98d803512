import { ERRORS, errorWords, type ErrorCode } from '../../shared/errors.ts'
import type { ActionView } from '../../shared/ipc/view.ts'
import { actionFor } from './action-view.ts'
import { wordsFor } from '../../shared/words.ts'

/** Text and actions for a blocked tunnel, which does not reconnect without the user. */
export interface BlockedWords {
  readonly title: string
  readonly detail: string
  /** The first action is the recommended one. */
  readonly actions: readonly ActionView[]
}

const AUTH_WORDS: Partial<Readonly<Record<ErrorCode, string>>> = {
  CREDENTIAL_INVALID: 'The relay no longer accepts this device.',
  CREDENTIAL_EXPIRED: 'This device was offline for so long that its access has expired.',
  PROOF_INVALID: 'This device could not prove that it owns its credential.',
  AUDIENCE_UNCONFIRMED: 'Your sign-in is not meant for this relay.',
  DEVICE_REVOKED: 'This device was revoked.',
  NOT_PAIRED: 'This device does not belong to a relay yet.',
  SIGN_IN_EXPIRED: 'Your sign-in has ended.',
}

/** Text and actions for errors that are not retried. */
export function blockedWordsFor(cause: ErrorCode): BlockedWords {
  const { kind } = ERRORS[cause]
  if (cause === 'REPLACED') return TAKEN_OVER
  if (cause === 'VERSION_UNSUPPORTED') return TOO_OLD
  if (cause === 'TOO_MANY_DEVICES') return LIMIT_REACHED
  if (kind === 'auth')
    return {
      title: 'Sign-in needed',
      detail: `${AUTH_WORDS[cause] ?? 'The relay does not accept this device.'} Sign in or pair again to continue.`,
      actions: [actionFor('signInAgain'), actionFor('reconnect')],
    }
  return {
    title: 'Stopped',
    detail: `The relay rejected this device: ${wordsFor(errorWords(cause), 'app')}`,
    actions: [actionFor('reconnect'), actionFor('openLogs')],
  }
}

const TAKEN_OVER: BlockedWords = {
  title: 'Taken over',
  detail:
    'Another app is running as this device and has taken over the connection. Quit the other app, then reconnect. If it is a copy of this installation, sign in again on one of them.',
  actions: [actionFor('reconnect'), actionFor('signInAgain')],
}

const TOO_OLD: BlockedWords = {
  title: 'Update needed',
  detail:
    'This app and the relay have no version in common. Update the app. If it is up to date, ask the relay’s operator to update the relay.',
  actions: [actionFor('checkForUpdates'), actionFor('reconnect')],
}

const LIMIT_REACHED: BlockedWords = {
  title: 'Device limit reached',
  detail: 'This relay accepts no more of your devices. Disconnect another device, then reconnect.',
  actions: [actionFor('reconnect'), actionFor('openLogs')],
}
