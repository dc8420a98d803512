import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { isChallenge } from '../../shared/device-proof.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError, errorWords, errorWordsWith, type ErrorCode } from '../../shared/errors.ts'
import { wordsFor } from '../../shared/words.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { credentialFields } from '../secrets/device-key.ts'
import { requireSendable } from '../sign-in/audience.ts'
import { createWebFetch } from './web-fetch.ts'
import { parseJsonObject } from '../../shared/json-object.ts'

export interface RelayAnswer {
  readonly status: number
  readonly body: string
}

export interface RelayQuestion {
  /** Defaults to `POST` with JSON, otherwise `GET`. */
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly json?: object
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * Sends a small request to the relay, through the proxy in the environment.
 * @param path relative to the relay's URL, such as `api/pair`
 * @throws AppError RELAY_UNREACHABLE; RELAY_REFUSED on a redirect; CONFIG_INVALID like `proxyFor`
 */
export async function askRelay(
  relayUrl: URL,
  path: string,
  clock: Clock,
  { json, method = json === undefined ? 'GET' : 'POST', fields }: RelayQuestion = {},
): Promise<RelayAnswer> {
  const headers = {
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...fields,
  }
  const request = { method, headers, ...(json !== undefined && { body: JSON.stringify(json) }) }
  try {
    const asked = new URL(path, relayUrl)
    const response = await createWebFetch(clock)(asked.href, request)
    const elsewhere = elsewhereIn(response.status, response.headers.get('location'), asked, path)
    if (elsewhere !== undefined) throw elsewhere
    return { status: response.status, body: await response.text() }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const reason = cause instanceof Error ? cause.message : ''
    const detail = reason === '' ? undefined : errorWordsWith('RELAY_UNREACHABLE', reason)
    throw new AppError('RELAY_UNREACHABLE', detail, { cause })
  }
}

/**
 * The relay URL that a redirect (such as http to https) points to. It is reported and not followed: a credential goes
 * only where its user sent it.
 * @param path our suffix of `asked`
 */
export function elsewhereIn(
  status: number | undefined,
  location: string | null | undefined,
  asked: URL,
  path: string,
): AppError | undefined {
  if (status === undefined || status < 300 || status >= 400 || !location) return undefined
  const target = URL.parse(location, asked.href.replace(/^ws/, 'http'))
  if (target === null || !/^https?:$/.test(target.protocol)) return undefined
  const base = target.pathname.endsWith(`/${path}`) ? target.pathname.slice(0, -path.length) : target.pathname
  const moved = { origin: asked.origin, status, target: `${target.origin}${base}` }
  return new AppError('RELAY_REFUSED', errorCase('case.relayUrl.moved', moved))
}

/** Path of a relay's self-description. */
export const DESCRIPTION_PATH = '.well-known/cloudtolocalllm'

const Challenging = z.object({ challenge: z.string().refine(isChallenge) })

/** The challenge in a relay's self-description; `undefined` if it requires no proof of a device key. */
export function challengeIn(description: string): string | undefined {
  try {
    return Challenging.parse(JSON.parse(description)).challenge
  } catch {
    return undefined
  }
}

/**
 * Sends a request with this device's credential, and a proof of its key if it has one.
 * @param path relative to the relay's URL, without a query
 * @throws AppError like `askRelay`, and AUDIENCE_UNCONFIRMED
 */
export async function askRelayAs(
  device: DeviceIdentity,
  path: string,
  clock: Clock,
  method: 'GET' | 'DELETE' = 'GET',
): Promise<RelayAnswer> {
  requireSendable(device)
  const relayUrl = new URL(device.relayUrl)
  const challenge =
    device.key === undefined
      ? undefined
      : challengeIn((await askRelay(relayUrl, DESCRIPTION_PATH, clock)).body)
  return askRelay(relayUrl, path, clock, {
    method,
    fields: credentialFields(device, method, `/${path}`, challenge),
  })
}

/** The relay's error if the response contains one, else that this is not a relay. */
export function errorInAnswer(
  { status, body }: RelayAnswer,
  known: Readonly<Record<number, ErrorCode>>,
): AppError {
  const code = known[status]
  if (code !== undefined) return new AppError(code, messageIn(body, code))
  return new AppError('RELAY_REFUSED', errorWordsWith('RELAY_REFUSED', `HTTP ${status}`))
}

/** The relay's sentence, unless it is the general one of its error. */
function messageIn(body: string, code: ErrorCode): string | undefined {
  const error = parseJsonObject(body)?.['error']
  return typeof error === 'string' && error !== wordsFor(errorWords(code), 'cli') ? error : undefined
}
