import { UPDATE_FAILURES } from '../../../../bridge/updates/failure-text.ts'
import { ERROR_CASES } from '../../../../shared/error-cases.ts'
import { errorWords, type ErrorCode } from '../../../../shared/errors.ts'
import { appWordingOf, wordsFor } from '../../../../shared/words.ts'

/** Codes whose general text the window shows unchanged. */
const CODES = [
  'ALREADY_RUNNING',
  'AUDIENCE_UNCONFIRMED',
  'CONFIG_INVALID',
  'CREDENTIAL_EXPIRED',
  'CREDENTIAL_INVALID',
  'DEVICE_REVOKED',
  'DRAINING',
  'ISSUER_UNREACHABLE',
  'JOBS_UNAVAILABLE',
  'JOB_CANCELLED',
  'JOB_EXPIRED',
  'JOB_INTERRUPTED',
  'JOB_NOT_FINISHED',
  'JOB_NOT_FOUND',
  'NOT_PAIRED',
  'PROOF_INVALID',
  'SIGN_IN_EXPIRED',
  'TOO_MANY_CONNECTIONS',
  'TOO_MANY_DEVICES',
  'TOO_MANY_JOBS',
  'UPSTREAM_UNAUTHORIZED',
  'VERSION_UNSUPPORTED',
] as const satisfies readonly ErrorCode[]

type Key = `error.${(typeof CODES)[number]}`

/** Texts of errors, in general and about the specific case. */
export const ERRORS_EN = {
  ...appWordingOf(ERROR_CASES),
  ...appWordingOf(UPDATE_FAILURES),
  ...(Object.fromEntries(
    CODES.map((code) => [`error.${code}`, wordsFor(errorWords(code), 'app')]),
  ) as Readonly<Record<Key, string>>),
}
