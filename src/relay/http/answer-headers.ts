import { validateHeaderName, validateHeaderValue } from 'node:http'
import { AppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/proxy-head.ts'

/** How a body is framed on the client's connection is between that client and us. */
const OF_CONNECTION = /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/

/**
 * The fields of an answer as they may stand on a client's connection. The device is not trusted with that: a proxy in front may
 * carry other people's answers on the same one.
 * @throws AppError PROTOCOL_ERROR
 */
export function parseAnswerHeaders(headers: RawHeaders): RawHeaders {
  const kept: string[] = []
  let lengths = 0
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    const lower = name.toLowerCase()
    if (OF_CONNECTION.test(lower)) continue
    if (lower === 'content-length') lengths += /^\d{1,15}$/.test(value) ? 1 : Infinity
    if (lengths > 1 || !isValid(name, value))
      throw new AppError(
        'PROTOCOL_ERROR',
        'The desktop answered with header fields that cannot be passed on.',
      )
    kept.push(name, value)
  }
  return kept
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
