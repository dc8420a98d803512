import { validateHeaderName, validateHeaderValue } from 'node:http'
import { AppError } from '../shared/errors.ts'
import { headersOf, pairsOf, type RawHeaders } from '../shared/headers.ts'

/**
 * Stand on every answer that comes from a device. The page that a browser makes of such a body has no origin and no scripts, so it
 * can do nothing in the relay's name.
 */
export const DEVICE_ANSWER_FIELDS: RawHeaders = Object.entries({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
}).flat()

/** Media types that browsers neither render as a document nor run. */
const INERT_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/jsonl',
  'application/ndjson',
  'application/octet-stream',
  'application/problem+json',
  'application/x-ndjson',
  'application/x-subrip',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/event-stream',
  'text/plain',
  'text/vtt',
])
const INERT_FAMILY = /^(?:audio|video)\/[\w.+-]+$/
/** One type. Browsers take the last of several, and a comma separates them (WHATWG Fetch, "extract a MIME type"). */
const ONE_TYPE = /^([\w.+-]+\/[\w.+-]+)[ \t]*(?:;[ \t]*(?:[\w-]+=(?:[\w.:+-]+|"[\w.:+ -]*")[ \t]*)?)*$/

/** Fields that clients read and that say nothing about the relay's origin or the connection. All others are dropped. */
const PASSED: ReadonlySet<string> = new Set([
  'accept-ranges',
  'allow',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'request-id',
  'retry-after',
  'retry-after-ms',
  'x-request-id',
  'x-should-retry',
])
/** What OpenAI's and Anthropic's servers, and those that imitate them, tell about limits, models and times. */
const PASSED_FAMILY = /^(?:anthropic|ollama|openai|x-ollama|x-ratelimit)-[\w-]+$/
/** A device may ask for less caching than usual. What a shared cache keeps would reach other people. */
const CACHE_DIRECTIVE = /^(?:no-store|no-cache|no-transform|private|max-age=\d{1,9})$/

/**
 * The fields of a device's answer as they may stand on a client's connection: an allow-list, since a field such as `Set-Cookie`,
 * `Location` or `Alt-Svc` speaks for the relay's whole origin, which belongs to no device. A body of a type that browsers render or
 * run becomes a download.
 * @throws AppError PROTOCOL_ERROR
 */
export function parseAnswerHeaders(headers: RawHeaders): RawHeaders {
  const kept: string[] = []
  const types = headersOf(headers, 'content-type')
  let lengths = 0
  for (const [name, value] of pairsOf(headers)) {
    const lower = name.toLowerCase()
    if (lower === 'content-length') lengths += /^\d{1,15}$/.test(value) ? 1 : Infinity
    if (lengths > 1 || !isValid(name, value))
      throw new AppError(
        'PROTOCOL_ERROR',
        'The desktop answered with header fields that cannot be passed on.',
      )
    if (PASSED.has(lower) || PASSED_FAMILY.test(lower)) kept.push(name, value)
    // The bridge encodes by that field. What else a device may vary by is not the relay's.
    if (lower === 'vary' && /^accept-encoding$/i.test(value)) kept.push(name, value)
    if (lower === 'cache-control') kept.push(name, unsharedFor(value))
    // A comma is no part of a type, so that several become none.
    if (lower === 'content-type' && types.length > 0) kept.push(...contentFields(name, types.splice(0)))
  }
  return kept
}

/** The type under which a device's body may be passed on. Without one, `nosniff` keeps browsers from guessing. */
export function inertTypeFor(type: string): string {
  const [, essence = ''] = ONE_TYPE.exec(type) ?? []
  const lower = essence.toLowerCase()
  return INERT_TYPES.has(lower) || INERT_FAMILY.test(lower) ? type : 'application/octet-stream'
}

function contentFields(name: string, types: readonly string[]): string[] {
  const type = types.join(', ')
  const inert = inertTypeFor(type)
  return inert === type ? [name, type] : [name, inert, 'content-disposition', 'attachment']
}

function unsharedFor(cacheControl: string): string {
  const directives = cacheControl.split(',').map((directive) => directive.trim().toLowerCase())
  const kept = directives.filter((directive) => CACHE_DIRECTIVE.test(directive))
  const isShared = kept.length < directives.length || kept.some((text) => /^max-age=0*[1-9]/.test(text))
  return [...kept, ...(isShared && !kept.includes('private') ? ['private'] : [])].join(', ')
}

function isValid(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
