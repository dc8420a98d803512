import { dialectFor, errorBody } from '../../shared/dialect.ts'
import type { AppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { matchRoute } from '../../shared/routes.ts'

/** An error as a complete response. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/**
 * The response that replaces the upstream's own.
 * @param path without the query
 * @param asked the request headers
 */
export function refusalFor(method: string, path: string, asked: RawHeaders, error: AppError): Refusal {
  const body = Buffer.from(errorBody(dialectFor(path, asked), error))
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
  if (error.retryAfterS !== undefined) headers.push('Retry-After', String(error.retryAfterS))
  const match = matchRoute(method, path)
  if (match.kind === 'wrongMethod') headers.push('Allow', match.allow.join(', '))
  return { status: error.entry.status ?? 500, headers, body }
}
