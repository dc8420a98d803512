import type { IncomingMessage } from 'node:http'
import { endToEndHeaders, keepHeaders, type RawHeaders } from '../../shared/headers.ts'
import { DEVICE_ANSWER_FIELDS, parseAnswerHeaders } from '../../front/answer-headers.ts'
import { HOP_FIELD } from '../../front/request-context.ts'

/** Headers for another replica. `expect` is transmitted separately. */
export function endToEnd(headers: RawHeaders): string[] {
  return endToEndHeaders(headers, (name) => name !== HOP_FIELD && name !== 'expect')
}

/** Headers that a relay adds to a response itself. */
const OF_RELAY =
  /^(?:content-disposition|www-authenticate|x-accel-buffering|x-devices|x-queue-(?:length|position))$/

/**
 * Headers of another replica's response for the client. The device's headers are filtered again, since an older replica
 * may allow more.
 * @throws AppError PROTOCOL_ERROR
 */
export function answerFieldsFor(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
  commonHeaders: RawHeaders,
): string[] {
  const fields = endToEnd(rawHeaders)
  const ofRelay = keepHeaders(fields, (name) => OF_RELAY.test(name))
  return [...commonHeaders, ...DEVICE_ANSWER_FIELDS, ...ofRelay, ...parseAnswerHeaders(fields)]
}
