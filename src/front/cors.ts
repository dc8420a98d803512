import { DESKTOP_ERROR_FIELD, RELAY_ERROR_FIELD } from '../shared/error-fields.ts'
import { headerOf, type RawHeaders } from '../shared/headers.ts'

/**
 * The relay answers CORS itself: Ollama allows only local origins and a fixed list of headers. Cookies are not used, so
 * allowing every origin grants nothing beyond a key.
 */

const EXPOSED = [
  'etag',
  'x-request-id',
  'retry-after',
  'x-queue-position',
  'x-queue-length',
  'x-devices',
  'x-job-stale-seconds',
  RELAY_ERROR_FIELD,
  DESKTOP_ERROR_FIELD,
].join(', ')
const MAX_AGE_S = '86400'

/** Added to every response including refusals: without them browsers hide the 401. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): RawHeaders {
  return isAllowedOrigin(origin, allowed)
    ? ['vary', 'Origin', 'access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED]
    : ['vary', 'Origin']
}

/** Headers of a preflight response: 204, no body, no credential required. */
export function preflightHeaders(request: RawHeaders, allowed: readonly string[]): RawHeaders {
  const origin = headerOf(request, 'origin')
  const vary = ['vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers']
  if (!isAllowedOrigin(origin, allowed)) return vary
  const headers = [...vary, 'access-control-allow-origin', origin, 'access-control-max-age', MAX_AGE_S]
  const method = headerOf(request, 'access-control-request-method')
  if (method !== undefined) headers.push('access-control-allow-methods', method)
  const names = headerOf(request, 'access-control-request-headers')
  if (names !== undefined) headers.push('access-control-allow-headers', names)
  if (headerOf(request, 'access-control-request-private-network') === 'true')
    headers.push('access-control-allow-private-network', 'true')
  return headers
}

/** Whether pages of this origin may read responses. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): origin is string {
  return origin !== undefined && (allowed.includes('*') || allowed.includes(origin))
}
