import type { AppError } from './errors.ts'

/** How a client expects errors to look. */
export type Dialect = 'ollama' | 'openai' | 'anthropic'

/** The dialect of a request path (without `/k/<key>`): decided by prefix, so that unknown paths have one as well. */
export function dialectFor(path: string): Dialect {
  if (path.startsWith('/v1/messages')) return 'anthropic'
  return path === '/v1' || path.startsWith('/v1/') ? 'openai' : 'ollama'
}

/** The error as the JSON text that clients of this dialect read. */
export function errorBody(dialect: Dialect, error: AppError): string {
  switch (dialect) {
    case 'ollama':
      return JSON.stringify({ error: error.message })
    case 'openai':
      return JSON.stringify({ error: { message: error.message, type: openAiType(error), code: error.code } })
    case 'anthropic':
      return JSON.stringify({
        type: 'error',
        error: { type: anthropicType(error), message: error.message, code: error.code },
      })
  }
}

function openAiType(error: AppError): string {
  const status = error.entry.status ?? 500
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

function anthropicType(error: AppError): string {
  switch (error.entry.status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    default:
      return (error.entry.status ?? 500) < 500 ? 'invalid_request_error' : 'api_error'
  }
}
