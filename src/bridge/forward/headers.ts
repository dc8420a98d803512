import type { RawHeaders } from '../../shared/proxy-head.ts'
import { maskText } from './secret-mask.ts'

/** The request's body as the upstream gets it. */
export type Framing =
  | { readonly kind: 'none' }
  /** As the client sent it; `lengthBytes: null` = chunked. */
  | { readonly kind: 'original'; readonly lengthBytes: number | null }
  /** Collected, decoded and judged. */
  | { readonly kind: 'judged'; readonly lengthBytes: number }

/** Belong to one connection (RFC 9110, section 7.6.1), not to the message. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]

/**
 * Besides those: credentials, which Ollama would pass on to ollama.com (server/cloud_proxy.go:372-386); traces of proxies and
 * browsers, for which it answers 403 (server/routes.go:1776-1838); and what is set anew here.
 */
const PRIVATE = new Set([
  ...HOP_BY_HOP,
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
const PRIVATE_PREFIXES = ['x-forwarded-', 'cf-', 'sec-', 'proxy-', 'access-control-request-']

/** The header fields that the upstream gets. @param apiKey its own, instead of the client's credentials */
export function requestHeadersFor(
  headers: RawHeaders,
  host: string,
  framing: Framing,
  apiKey?: string,
): string[] {
  const dropped = new Set([...PRIVATE, ...namedByConnection(headers)])
  if (framing.kind === 'judged') dropped.add('content-encoding')
  const kept = keep(
    headers,
    (name) => !dropped.has(name) && !PRIVATE_PREFIXES.some((prefix) => name.startsWith(prefix)),
  )
  const credential = apiKey === undefined ? [] : ['Authorization', `Bearer ${apiKey}`]
  return ['Host', host, ...kept, ...credential, ...framingFields(framing)]
}

/** The header fields that go back: CORS is the relay's, connections are everybody's own. @param apiKey hidden in them */
export function responseHeadersFor(headers: RawHeaders, apiKey?: string): string[] {
  const shown = apiKey === undefined ? headers : headers.map((text) => maskText(text, apiKey))
  const dropped = new Set([...HOP_BY_HOP, ...namedByConnection(headers)])
  return keep(
    shown,
    (name) => !dropped.has(name) && !name.startsWith('access-control-') && !name.startsWith('proxy-'),
  )
}

export function withoutHeader(headers: RawHeaders, dropped: string): string[] {
  return keep(headers, (name) => name !== dropped)
}

function framingFields(framing: Framing): string[] {
  if (framing.kind === 'none') return []
  const { lengthBytes } = framing
  return lengthBytes === null ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(lengthBytes)]
}

function keep(headers: RawHeaders, isKept: (lowerName: string) => boolean): string[] {
  return fieldsOf(headers).flatMap(([name, value]) => (isKept(name.toLowerCase()) ? [name, value] : []))
}

function namedByConnection(headers: RawHeaders): string[] {
  return fieldsOf(headers)
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase()))
}

function fieldsOf(headers: RawHeaders): [name: string, value: string][] {
  return Array.from({ length: headers.length / 2 }, (_, at) => [
    headers[2 * at] ?? '',
    headers[2 * at + 1] ?? '',
  ])
}
