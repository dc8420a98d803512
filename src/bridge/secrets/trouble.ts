import { AppError } from '../../shared/errors.ts'
import { wordsFor, type Place, type Words } from '../../shared/words.ts'

/**
 * Why the system keychain cannot be used.
 * - `missing`: there is none, or its service is not running
 * - `locked`: it is locked
 * - `refused`: it returns another error
 * - `tooLarge`: it accepts short values, but not this one
 * - `silent`: it does not respond, perhaps because a password prompt is open
 * - `emptied`: it works, but stored entries are missing: it was emptied or replaced
 */
export type KeychainTrouble = 'missing' | 'locked' | 'refused' | 'tooLarge' | 'silent' | 'emptied'

/** Description of the problem, without a full stop. */
export const TROUBLE_TEXTS: Readonly<Record<KeychainTrouble, string>> = {
  missing: 'No system keychain is available',
  locked: 'The system keychain is locked',
  refused: 'The system keychain does not work',
  tooLarge: 'The system keychain does not accept a value of this size',
  silent: 'The system keychain does not respond',
  emptied: 'The system keychain no longer contains this device’s secrets: it was emptied or replaced',
}

const CURES: Readonly<Record<KeychainTrouble, Words>> = {
  missing: 'Start or install one (on Linux GNOME Keyring, KWallet or KeePassXC)',
  locked: 'Unlock it',
  refused: 'Check it in the system’s keychain app',
  tooLarge: {
    cli: 'Have the identity provider issue shorter tokens, or set CLOUDTOLOCALLLM_SECRETS=file',
    app: 'Have the identity provider issue shorter tokens',
  },
  silent: 'Find its password prompt and unlock it',
  emptied: 'Restore the previous keychain',
}

/** The keychain cannot be used now. To retry, open the secrets again. */
export class SecretsUnavailable extends AppError {
  readonly trouble: KeychainTrouble

  /** @param why the system's error message, without secrets */
  constructor(trouble: KeychainTrouble, why: string, cause?: unknown) {
    const cure = (place: Place): string =>
      `${wordsFor(CURES[trouble], place)} and try again; its contents were not changed.`
    const detail = {
      cli: `${TROUBLE_TEXTS[trouble]} (${why}). ${cure('cli')}`,
      app: `${TROUBLE_TEXTS[trouble]}. ${cure('app')}`,
    }
    super('SECRETS_UNAVAILABLE', detail, { cause })
    this.trouble = trouble
  }
}
