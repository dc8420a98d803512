import { AppError } from '../../shared/errors.ts'

/** The model server broke off, or said what is no answer. */
export function failed(cause?: unknown): AppError {
  return new AppError('UPSTREAM_FAILED', undefined, { cause })
}

/** Tells a server that is not there from one that took the connection and broke it. */
export function toUpstreamError(cause: Error): AppError {
  const code = 'code' in cause ? String(cause.code) : ''
  const broke = code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')
  return broke ? failed(cause) : new AppError('UPSTREAM_UNREACHABLE', undefined, { cause })
}

/** Why, for the log. */
export function reasonOf({ message, cause }: AppError): string {
  return cause instanceof Error ? cause.message : message
}
