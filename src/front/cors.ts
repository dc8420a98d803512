import { headerOf, type RawHeaders } from '../shared/headers.ts'

/**
 * The relay answers CORS itself: Ollama knows only local origins and a fixed list of headers. No cookie takes part, so
 * letting every origin in gives nobody more than a key would.
 */

const EXPOSED = 'x-request-id, retry-after, x-queue-position, x-queue-length, x-devices'
const MAX_AGE_S = '86400'

/** What every answer carries, refusals too: without it browsers hide the 401. */
export function corsHeaders(origin: string | undefined, allowed: readonly string[]): RawHeaders {
  return isAllowed(origin, allowed)
    ? ['vary', 'Origin', 'access-control-allow-origin', origin, 'access-control-expose-headers', EXPOSED]
    : ['vary', 'Origin']
}

/** What a preflight is answered with: 204, no body, no credential asked for. */
export function preflightHeaders(request: RawHeaders, allowed: readonly string[]): RawHeaders {
  const origin = headerOf(request, 'origin')
  const vary = ['vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers']
  if (!isAllowed(origin, allowed)) return vary
  const headers = [...vary, 'access-control-allow-origin', origin, 'access-control-max-age', MAX_AGE_S]
  const method = headerOf(request, 'access-control-request-method')
  if (method !== undefined) headers.push('access-control-allow-methods', method)
  const names = headerOf(request, 'access-control-request-headers')
  if (names !== undefined) headers.push('access-control-allow-headers', names)
  if (headerOf(request, 'access-control-request-private-network') === 'true')
    headers.push('access-control-allow-private-network', 'true')
  return headers
}

function isAllowed(origin: string | undefined, allowed: readonly string[]): origin is string {
  return origin !== undefined && (allowed.includes('*') || allowed.includes(origin))
}
