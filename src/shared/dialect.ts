import type { AppError } from './errors.ts'
import { splitTarget } from './request-path.ts'

/** The error format a client expects. `responses` is OpenAI's, with its own error events in a stream. */
export type Dialect = 'ollama' | 'openai' | 'responses' | 'anthropic'

/** Paths that only one API has, with or without `/v1`, which base URLs often omit or repeat. */
const OF_ONE_API: readonly (readonly [RegExp, Dialect])[] = [
  [/(?:^|\/v1)\/(?:messages|complete)(?:\/|$)/, 'anthropic'],
  [/(?:^|\/v1)\/responses(?:\/|$)/, 'responses'],
  [
    /(?:^|\/v1)\/(?:chat\/completions|completions|embeddings|audio|images|moderations|rerank(?:ing)?|batches|streams?)(?:\/|$)/,
    'openai',
  ],
  [/^\/api(?:\/(?!v1\/)|$)/, 'ollama'],
]
const OF_OPENAI = /\/v1(?:\/|$)|^\/models(?:\/|$)/

/**
 * The dialect of a client by its request path (without `/k/<key>`, with or without a query), even if the path does not
 * exist. Paths that several APIs share are decided by the request headers.
 * @param headers names and values in turn
 */
export function dialectFor(path: string, headers: readonly string[] = []): Dialect {
  const { path: bare } = splitTarget(path)
  const only = OF_ONE_API.find(([pattern]) => pattern.test(bare))
  if (only !== undefined) return only[1]
  if (headers.some((name, i) => i % 2 === 0 && /^(?:anthropic-version|x-api-key)$/i.test(name)))
    return 'anthropic'
  return OF_OPENAI.test(bare) ? 'openai' : 'ollama'
}

/** The error as JSON text in this dialect. */
export function errorBody(dialect: Dialect, error: AppError): string {
  switch (dialect) {
    case 'ollama':
      return JSON.stringify({ error: error.message, ...cliFields(error) })
    case 'openai':
    case 'responses':
      return JSON.stringify({ error: { message: error.message, type: openAiType(error), code: error.code } })
    case 'anthropic':
      return JSON.stringify({
        type: 'error',
        error: { type: anthropicType(error), message: error.message, code: error.code },
      })
  }
}

/**
 * The Ollama CLI prints only this field for a 401 (api/types.go, AuthorizationError); for other errors it would print
 * both.
 */
function cliFields(error: AppError): { readonly status?: string } {
  return error.entry.status === 401 ? { status: error.message } : {}
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
