import { ERRORS, type ErrorCode } from '../../shared/errors.ts'

/** How a request ended, as far as figures need it. */
export interface RequestOutcome {
  /** `CANCELLED`: the client went away by itself. */
  readonly error: ErrorCode | 'CANCELLED' | undefined
  /** Of the request's body. */
  readonly bytesIn: number
  /** Of the response's body. */
  readonly bytesOut: number
  /** From the request to the device's word that it takes it on, where that came: a model's load is not in it. */
  readonly acceptMs: number | undefined
  /** From the request to the upstream's head, where there was one. */
  readonly headMs: number | undefined
}

export type Verdict = 'ok' | 'failed' | 'timeout' | 'cancelled'

/**
 * Whose fault counts: a client's mistake (4xx) is an answer like any other.
 * @param status what the client was told, if anything
 */
export function verdictFor(status: number | undefined, error: RequestOutcome['error']): Verdict {
  if (error === 'CANCELLED') return 'cancelled'
  if (error === 'ACK_TIMEOUT' || error === 'IDLE_TIMEOUT') return 'timeout'
  return ((error === undefined ? status : statusOf(error)) ?? 500) >= 500 ? 'failed' : 'ok'
}

function statusOf(code: ErrorCode): number {
  const entry = ERRORS[code]
  return 'status' in entry ? entry.status : 500
}
