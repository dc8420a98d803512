import { type Dialect, errorBody } from '../../shared/dialect.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/proxy-head.ts'

/** A whole answer. */
export interface ErrorResponse {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: Uint8Array
}

const encoder = new TextEncoder()

/** The answer to a request that failed before anything was sent. */
export function errorResponse(dialect: Dialect, error: AppError): ErrorResponse {
  const body = encoder.encode(errorBody(dialect, error))
  const status = error.entry.status ?? 500
  const headers = ['content-type', 'application/json; charset=utf-8', 'content-length', String(body.length)]
  headers.push('cache-control', 'no-store')
  if (status === 401) headers.push('www-authenticate', 'Bearer')
  if (error.retryAfterS !== undefined) headers.push('retry-after', String(error.retryAfterS))
  return { status, headers, body }
}

/** Reason phrases of what node's parser refuses. */
const REASONS = {
  HEADERS_TOO_LARGE: 'Request Header Fields Too Large',
  REQUEST_TIMEOUT: 'Request Timeout',
  BAD_REQUEST: 'Bad Request',
} as const satisfies Partial<Record<ErrorCode, string>>

/**
 * The bytes for a socket whose request could not even be parsed (`clientError`).
 * @param nodeCode `code` of node's error
 */
export function rawErrorResponse(nodeCode: string | undefined): string {
  const code = refusalFor(nodeCode)
  const { status, headers, body } = errorResponse('ollama', new AppError(code))
  let head = `HTTP/1.1 ${status} ${REASONS[code]}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${head}connection: close\r\n\r\n${new TextDecoder().decode(body)}`
}

function refusalFor(nodeCode: string | undefined): keyof typeof REASONS {
  switch (nodeCode) {
    case 'HPE_HEADER_OVERFLOW':
      return 'HEADERS_TOO_LARGE'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'REQUEST_TIMEOUT'
    default:
      return 'BAD_REQUEST'
  }
}
