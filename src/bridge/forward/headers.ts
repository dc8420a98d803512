import { endToEndHeaders, headerOf, type RawHeaders } from '../../shared/headers.ts'
import { maskText } from './secret-mask.ts'

/** Framing of the request body sent to the upstream. */
export type Framing =
  | { readonly kind: 'none' }
  /** Unchanged; `lengthBytes: null` means chunked. */
  | { readonly kind: 'original'; readonly lengthBytes: number | null }
  /** Collected, decoded and authorized. */
  | { readonly kind: 'checked'; readonly lengthBytes: number }

/**
 * Dropped in addition to hop-by-hop fields: credentials, which Ollama would pass on to ollama.com
 * (server/cloud_proxy.go:372-386); proxy and browser fields, which make it respond with 403
 * (server/routes.go:1776-1838); and fields that are replaced here.
 */
const PRIVATE = new Set([
  'authorization',
  'x-api-key',
  'api-key',
  'cookie',
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'via',
  'true-client-ip',
  'origin',
  'referer',
  'host',
  'expect',
  'content-length',
  'accept-encoding',
  'x-device',
  'x-ctl-proof',
  // The bridge keeps the answer: a model server that did so as well would continue after a stop.
  'idempotency-key',
  'x-conversation-id',
  'last-event-id',
])
const PRIVATE_PREFIXES = ['x-forwarded-', 'cf-', 'sec-', 'access-control-request-']

/** Headers for the upstream. @param apiKey the upstream's own key, replacing the client's credentials */
export function requestHeadersFor(
  headers: RawHeaders,
  host: string,
  framing: Framing,
  apiKey?: string,
): string[] {
  const kept = endToEndHeaders(
    headers,
    (name) =>
      !PRIVATE.has(name) &&
      !PRIVATE_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
      !(framing.kind === 'checked' && name === 'content-encoding'),
  )
  const credential = apiKey === undefined ? [] : ['Authorization', `Bearer ${apiKey}`]
  return ['Host', host, ...kept, ...credential, ...framingFields(framing)]
}

/** Headers for the client, without hop-by-hop fields and CORS, which the relay sets. @param apiKey masked in them */
export function responseHeadersFor(headers: RawHeaders, apiKey?: string): string[] {
  const shown = apiKey === undefined ? headers : headers.map((text) => maskText(text, apiKey))
  return endToEndHeaders(shown, (name) => !name.startsWith('access-control-'))
}

function framingFields(framing: Framing): string[] {
  if (framing.kind === 'none') return []
  const { lengthBytes } = framing
  return lengthBytes === null ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(lengthBytes)]
}

/** The length of the request's body; `null` if none was announced (chunked). */
export function announcedLengthOf(headers: RawHeaders): number | null {
  const value = headerOf(headers, 'content-length')
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
}
