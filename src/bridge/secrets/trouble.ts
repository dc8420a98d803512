import { AppError } from '../../shared/errors.ts'

/**
 * Why the system's keychain does not serve.
 * - `missing`: there is none, or its service does not run
 * - `locked`: it is there, and refuses because it is locked
 * - `refused`: it is there, and refuses for another reason
 * - `tooLarge`: it takes short values, and not this one
 * - `silent`: it does not answer, perhaps because a password window is open
 * - `emptied`: it serves, but does not show what was stored in it: it was emptied or replaced
 */
export type KeychainTrouble = 'missing' | 'locked' | 'refused' | 'tooLarge' | 'silent' | 'emptied'

/** What is so, for people. */
export const TROUBLE_TEXTS: Readonly<Record<KeychainTrouble, string>> = {
  missing: 'There is no system keychain here now',
  locked: 'The system keychain is locked',
  refused: 'The system keychain does not work',
  tooLarge: 'The system keychain does not take a value of this size',
  silent: 'The system keychain does not answer',
  emptied: 'The system keychain no longer shows what this device kept in it: it was emptied or replaced',
}

const CURES: Readonly<Record<KeychainTrouble, string>> = {
  missing: 'Start or install one (on Linux GNOME Keyring, KWallet or KeePassXC)',
  locked: 'Unlock it',
  refused: 'Look at it in the system’s own program',
  tooLarge: 'Have the identity provider issue shorter tokens, or set CLOUDTOLOCALLLM_SECRETS=file',
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
