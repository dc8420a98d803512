import type { Clock } from '../../shared/clock.ts'
import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts'
import { createWebFetch } from './web-fetch.ts'

export interface RelayAnswer {
  readonly status: number
  readonly body: string
}

export interface RelayQuestion {
  /** Makes it a POST. */
  readonly json?: object
  readonly bearer?: string
}

/**
 * Asks the relay itself for something small, through the proxy that the environment names.
 * @param path relative to the relay's URL, as `api/pair`
 * @throws AppError RELAY_UNREACHABLE; CONFIG_INVALID as `proxyFor`
 */
export async function askRelay(
  relayUrl: URL,
  path: string,
  clock: Clock,
  { json, bearer }: RelayQuestion = {},
): Promise<RelayAnswer> {
  const headers = {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
  }
  const request = json === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(json) }
  try {
    const response = await createWebFetch(clock)(new URL(path, relayUrl).href, request)
    return { status: response.status, body: await response.text() }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
    throw new AppError('RELAY_UNREACHABLE', `${ERRORS.RELAY_UNREACHABLE.text}${why}`, { cause })
  }
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
