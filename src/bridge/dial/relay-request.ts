import http from 'node:http'
import https from 'node:https'
import type { Clock } from '../../shared/clock.ts'
import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts'
import { proxyFor } from './proxy.ts'

export interface RelayAnswer {
  readonly status: number
  readonly body: string
}

const TIMEOUT_MS = 10_000
const MAX_BODY_BYTES = 256 * 1024

/**
 * POSTs something small to the relay itself, through the proxy that the environment names.
 * @param path relative to the relay's URL, as `api/pair`
 * @throws AppError RELAY_UNREACHABLE
 */
export async function askRelay(
  relayUrl: URL,
  path: string,
  clock: Clock,
  json: object,
): Promise<RelayAnswer> {
  const url = new URL(path, relayUrl)
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    method: 'POST',
    agent: proxyFor(relayUrl, clock)?.agent,
    timeout: TIMEOUT_MS,
    headers: { 'content-type': 'application/json' },
  })
  request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
  request.end(JSON.stringify(json))
  return answerTo(request).catch((cause: unknown) => {
    const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
    throw new AppError('RELAY_UNREACHABLE', `${ERRORS.RELAY_UNREACHABLE.text}${why}`, { cause })
  })
}

async function answerTo(request: http.ClientRequest): Promise<RelayAnswer> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
  let body = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    body += chunk
    if (body.length > MAX_BODY_BYTES) throw new Error('the answer is too long')
  }
  return { status: response.statusCode ?? 0, body }
}

/** The relay's own error where its answer holds one, else that this is no relay. */
export function errorInAnswer(
  { status, body }: RelayAnswer,
  known: Readonly<Record<number, ErrorCode>>,
): AppError {
  const code = known[status]
  if (code !== undefined) return new AppError(code, messageIn(body))
  return new AppError('RELAY_REFUSED', `${ERRORS.RELAY_REFUSED.text} (HTTP ${status})`)
}

function messageIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body)
    if (typeof value === 'object' && value !== null && 'error' in value && typeof value.error === 'string')
      return value.error
  } catch {
    // Not ours: the table's own text says it.
  }
  return undefined
}
