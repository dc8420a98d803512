import { endToEndHeaders, type RawHeaders } from '../../shared/headers.ts'
import { maskText } from './secret-mask.ts'

/** The request's body as the upstream gets it. */
export type Framing =
  | { readonly kind: 'none' }
  /** As the client sent it; `lengthBytes: null` = chunked. */
  | { readonly kind: 'original'; readonly lengthBytes: number | null }
  /** Collected, decoded and judged. */
  | { readonly kind: 'judged'; readonly lengthBytes: number }

/**
 * Besides what belongs to the connection: credentials, which Ollama would pass on to ollama.com (server/cloud_proxy.go:372-386); traces of proxies and
 * browsers, for which it answers 403 (server/routes.go:1776-1838); and what is set anew here.
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
])
const PRIVATE_PREFIXES = ['x-forwarded-', 'cf-', 'sec-', 'access-control-request-']

/** The header fields that the upstream gets. @param apiKey its own, instead of the client's credentials */
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
      !(framing.kind === 'judged' && name === 'content-encoding'),
  )
  const credential = apiKey === undefined ? [] : ['Authorization', `Bearer ${apiKey}`]
  return ['Host', host, ...kept, ...credential, ...framingFields(framing)]
}

/** The header fields that go back: CORS is the relay's, connections are everybody's own. @param apiKey hidden in them */
export function responseHeadersFor(headers: RawHeaders, apiKey?: string): string[] {
  const shown = apiKey === undefined ? headers : headers.map((text) => maskText(text, apiKey))
  return endToEndHeaders(shown, (name) => !name.startsWith('access-control-'))
}

function framingFields(framing: Framing): string[] {
  if (framing.kind === 'none') return []
  const { lengthBytes } = framing
  return lengthBytes === null ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(lengthBytes)]
}
