import { AppError } from '../../shared/errors.ts'

/**
 * Why the system's keychain is unavailable.
 * - `missing`: there is none, or its service is not running
 * - `locked`: it refuses because it is locked
 * - `refused`: it refuses for another reason
 * - `tooLarge`: it accepts short values, but not this one
 * - `silent`: it does not respond, perhaps because a password dialog is open
 * - `emptied`: it works, but stored entries are missing: it was cleared or replaced
 */
export type KeychainTrouble = 'missing' | 'locked' | 'refused' | 'tooLarge' | 'silent' | 'emptied'

/** Descriptions for display. */
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

/** The keychain is currently unavailable. Open the secrets again to retry. */
export class SecretsUnavailable extends AppError {
  readonly trouble: KeychainTrouble

  /** @param why the system's message, without secrets */
  constructor(trouble: KeychainTrouble, why: string, cause?: unknown) {
    super(
      'SECRETS_UNAVAILABLE',
      `${TROUBLE_TEXTS[trouble]} (${why}). ${CURES[trouble]} and try again; nothing that it holds was changed.`,
      { cause },
    )
    this.trouble = trouble
  }
}
