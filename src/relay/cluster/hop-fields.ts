import type { IncomingMessage } from 'node:http'
import { endToEndHeaders, keepHeaders, type RawHeaders } from '../../shared/headers.ts'
import { DEVICE_ANSWER_FIELDS, parseAnswerHeaders } from '../../front/answer-headers.ts'
import { HOP_FIELD } from '../../front/request-context.ts'

/** The fields of a request or an answer that go to another replica. `expect` is passed on by other means. */
export function endToEnd(headers: RawHeaders): string[] {
  return endToEndHeaders(headers, (name) => name !== HOP_FIELD && name !== 'expect')
}

/** Fields that a relay itself puts onto an answer for the client. */
const OF_RELAY =
  /^(?:content-disposition|www-authenticate|x-accel-buffering|x-devices|x-queue-(?:length|position))$/

/**
 * The fields of another replica's answer as the client gets them. The device's are judged again, since the replica may be of a version
 * that let more of them through.
 * @throws AppError PROTOCOL_ERROR
 */
export function answerFieldsFor(
  { rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>,
  cors: RawHeaders,
): string[] {
  const fields = endToEnd(rawHeaders)
  const ofRelay = keepHeaders(fields, (name) => OF_RELAY.test(name))
  return [...cors, ...DEVICE_ANSWER_FIELDS, ...ofRelay, ...parseAnswerHeaders(fields)]
}
