import type { ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'

/** Who was let in, and who was not. */
export type AuditEvent =
  | 'connect'
  | 'takeover'
  | 'disconnect'
  | 'pairing'
  | 'pairing-refused'
  | 'auth-failure'
  | 'key-refused'
  | 'operator-refused'

const REFUSALS: Readonly<Partial<Record<ErrorCode, AuditEvent>>> = {
  UNAUTHORIZED: 'auth-failure',
  FORBIDDEN: 'auth-failure',
  CREDENTIAL_INVALID: 'auth-failure',
  CREDENTIAL_EXPIRED: 'auth-failure',
  TOKEN_EXPIRED: 'auth-failure',
  KEY_UNKNOWN: 'key-refused',
  PAIRING_CODE_INVALID: 'pairing-refused',
  PAIRING_LOCKED: 'pairing-refused',
}

/**
 * What an operator may have to account for later. Lines name owners and devices by their ids. A client's address is in those of
 * refusals only, where it is what one blocks; credentials, queries and content are in none.
 */
export class Audit {
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  note(event: AuditEvent, facts: object): void {
    this.#logger.info({ audit: true, event, ...facts }, 'audit')
  }

  /** Somebody was turned away. Nothing is noted where that says nothing about who they are. */
  refused(code: ErrorCode, path: string, address: string): void {
    const event = path === '/metrics' ? 'operator-refused' : REFUSALS[code]
    if (event !== undefined) this.note(event, { code, path, address })
  }
}
