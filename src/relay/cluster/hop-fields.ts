import type { RawHeaders } from '../../shared/proxy-head.ts'
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

/** Fields that the neighbour named as meant for us alone. How a body is framed is not one of them. */
function connectionOptions(headers: RawHeaders): string[] {
  return headers
    .flatMap((name, i) => (i % 2 === 0 && name.toLowerCase() === 'connection' ? [headers[i + 1] ?? ''] : []))
    .flatMap((value) => value.split(','))
    .map((option) => option.trim().toLowerCase())
    .filter((option) => option !== 'content-length' && option !== 'host')
}
