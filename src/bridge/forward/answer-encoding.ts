import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { headerOf, type RawHeaders, withoutHeader } from '../../shared/headers.ts'

export type AnswerEncoding = 'gzip' | 'zstd'

/** Smaller responses are not worth compressing. */
export const MIN_ENCODED_BYTES = 4 * 1024

/** Text that is not streamed. Streams are never encoded, since an encoder delays output. */
const TEXT_TYPE = /^(?:application\/json|text\/(?!event-stream)[\w.+-]+) *(?:;|$)/i

/** The client's preferred encoding by its `Accept-Encoding` (RFC 9110, section 12.5.3); gzip if it accepts both. */
export function acceptedEncoding(accepted: string | undefined): AnswerEncoding | null {
  const weights = new Map<string, number>()
  for (const item of (accepted ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0)
  }
  const weightOf = (name: string, others = weights.get('*') ?? 0) => weights.get(name) ?? others
  const best = (['gzip', 'zstd'] as const).find((name) => weightOf(name, name === 'gzip' ? undefined : 0) > 0)
  // A client that prefers plain text gives it a higher weight.
  return best !== undefined && weightOf(best) >= weightOf('identity', 0) ? best : null
}

/** Whether a response may be encoded, judging by its head; its length may be unknown. */
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

/** The head of the encoded response. The entity tag is dropped, since it refers to the original bytes. */
export function encodedHeaders(headers: RawHeaders, encoding: AnswerEncoding): RawHeaders {
  const etag = headerOf(headers, 'etag')
  const rest = withoutHeader(withoutHeader(headers, 'content-length'), 'etag')
  const weak = etag === undefined ? [] : ['ETag', etag.startsWith('W/') ? etag : `W/${etag}`]
  return [...rest, ...weak, 'Content-Encoding', encoding, 'Vary', 'Accept-Encoding']
}

/** Compresses in worker threads, with bounded buffers. */
export function encoderFor(encoding: AnswerEncoding): Transform {
  return encoding === 'gzip' ? zlib.createGzip() : zlib.createZstdCompress()
}
