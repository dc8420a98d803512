import { AppError } from './errors.ts'
import { checkLength } from './text-limits.ts'

/** A request target with an unambiguous path. Percent-encoding is preserved. */
export interface RequestTarget {
  readonly path: string
  /** Includes the `?`; empty without a query. */
  readonly query: string
}

/** Prefix of paths that end in a model name, whose slashes may be percent-encoded. */
const MODEL_PREFIX = '/v1/models/'

/** Splits a request target at its query, without a check. */
export function splitTarget(target: string): RequestTarget {
  const at = target.indexOf('?')
  return at < 0 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at) }
}

/**
 * Splits a request target and refuses paths that proxies and servers could interpret differently. Relay and bridge both
 * check, so neither has to trust the other.
 * @throws AppError BAD_PATH, URI_TOO_LONG, TEXT_TOO_LONG if the model name in the path is too long
 */
export function parseTarget(target: string): RequestTarget {
  const { path, query } = splitTarget(target)
  checkLength('path', path)
  checkLength('query', query)
  if (!isPrintable(target) || !isPlain(path)) throw new AppError('BAD_PATH')
  const modelAt = path.indexOf(MODEL_PREFIX)
  if (modelAt >= 0) checkLength('model', decodeURIComponent(path.slice(modelAt + MODEL_PREFIX.length)))
  return { path, query }
}

/** ASCII without spaces, control characters and `#`: the characters a target may contain (RFC 9112, section 3.2). */
function isPrintable(target: string): boolean {
  return /^\/[!-~]*$/.test(target) && !target.includes('#')
}

/** Nothing to decode, and no segment that is empty or begins with a dot. Most paths are like this. */
const SIMPLE_PATH = /^(?:\/[\w:~-][\w.:~-]*)+$/

function isPlain(path: string): boolean {
  if (SIMPLE_PATH.test(path)) return true
  const nameAt = path.indexOf(MODEL_PREFIX)
  const fixed = nameAt < 0 ? path : path.slice(0, nameAt + MODEL_PREFIX.length)
  // An encoded percent sign would be decoded twice.
  if (/%2[ef]/i.test(fixed) || path.includes('%25')) return false
  const decoded = decode(path)
  return decoded !== undefined && !/[\\\p{Cc}]|\/\/|\/\.{1,2}(?:\/|$)/u.test(decoded)
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
