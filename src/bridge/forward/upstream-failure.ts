import { AppError } from '../../shared/errors.ts'

/** The model server broke off, or said what is no answer. */
export function failed(cause?: unknown): AppError {
  return new AppError('UPSTREAM_FAILED', undefined, { cause })
}

/** Nothing answers. @param name of the model server: clients are told which it is, not where */
export function unreachable(name = 'The model server', cause?: unknown): AppError {
  return new AppError('UPSTREAM_UNREACHABLE', `${name} on the desktop does not answer. Is it running?`, {
    cause,
  })
}

/** It has no API of Ollama's. @param name as for `unreachable` */
export function unsupported(name = 'The model server'): AppError {
  return new AppError('UPSTREAM_UNSUPPORTED', `${name} on the desktop speaks only the OpenAI API (/v1).`)
}

/** The API key of the model server is missing or wrong: nothing that a client can mend. @param name as for `unreachable` */
export function unauthorized(name = 'The model server'): AppError {
  return new AppError(
    'UPSTREAM_UNAUTHORIZED',
    `${name} on the desktop does not let the bridge in. Its owner can set its API key on the desktop.`,
  )
}

/** Tells a server that is not there from one that took the connection and broke it. @param name as for `unreachable` */
export function toUpstreamError(cause: Error, name?: string): AppError {
  const code = 'code' in cause ? String(cause.code) : ''
  const broke = code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')
  return broke ? failed(cause) : unreachable(name, cause)
}

/** Why, for the log. */
export function reasonOf({ message, cause }: AppError): string {
  return cause instanceof Error ? cause.message : message
}
