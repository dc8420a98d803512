import { STATUS_CODES } from 'node:http'
import { type Dialect, errorBody } from '../shared/dialect.ts'
import { RELAY_ERROR_FIELD } from '../shared/error-fields.ts'
import { AppError } from '../shared/errors.ts'
import { pairsOf, type RawHeaders } from '../shared/headers.ts'

/** A complete response. */
export interface ErrorResponse {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: Uint8Array
}

const encoder = new TextEncoder()

/** The response to a request that failed before anything was sent. */
export function errorResponse(dialect: Dialect, error: AppError): ErrorResponse {
  const body = encoder.encode(errorBody(dialect, error))
  const status = error.entry.status ?? 500
  const headers = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)]
  headers.push('cache-control', 'no-store', RELAY_ERROR_FIELD, error.code)
  if (status === 401) headers.push('www-authenticate', 'Bearer')
  if (error.retryAfterS !== undefined) headers.push('retry-after', String(error.retryAfterS))
  if (error.queue !== undefined)
    headers.push(
      'x-queue-position',
      String(error.queue.position),
      'x-queue-length',
      String(error.queue.length),
    )
  return { status, headers, body }
}

/** The same as bytes, for a socket without a response object. */
export function rawErrorResponse(error: AppError, requestId: string): string {
  const { status, headers, body } = errorResponse('ollama', error)
  const fields = [...headers, 'x-request-id', requestId, 'connection', 'close']
  const lines = pairsOf(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${new TextDecoder().decode(body)}`
}

/**
 * The error of a request that could not be parsed (`clientError`).
 * @param nodeCode Node's error code
 */
export function clientErrorFor(nodeCode: string | undefined): AppError {
  switch (nodeCode) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('HEADERS_TOO_LARGE')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('REQUEST_TIMEOUT')
    default:
      return new AppError('BAD_REQUEST')
  }
}
