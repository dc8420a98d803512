import type { Transform } from 'node:stream'
import { createGzip, createZstdCompress } from 'node:zlib'
import { headerOf, type RawHeaders, withoutHeader } from '../../shared/headers.ts'

export type AnswerEncoding = 'gzip' | 'zstd'

/** Shorter answers are not worth the work. */
export const MIN_ENCODED_BYTES = 4 * 1024

/** Whole texts. Streams are never encoded: an encoder holds back what a client waits for. */
const TEXT_TYPE = /^(?:application\/json|text\/(?!event-stream)[\w.+-]+) *(?:;|$)/i

/** The encoding that a client would like, by its `Accept-Encoding` (RFC 9110, section 12.5.3); gzip, where it takes both. */
export function acceptedEncoding(accepted: string | undefined): AnswerEncoding | null {
  const weights = new Map<string, number>()
  for (const item of (accepted ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0)
  }
  const weightOf = (name: string, others = weights.get('*') ?? 0) => weights.get(name) ?? others
  const best = (['gzip', 'zstd'] as const).find((name) => weightOf(name, name === 'gzip' ? undefined : 0) > 0)
  // Who would rather have it plain says so with a higher weight.
  return best !== undefined && weightOf(best) >= weightOf('identity', 0) ? best : null
}

/** Whether an answer may be encoded, from what its head says; its length may still be unknown. */
export function isEncodable(status: number, headers: RawHeaders): boolean {
  const length = headerOf(headers, 'content-length')
  return (
    status === 200 &&
    TEXT_TYPE.test(headerOf(headers, 'content-type') ?? '') &&
    headerOf(headers, 'content-encoding') === undefined &&
    !headerOf(headers, 'cache-control')?.includes('no-transform') &&
    (length === undefined || Number(length) >= MIN_ENCODED_BYTES)
  )
}

/** The head of the encoded answer. Its bytes are others than the entity tag was made for. */
export function encodedHeaders(headers: RawHeaders, encoding: AnswerEncoding): RawHeaders {
  const etag = headerOf(headers, 'etag')
  const rest = withoutHeader(withoutHeader(headers, 'content-length'), 'etag')
  const weak = etag === undefined ? [] : ['ETag', etag.startsWith('W/') ? etag : `W/${etag}`]
  return [...rest, ...weak, 'Content-Encoding', encoding, 'Vary', 'Accept-Encoding']
}

/** Works in threads of its own, and takes no more than it can hold. */
export function encoderFor(encoding: AnswerEncoding): Transform {
  return encoding === 'gzip' ? createGzip() : createZstdCompress()
}
