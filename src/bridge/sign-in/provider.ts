import {
  allowInsecureRequests,
  AuthorizationResponseError,
  ClientError,
  clockTolerance,
  type Configuration,
  customFetch,
  discovery,
  None,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'openid-client'
import { decodeJwt } from 'jose/jwt/decode'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isLoopback } from '../dial/relay-address.ts'
import { createWebFetch, type WebFetch } from '../dial/web-fetch.ts'
import type { OidcOffer } from './relay-offer.ts'

/** Tokens issued by a provider. Times in milliseconds since the epoch. */
export interface Tokens {
  readonly accessToken: string
  /** `null` if the sign-in ends with the access token. */
  readonly refreshToken: string | null
  readonly obtainedAt: number
  readonly expiresAt: number
}

const TIMEOUT_S = 10
/** Desktop clocks can be off, and the token came directly from the issuer. */
const CLOCK_TOLERANCE_S = 300
/** Used when `expires_in` is missing. */
const DEFAULT_LIFE_MS = 3_600_000
const MAX_WORDS = 300

/** @throws AppError ISSUER_UNREACHABLE, SIGN_IN_FAILED */
export async function discoverProvider(
  { issuer, clientId }: Pick<OidcOffer, 'issuer' | 'clientId'>,
  clock: Clock,
): Promise<Configuration> {
  const url = new URL(issuer)
  const isPlain = url.protocol === 'http:'
  if (isPlain && !isLoopback(url))
    throw new AppError('SIGN_IN_FAILED', errorCase('case.signIn.unsafe', { host: url.host }))
  try {
    return await discovery(url, clientId, { [clockTolerance]: CLOCK_TOLERANCE_S }, None(), {
      [customFetch]: answering(createWebFetch(clock)),
      timeout: TIMEOUT_S,
      execute: isPlain ? [allowInsecureRequests] : [],
    })
  } catch (cause) {
    throw toSignInError(cause)
  }
}

/** The parameters that name the audience: RFC 8707 defines `resource` for URLs, other providers read `audience`. */
export function targetOf({ audience }: Pick<OidcOffer, 'audience'>): Record<string, string> {
  return /^https?:/.test(audience) ? { audience, resource: audience } : { audience }
}

export function toTokens(response: TokenEndpointResponse, clock: Clock): Tokens {
  const obtainedAt = clock.now()
  const { access_token: accessToken, refresh_token, expires_in } = response
  const expiresAt =
    expires_in === undefined
      ? (expiryIn(accessToken) ?? obtainedAt + DEFAULT_LIFE_MS)
      : obtainedAt + expires_in * 1000
  return { accessToken, refreshToken: refresh_token ?? null, obtainedAt, expiresAt }
}

/** The provider's error code, such as `invalid_grant`. */
export function errorNamed(cause: unknown): string | undefined {
  return cause instanceof ResponseBodyError || cause instanceof AuthorizationResponseError
    ? cause.error
    : undefined
}

/** SIGN_IN_FAILED if the provider refused, ISSUER_UNREACHABLE if its response was missing or invalid. */
export function toSignInError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  if (cause instanceof ClientError && cause.cause instanceof AppError) return cause.cause
  if (errorNamed(cause) === 'access_denied')
    return new AppError('SIGN_IN_FAILED', errorCase('case.signIn.declined'), { cause })
  if (cause instanceof ResponseBodyError || cause instanceof AuthorizationResponseError) {
    const reason = (cause.error_description ?? cause.error).replaceAll(/\p{C}/gu, ' ').slice(0, MAX_WORDS)
    return new AppError('SIGN_IN_FAILED', errorCase('case.signIn.refused', { reason }), { cause })
  }
  const reason = cause instanceof Error ? cause.message : 'no reason given'
  return new AppError('ISSUER_UNREACHABLE', errorCase('case.signIn.unusable', { reason }), { cause })
}

/** An unavailable or overloaded provider has not refused. */
function answering(fetch: WebFetch): WebFetch {
  return async (url, request) => {
    const response = await fetch(url, request).catch((cause: unknown) => {
      throw cause instanceof AppError ? cause : new AppError('ISSUER_UNREACHABLE', undefined, { cause })
    })
    if (response.status >= 500 || response.status === 429) throw new AppError('ISSUER_UNREACHABLE')
    return response
  }
}

function expiryIn(accessToken: string): number | undefined {
  try {
    const { exp } = decodeJwt(accessToken)
    return exp === undefined ? undefined : exp * 1000
  } catch {
    return undefined
  }
}
