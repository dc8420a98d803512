import { matchRoute } from '../shared/routes.ts'

/** Clients join a base URL and a path, so an extra or missing slash or API prefix comes from the base URL. */
const API = /^\/(?:api|v1)(?=\/)/
const DOUBLED_START = /^\/\/(?!\/)/
const DOUBLED_SLASH = /^(\/(?:api|v1))\/\/(?!\/)/
const DOUBLED_PREFIX = /^\/(?:api|v1)(?=\/(?:api|v1)\/)/
/** Deeper than any realistic base URL. */
const MAX_SEGMENTS = 8

/**
 * Corrects a path built from a wrong base URL if the correction is unambiguous, and leaves everything else unchanged.
 * The result is checked as strictly as any other path.
 * @param path raw, after key and user, without the query
 */
export function repairedPath(method: string, path: string): string {
  const started = withoutDoubledStart(path)
  const single = started.replace(DOUBLED_SLASH, '$1/')
  return withPrefix(method, withoutLastSlash(method, withoutDoubledPrefix(method, single)))
}

/** Removes a doubled slash between base URL and path. */
export function withoutDoubledStart(path: string): string {
  return path.replace(DOUBLED_START, '/')
}

function withoutDoubledPrefix(method: string, path: string): string {
  if (!DOUBLED_PREFIX.test(path)) return path
  const shorter = path.replace(DOUBLED_PREFIX, '')
  return isRoute(method, shorter.replace(/\/$/, '')) ? shorter : path
}

function withoutLastSlash(method: string, path: string): string {
  const shorter = path.replace(/(?<=[^/])\/$/, '')
  return API.test(shorter) || isRoute(method, `/v1${shorter}`) ? shorter : path
}

/** OpenAI clients omit `/v1`, which they expect in the base URL. */
function withPrefix(method: string, path: string): string {
  const longer = `/v1${path}`
  return !API.test(path) && isRoute(method, longer) ? longer : path
}

function isRoute(method: string, path: string): boolean {
  return matchRoute(method, path).kind !== 'unknown'
}

/** A wrong base URL: its ending, and the correct one. */
export interface WrongBase {
  readonly ends: string
  readonly instead: '/v1' | ''
}

/** @param path canonical; `undefined` if it does not end in a known path */
export function wrongBaseOf(method: string, path: string): WrongBase | undefined {
  for (let at = 0, seen = 0; at >= 0 && seen < MAX_SEGMENTS; at = path.indexOf('/', at + 1), seen++) {
    const [base, rest] = [path.slice(0, at), path.slice(at)]
    if (at > 0 && isRoute(method, rest))
      return rest.startsWith('/v1/') ? { ends: `${base}/v1`, instead: '/v1' } : { ends: base, instead: '' }
    if (at > 0 && isRoute(method, `/v1${rest}`)) return { ends: base, instead: '/v1' }
  }
  return undefined
}
