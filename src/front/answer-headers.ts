import { validateHeaderName, validateHeaderValue } from 'node:http'
import { AppError } from '../shared/errors.ts'
import { headersOf, type RawHeaders } from '../shared/headers.ts'
import { JOB_ID_FIELD } from '../shared/jobs.ts'

/**
 * Added to every response from a device. A page rendered from such a body has no origin and no scripts, so it cannot
 * act as the relay.
 */
export const DEVICE_ANSWER_FIELDS: RawHeaders = Object.entries({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
}).flat()

/** Media types that browsers neither render as a document nor execute. */
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
/** A single type. Browsers use the last of several, separated by commas (WHATWG Fetch, "extract a MIME type"). */
const ONE_TYPE = /^([\w.+-]+\/[\w.+-]+)[ \t]*(?:;[ \t]*(?:[\w-]+=(?:[\w.:+-]+|"[\w.:+ -]*")[ \t]*)?)*$/

/** Fields that clients read and that do not affect the relay's origin or the connection. All others are dropped. */
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
  JOB_ID_FIELD,
  'x-request-id',
  'x-should-retry',
])
/** Rate limit, model and timing fields of OpenAI's and Anthropic's servers and their imitators. */
const PASSED_FAMILY = /^(?:anthropic|ollama|openai|x-ollama|x-ratelimit)-[\w-]+$/
/** A device may only restrict caching: a shared cache could serve its responses to others. */
const CACHE_DIRECTIVE = /^(?:no-store|no-cache|no-transform|private|max-age=\d{1,9})$/

/**
 * The allowed fields of a device's response. An allow-list, since fields such as `Set-Cookie`, `Location` or `Alt-Svc`
 * affect the relay's whole origin, which belongs to no device. Bodies that browsers render or execute become downloads.
 * @throws AppError PROTOCOL_ERROR
 */
export function parseAnswerHeaders(headers: RawHeaders): RawHeaders {
  const kept: string[] = []
  let lengths = 0
  let hasType = false
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? ''
    const value = headers[at + 1] ?? ''
    const lower = name.toLowerCase()
    if (lower === 'content-length') lengths += /^\d{1,15}$/.test(value) ? 1 : Infinity
    if (lengths > 1 || !isValid(name, value))
      throw new AppError(
        'PROTOCOL_ERROR',
        'The desktop answered with header fields that cannot be passed on.',
      )
    if (PASSED.has(lower) || PASSED_FAMILY.test(lower)) kept.push(name, value)
    // The bridge encodes by that field. Other variants are not the relay's concern.
    if (lower === 'vary' && /^accept-encoding$/i.test(value)) kept.push(name, value)
    if (lower === 'cache-control') kept.push(name, unsharedFor(value))
    // A type contains no comma, so a list of types matches nothing.
    if (lower === 'content-type' && !hasType) {
      hasType = true
      kept.push(...contentFields(name, headersOf(headers, lower)))
    }
  }
  return kept
}

/** The type for passing on a device's body. Without one, `nosniff` prevents browsers from guessing. */
export function inertTypeFor(type: string): string {
  if (INERT_TYPES.has(type)) return type
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
