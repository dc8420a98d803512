import type { AppError } from './errors.ts'

/** How a client expects errors to look. `responses` is OpenAI's, with error events of its own inside a stream. */
export type Dialect = 'ollama' | 'openai' | 'responses' | 'anthropic'

/** Paths that only one API has, with or without the `/v1` that people forget in a base URL or write twice. */
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
 * The dialect of whoever asks for this path (without `/k/<key>`, with or without a query), also where nothing is there: by the API that
 * the path belongs to, and where several could be meant, by what the client shows of itself.
 * @param headers names and values in turn
 */
export function dialectFor(path: string, headers: readonly string[] = []): Dialect {
  const [bare = ''] = path.split('?', 1)
  const only = OF_ONE_API.find(([pattern]) => pattern.test(bare))
  if (only !== undefined) return only[1]
  if (headers.some((name, i) => i % 2 === 0 && /^(?:anthropic-version|x-api-key)$/i.test(name)))
    return 'anthropic'
  return OF_OPENAI.test(bare) ? 'openai' : 'ollama'
}

/** The error as the JSON text that clients of this dialect read. */
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

/** The Ollama CLI shows nothing else of a 401 (api/types.go, AuthorizationError); of other errors it would show both. */
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
