import type { IncomingMessage } from 'node:http'
import type { RawHeaders } from '../../shared/proxy-head.ts'
import { DEVICE_ANSWER_FIELDS, parseAnswerHeaders } from '../../front/answer-headers.ts'
import { HOP_FIELD } from './hop-pass.ts'

/** Between two neighbours (RFC 9110, section 7.6.1). `expect` is passed on by other means. */
const OF_CONNECTION = /^(?:connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/

/** The fields of a request or an answer that go beyond the next neighbour. */
export function endToEnd(headers: RawHeaders): string[] {
  const named = new Set(connectionOptions(headers))
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    const lower = name.toLowerCase()
    if (lower === HOP_FIELD || OF_CONNECTION.test(lower) || named.has(lower)) continue
    kept.push(name, value)
  }
  return kept
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
  const ofRelay = fields.filter((_, i) => OF_RELAY.test(fields[i - (i % 2)]?.toLowerCase() ?? ''))
  return [...cors, ...DEVICE_ANSWER_FIELDS, ...ofRelay, ...parseAnswerHeaders(fields)]
}

/** Fields that the neighbour named as meant for us alone. How a body is framed is not one of them. */
function connectionOptions(headers: RawHeaders): string[] {
  return headers
    .flatMap((name, i) => (i % 2 === 0 && name.toLowerCase() === 'connection' ? [headers[i + 1] ?? ''] : []))
    .flatMap((value) => value.split(','))
    .map((option) => option.trim().toLowerCase())
    .filter((option) => option !== 'content-length' && option !== 'host')
}
