import { AppError } from '../../shared/errors.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** The model server closed the connection or sent an invalid response. */
export function failed(cause?: unknown): AppError {
  return new AppError('UPSTREAM_FAILED', undefined, { cause })
}

/** The model server does not respond. @param name shown to clients, instead of its address */
export function unreachable(name = 'The model server', cause?: unknown): AppError {
  return new AppError(
    'UPSTREAM_UNREACHABLE',
    `${name} on the desktop is not responding. Check that it is running.`,
    {
      cause,
    },
  )
}

/** The model server has no Ollama API. @param name as for `unreachable` */
export function unsupported(name = 'The model server'): AppError {
  return new AppError('UPSTREAM_UNSUPPORTED', `${name} on the desktop supports only the OpenAI API (/v1).`)
}

/** The model server's API key is missing or wrong, which a client cannot fix. @param name as for `unreachable` */
export function unauthorized(name = 'The model server'): AppError {
  return new AppError(
    'UPSTREAM_UNAUTHORIZED',
    `${name} on the desktop rejects the bridge’s requests. Its owner can set its API key on the desktop.`,
  )
}

/** Distinguishes a server that is not running from one that broke the connection. @param name as for `unreachable` */
export function toUpstreamError(cause: Error, name?: string): AppError {
  const code = systemErrorCode(cause) ?? ''
  const broke = code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('HPE_')
  return broke ? failed(cause) : unreachable(name, cause)
}

/** The reason, for the log. */
export function reasonOf({ message, cause }: AppError): string {
  return cause instanceof Error ? cause.message : message
}
