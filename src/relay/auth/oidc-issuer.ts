import { JOSEError, JWKSInvalid, JWKSNoMatchingKey, JWTExpired } from 'jose/errors'
import { createRemoteJWKSet, customFetch, type RemoteJWKSet } from 'jose/jwks/remote'
import { jwtVerify } from 'jose/jwt/verify'
import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { CLOCK_TOLERANCE_MS } from './credential.ts'
import { personIdFor } from './person-id.ts'

/** A user authenticated by an identity provider. */
export interface Person {
  readonly ownerId: OwnerId
  /** The provider's identifier of the user. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface OidcIssuerOptions {
  /** Exactly as in the tokens. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly requiredScope: string | undefined
  readonly clock: Clock
}

/** Asymmetric signature algorithms only: no shared secrets, and not `none`. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
const FETCH_TIMEOUT_MS = 5_000
/** Pause between attempts to reach an unavailable issuer. */
const REST_MS = 5_000
/** Pause between fetches for a missing key, which anyone can trigger. */
const COOLDOWN_MS = 2_000

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

/** One identity provider: discovers and caches its keys, follows their rotation, and verifies its access tokens. */
export class OidcIssuer {
  readonly issuer: string
  readonly #options: OidcIssuerOptions
  #keys: Promise<RemoteJWKSet> | undefined
  #restUntilMs = 0

  constructor(options: OidcIssuerOptions) {
    this.issuer = options.issuer
    this.#options = options
  }

  /** @throws AppError CREDENTIAL_INVALID, TOKEN_EXPIRED; ISSUER_UNREACHABLE if it cannot be verified now */
  async verify(token: string): Promise<Person> {
    const keys = await this.#discovered()
    // During the cooldown an unknown key may be new, so the token must not be refused permanently.
    const mayBeNew = keys.coolingDown
    const { payload } = await this.#verify(token, keys).catch((cause: unknown) => {
      throw toAuthError(cause, mayBeNew)
    })
    const { sub = '', exp = 0, scope, scp } = payload
    if (sub === '') throw new AppError('CREDENTIAL_INVALID')
    this.#checkScope(scope ?? scp)
    return { ownerId: personIdFor(this.issuer, sub), subject: sub, expiresAt: exp * 1000 }
  }

  /** @param audience the `aud` claim */
  isMeantForUs(audience: string | readonly string[] = []): boolean {
    return [audience].flat().some((one) => this.#options.audiences.includes(one))
  }

  #verify(token: string, keys: RemoteJWKSet) {
    const { audiences, clock } = this.#options
    return jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer: this.issuer,
      audience: [...audiences],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_MS / 1000,
      currentDate: new Date(clock.now()),
    })
  }

  /** `scope` is a space-separated list (RFC 9068); some providers use `scp`, as text or an array. */
  #checkScope(granted: unknown): void {
    const { requiredScope } = this.#options
    if (requiredScope === undefined) return
    const scopes = typeof granted === 'string' ? granted.split(' ') : granted
    if (!Array.isArray(scopes) || !scopes.includes(requiredScope))
      throw new AppError('CREDENTIAL_INVALID', `This access token lacks the scope "${requiredScope}".`)
  }

  /** Shared by concurrent callers; an unresponsive issuer is not queried again immediately. */
  #discovered(): Promise<RemoteJWKSet> {
    const nowMs = this.#options.clock.monotonic()
    if (this.#keys === undefined && nowMs < this.#restUntilMs) throw unreachable()
    this.#keys ??= discoverKeys(this.issuer).catch((cause: unknown) => {
      this.#keys = undefined
      this.#restUntilMs = this.#options.clock.monotonic() + REST_MS
      throw unreachable(cause)
    })
    return this.#keys
  }
}

async function discoverKeys(issuer: string): Promise<RemoteJWKSet> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const { issuer: named, jwks_uri } = Discovery.parse(await response.json())
  if (named !== issuer) throw new Error(`the issuer calls itself ${named}`)
  const keysUrl = new URL(jwks_uri)
  if (keysUrl.protocol !== 'https:' && new URL(issuer).protocol === 'https:')
    throw new Error('the keys are not served over https')
  return createRemoteJWKSet(keysUrl, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    [customFetch]: fetchKeys,
  })
}

/** Reports network failures as such; jose rethrows them unchanged. */
async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  if (!response.ok) throw unreachable(new Error(`HTTP ${response.status}`))
  return response
}

function toAuthError(cause: unknown, mayBeNew: boolean): AppError {
  if (cause instanceof AppError) return cause
  if (cause instanceof JWTExpired) return new AppError('TOKEN_EXPIRED', undefined, { cause })
  const isUnsure = cause instanceof JWKSNoMatchingKey && mayBeNew
  if (isUnsure || isBadKeySet(cause)) return unreachable(cause)
  return new AppError('CREDENTIAL_INVALID', 'The relay does not accept this access token.', { cause })
}

/** Whether the response is not a key set, for instance a proxy's error page. */
function isBadKeySet(cause: unknown): boolean {
  return cause instanceof JWKSInvalid || (cause instanceof JOSEError && cause.code === JOSEError.code)
}

function unreachable(cause?: unknown): AppError {
  return new AppError('ISSUER_UNREACHABLE', undefined, { cause })
}
