/**
 * Maximum text lengths, in bytes of UTF-8. Relay and bridge both check them first, since the peer might not have. Real
 * values are far shorter.
 */
import { AppError, type ErrorCode } from './errors.ts'

interface TextLimit {
  readonly maxBytes: number
  /** The text's name in error messages. */
  readonly label: string
  readonly code: ErrorCode
}

export const TEXT_LIMITS = {
  path: { maxBytes: 8 * 1024, label: 'request path', code: 'URI_TOO_LONG' },
  query: { maxBytes: 8 * 1024, label: 'query of the URL', code: 'URI_TOO_LONG' },
  userId: { maxBytes: 256, label: 'user id in the path', code: 'TEXT_TOO_LONG' },
  model: { maxBytes: 512, label: 'name of the model', code: 'TEXT_TOO_LONG' },
  keepAlive: { maxBytes: 64, label: 'value of keep_alive', code: 'TEXT_TOO_LONG' },
  keptName: { maxBytes: 256, label: 'Idempotency-Key or X-Conversation-Id', code: 'TEXT_TOO_LONG' },
  device: { maxBytes: 256, label: 'name of the device in X-Device', code: 'TEXT_TOO_LONG' },
  headerName: { maxBytes: 256, label: 'name of a header field', code: 'HEADERS_TOO_LARGE' },
  headerValue: { maxBytes: 24 * 1024, label: 'value of a header field', code: 'HEADERS_TOO_LARGE' },
  // Used only between relays and bridges.
  method: { maxBytes: 32, label: 'request method', code: 'PROTOCOL_ERROR' },
  requestId: { maxBytes: 128, label: 'request id', code: 'PROTOCOL_ERROR' },
  keyDigest: { maxBytes: 128, label: 'digest of the key', code: 'PROTOCOL_ERROR' },
  subject: { maxBytes: 1024, label: 'owner’s id', code: 'PROTOCOL_ERROR' },
  deviceId: { maxBytes: 256, label: 'device id', code: 'PROTOCOL_ERROR' },
  deviceName: { maxBytes: 256, label: 'name of the device', code: 'PROTOCOL_ERROR' },
} as const satisfies Record<string, TextLimit>

/** A kind of text with a limit. */
export type LimitedText = keyof typeof TEXT_LIMITS

/** Maximum header fields of one message. */
export const MAX_HEADER_FIELDS = 256

const encoder = new TextEncoder()

/** Whether the text is within its limit. Takes constant time for a much longer text. */
export function isWithinLimit(kind: LimitedText, text: string): boolean {
  const { maxBytes } = TEXT_LIMITS[kind]
  // A UTF-16 unit takes one to three bytes.
  if (text.length > maxBytes || text.length * 3 <= maxBytes) return text.length <= maxBytes
  return encoder.encode(text).length <= maxBytes
}

/** @throws AppError with this kind's code, naming the text and its limit */
export function checkLength(kind: LimitedText, text: string): void {
  if (!isWithinLimit(kind, text)) throw tooLong(kind)
}

/** The error for a text that exceeds its limit. */
export function tooLong(kind: LimitedText): AppError {
  const { maxBytes, label, code } = TEXT_LIMITS[kind]
  return new AppError(code, `The ${label} is too long. Use ${maxBytes} bytes at most.`)
}

/**
 * Checks the number and lengths of a request's header fields.
 * @param headers names and values in turn
 * @throws AppError HEADERS_TOO_LARGE
 */
export function checkHeaders(headers: readonly string[]): void {
  if (hasTooManyFields(headers))
    throw new AppError(
      'HEADERS_TOO_LARGE',
      `There are too many header fields. Send ${MAX_HEADER_FIELDS} at most.`,
    )
  for (let at = 0; at < headers.length; at++) checkLength(partOfField(at), headers[at] ?? '')
}

/** Like `checkHeaders`, but without a reason. */
export function areHeadersWithinLimits(headers: readonly string[]): boolean {
  return !hasTooManyFields(headers) && headers.every((text, at) => isWithinLimit(partOfField(at), text))
}

function hasTooManyFields(headers: readonly string[]): boolean {
  return headers.length > 2 * MAX_HEADER_FIELDS
}

function partOfField(at: number): LimitedText {
  return at % 2 === 0 ? 'headerName' : 'headerValue'
}
