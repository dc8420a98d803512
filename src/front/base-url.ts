import { matchRoute } from '../shared/routes.ts'

/** Clients join a base URL and a path: a slash or an API's prefix too many or too few is the base URL's. */
const API = /^\/(?:api|v1)(?=\/)/
const DOUBLED_START = /^\/\/(?!\/)/
const DOUBLED_SLASH = /^(\/(?:api|v1))\/\/(?!\/)/
const DOUBLED_PREFIX = /^\/(?:api|v1)(?=\/(?:api|v1)\/)/
/** Deeper than any base URL that somebody typed. */
const MAX_SEGMENTS = 8

/**
 * Mends what the base URL did to a path, where only one reading is left, and leaves everything else as it is: the result is judged
 * as strictly as any other path.
 * @param path raw, behind the key and the user, without the query
 */
export function repairedPath(method: string, path: string): string {
  const started = withoutDoubledStart(path)
  const single = started.replace(DOUBLED_SLASH, '$1/')
  return withPrefix(method, withoutLastSlash(method, withoutDoubledPrefix(method, single)))
}

/** The slash at the end of a base URL and that at the beginning of a path. */
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

/** Clients of OpenAI leave it to the base URL. */
function withPrefix(method: string, path: string): string {
  const longer = `/v1${path}`
  return !API.test(path) && isRoute(method, longer) ? longer : path
}

function isRoute(method: string, path: string): boolean {
  return matchRoute(method, path).kind !== 'unknown'
}

/** A base URL that leads nowhere: how it ends, and what should stand there instead. */
export interface WrongBase {
  readonly ends: string
  readonly instead: '/v1' | ''
}

/** @param path canonical; `undefined`: nothing known stands at its end */
export function wrongBaseOf(method: string, path: string): WrongBase | undefined {
  for (let at = 0, seen = 0; at >= 0 && seen < MAX_SEGMENTS; at = path.indexOf('/', at + 1), seen++) {
    const [base, rest] = [path.slice(0, at), path.slice(at)]
    if (at > 0 && isRoute(method, rest))
      return rest.startsWith('/v1/') ? { ends: `${base}/v1`, instead: '/v1' } : { ends: base, instead: '' }
    if (at > 0 && isRoute(method, `/v1${rest}`)) return { ends: base, instead: '/v1' }
  }
  return undefined
}
