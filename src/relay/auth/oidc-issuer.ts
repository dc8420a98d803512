import { JOSEError, JWKSInvalid, JWKSNoMatchingKey, JWTExpired } from 'jose/errors'
import { createRemoteJWKSet, customFetch, type RemoteJWKSet } from 'jose/jwks/remote'
import { jwtVerify } from 'jose/jwt/verify'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { CLOCK_TOLERANCE_MS } from './credential.ts'
import { personIdFor } from './person-id.ts'

/** Somebody whom an identity provider vouches for. */
export interface Person {
  readonly ownerId: string
  /** What the provider calls them. */
  readonly subject: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface OidcIssuerOptions {
  /** Exactly as it stands in tokens. */
  readonly issuer: string
  readonly audiences: readonly string[]
  readonly requiredScope: string | undefined
  readonly clock: Clock
}

/** Signatures that only the issuer can make: nothing with a shared secret, and not `none`. */
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
const FETCH_TIMEOUT_MS = 5_000
/** Between two attempts to reach an issuer that did not answer. */
const REST_S = 5
/** Between two looks for a key that was not there: strangers can make us look. */
const COOLDOWN_MS = 2_000

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

/** One identity provider: finds its keys, keeps them, follows their rotation, and judges its access tokens. */
export class OidcIssuer {
  readonly issuer: string
  readonly #options: OidcIssuerOptions
  #keys: Promise<RemoteJWKSet> | undefined
  #restUntilMs = 0

  constructor(options: OidcIssuerOptions) {
    this.issuer = options.issuer
    this.#options = options
  }

  /** @throws AppError CREDENTIAL_INVALID, TOKEN_EXPIRED; ISSUER_UNREACHABLE where that cannot be told now */
  async verify(token: string): Promise<Person> {
    const keys = await this.#discovered()
    // Within the cooldown an unknown key may be a fresh one: that is no reason to send anybody away for good.
    const mayBeNew = keys.coolingDown
    const { payload } = await this.#judge(token, keys).catch((cause: unknown) => {
      throw toAuthError(cause, mayBeNew)
    })
    const { sub = '', exp = 0, scope, scp } = payload
    if (sub === '') throw new AppError('CREDENTIAL_INVALID')
    this.#checkScope(scope ?? scp)
    return { ownerId: personIdFor(this.issuer, sub), subject: sub, expiresAt: exp * 1000 }
  }

  /** @param audience as it stands in a token */
  isMeantForUs(audience: string | readonly string[] = []): boolean {
    return [audience].flat().some((one) => this.#options.audiences.includes(one))
  }

  #judge(token: string, keys: RemoteJWKSet) {
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

  /** `scope` is a list in one text (RFC 9068), `scp` of some providers the same or an array. */
  #checkScope(granted: unknown): void {
    const { requiredScope } = this.#options
    if (requiredScope === undefined) return
    const scopes = typeof granted === 'string' ? granted.split(' ') : granted
    if (!Array.isArray(scopes) || !scopes.includes(requiredScope))
      throw new AppError('CREDENTIAL_INVALID', `This access token lacks the scope "${requiredScope}".`)
  }

  /** Asked for once, whoever waits for it; an issuer that does not answer is left alone for a moment. */
  #discovered(): Promise<RemoteJWKSet> {
    const nowMs = this.#options.clock.monotonic()
    if (this.#keys === undefined && nowMs < this.#restUntilMs) throw unreachable()
    this.#keys ??= discoverKeys(this.issuer).catch((cause: unknown) => {
      this.#keys = undefined
      this.#restUntilMs = this.#options.clock.monotonic() + REST_S * 1000
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

/** Says what is the network's fault; jose passes it on as it is. */
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

/** What came is no set of keys: the page of a proxy, for instance. */
function isBadKeySet(cause: unknown): boolean {
  return cause instanceof JWKSInvalid || (cause instanceof JOSEError && cause.code === JOSEError.code)
}

function unreachable(cause?: unknown): AppError {
  return new AppError('ISSUER_UNREACHABLE', undefined, { cause, retryAfterS: REST_S })
}
