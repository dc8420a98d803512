import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'

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

/** The keychain cannot be used now. To retry, open the secrets again. */
export class SecretsUnavailable extends AppError {
  readonly trouble: KeychainTrouble

  /** @param why the system's error message, without secrets */
  constructor(trouble: KeychainTrouble, why: string, cause?: unknown) {
    const detail = {
      trouble: errorCase(`case.keychain.${trouble}`),
      reason: why,
      cure: errorCase(`case.keychain.cure.${trouble}`),
    }
    super('SECRETS_UNAVAILABLE', errorCase('case.keychain', detail), { cause })
    this.trouble = trouble
  }
}
