import { ERRORS, type ErrorCode } from '../../shared/errors.ts'

/** The result of a request, for metrics. */
export interface RequestOutcome {
  /** `CANCELLED`: the client disconnected. */
  readonly error: ErrorCode | 'CANCELLED' | undefined
  /** Size of the request body. */
  readonly bytesIn: number
  /** Size of the response body. */
  readonly bytesOut: number
  /** Time until the device accepted the request, if it did; excludes loading the model. */
  readonly acceptMs: number | undefined
  /** Time until the upstream's head, if there was one. */
  readonly headMs: number | undefined
  /** Time from its arrival to its end. */
  readonly totalMs: number
  /** Generated tokens, if the bridge reported them. */
  readonly tokens: number | undefined
}

export type Verdict = 'ok' | 'failed' | 'timeout' | 'cancelled'

/**
 * Attributes a failure: a client error (4xx) is a normal response.
 * @param status sent to the client, if any
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
