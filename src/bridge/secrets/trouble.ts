import { AppError } from '../../shared/errors.ts'

/**
 * Why the system's keychain does not serve.
 * - `missing`: there is none, or its service does not run
 * - `locked`: it is there and stores nothing
 * - `silent`: it does not answer, perhaps because a password window is open
 * - `emptied`: it serves, but does not show what was stored in it: it was emptied or replaced
 */
export type KeychainTrouble = 'missing' | 'locked' | 'silent' | 'emptied'

/** What is so, for people. */
export const TROUBLE_TEXTS: Readonly<Record<KeychainTrouble, string>> = {
  missing: 'There is no system keychain here now',
  locked: 'The system keychain is locked',
  silent: 'The system keychain does not answer',
  emptied: 'The system keychain no longer shows what this device kept in it: it was emptied or replaced',
}

const CURES: Readonly<Record<KeychainTrouble, string>> = {
  missing: 'Start or install one (on Linux GNOME Keyring, KWallet or KeePassXC)',
  locked: 'Unlock it',
  silent: 'Look for its password window and unlock it',
  emptied: 'Bring the old one back',
}

/** The keychain cannot be used now. Opening the secrets again is the way to try again. */
export class SecretsUnavailable extends AppError {
  readonly trouble: KeychainTrouble

  /** @param why what the system said, without secrets. */
  constructor(trouble: KeychainTrouble, why: string, cause?: unknown) {
    super(
      'SECRETS_UNAVAILABLE',
      `${TROUBLE_TEXTS[trouble]} (${why}). ${CURES[trouble]} and try again; nothing that it holds was changed.`,
      { cause },
    )
    this.trouble = trouble
  }
}
