import type { Clock } from '../../shared/clock.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { ErrorKind } from '../../shared/error-entry.ts'
import type { Logger } from '../../shared/logger.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import { networkOf } from '../../front/client-address.ts'
import type { Refused } from '../../front/refusals.ts'
import type { JobChange } from './metrics.ts'
import { Repeats } from './repeats.ts'

/** Accepted and refused access. */
export type AuditEvent =
  | 'connect'
  | 'takeover'
  | 'disconnect'
  | 'pairing'
  | 'pairing-refused'
  | 'revocation'
  | 'auth-failure'
  | 'key-refused'
  | 'operator-refused'
  | 'job-watch'
  | `job-${JobChange}`
  | 'repeated'

const REFUSALS: Readonly<Partial<Record<ErrorCode, AuditEvent>>> = {
  UNAUTHORIZED: 'auth-failure',
  FORBIDDEN: 'auth-failure',
  CREDENTIAL_INVALID: 'auth-failure',
  CREDENTIAL_EXPIRED: 'auth-failure',
  PROOF_INVALID: 'auth-failure',
  DEVICE_REVOKED: 'auth-failure',
  TOKEN_EXPIRED: 'auth-failure',
  KEY_UNKNOWN: 'key-refused',
  PAIRING_CODE_INVALID: 'pairing-refused',
  PAIRING_LOCKED: 'pairing-refused',
}

/** Refused only to authenticated clients, so anonymous clients cannot fill a log with them. */
const OF_CLIENTS: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['network', 'upstream', 'internal'])

/**
 * The audit log. Lines name owners and devices by id. Only refusals contain the client's address, for blocking; no line
 * contains credentials, queries or content.
 */
export class Audit {
  readonly #logger: Logger
  readonly #repeats: Repeats

  constructor(logger: Logger, clock: Clock = systemClock) {
    this.#logger = logger
    this.#repeats = new Repeats(clock, ({ kind, source, count }) =>
      this.note('repeated', { code: kind, address: source ?? 'many', count }),
    )
  }

  note(event: AuditEvent, facts: object): void {
    this.#logger.info({ audit: true, event, ...facts }, 'audit')
  }

  /**
   * Records refused access, unless it reveals nothing about the client.
   * @returns whether other logs should have a line too: anonymous clients can cause any number of them
   */
  refused({ error: { code, entry }, path, clientAddress: address, requestId }: Refused): boolean {
    const event = path === '/metrics' ? 'operator-refused' : REFUSALS[code]
    if (event === undefined && OF_CLIENTS.has(entry.kind)) return true
    const isWorthALine = this.#repeats.admit(code, networkOf(address))
    if (isWorthALine && event !== undefined) this.note(event, { code, path, address, requestId })
    return isWorthALine
  }

  /** Writes the counted refusals. */
  close(): void {
    this.#repeats.flush()
  }
}
