import { refreshTokenGrant, ResponseBodyError } from 'openid-client'
import type { Clock, Random, Timer } from '../../shared/clock.ts'
import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { requireSendable } from './audience.ts'
import { discoverProvider, targetOf, toSignInError, toTokens, type Tokens } from './provider.ts'

/** The identity of a signed-in device. */
export type SignedIn = DeviceIdentity & { readonly oidc: NonNullable<DeviceIdentity['oidc']> }

export interface TokenKeeperOptions {
  readonly identity: SignedIn
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Stores renewed tokens. Awaited before they are used, since the previous ones are no longer valid. */
  readonly save: (identity: SignedIn) => Promise<void>
  /** Called while a tunnel is online. */
  readonly onRenewed: (accessToken: string) => void
  /** No more tokens of this sign-in can be obtained or sent. */
  readonly onEnded: (cause: ErrorCode) => void
}

/** The fraction of a token's lifetime after which it is renewed, and its jitter. */
const REFRESH_AT = 0.78
const JITTER = 0.04
/** Timers stop while the machine sleeps, so the time is checked at this interval. */
const LOOK_MS = 60_000
const RETRY_MS = 10_000
const MAX_RETRY_MS = 300_000

/** Provides a valid access token: renews it early, once for all callers, and reports renewals. */
export class TokenKeeper {
  readonly #options: TokenKeeperOptions
  #identity: SignedIn
  #refreshAt: number
  #failures = 0
  #retryAt = 0
  #refreshing: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(options: TokenKeeperOptions) {
    this.#options = options
    this.#identity = options.identity
    this.#refreshAt = this.#refreshTime()
  }

  /** Renews tokens early, independent of callers. */
  start(): void {
    const { clock } = this.#options
    const dueAt = Math.max(this.#refreshAt, this.#retryAt)
    this.#timer?.cancel()
    this.#timer = clock.after(Math.min(LOOK_MS, Math.max(0, dueAt - clock.now())), () => this.#look())
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /**
   * The token for a connection. If renewal fails, the current token is used until it expires.
   * @throws AppError SIGN_IN_EXPIRED, AUDIENCE_UNCONFIRMED, ISSUER_UNREACHABLE
   */
  async token(): Promise<string> {
    const { clock } = this.#options
    if (clock.now() >= this.#refreshAt)
      await this.#refresh().catch((error: AppError) => {
        const isGood = clock.now() < this.#identity.oidc.expiresAt && this.#refreshAt > 0
        if (error.code !== 'ISSUER_UNREACHABLE' || !isGood) throw error
      })
    requireSendable(this.#identity)
    return this.#identity.credential
  }

  /** The relay considers the token expired, whatever the local clock says. */
  expire(): void {
    this.#refreshAt = 0
  }

  #look(): void {
    if (this.#options.clock.now() < Math.max(this.#refreshAt, this.#retryAt)) return this.start()
    this.#refresh().then(
      () => this.#goOn(),
      ({ code }: AppError) => (ERRORS[code].retry === 'never' ? this.#options.onEnded(code) : this.#goOn()),
    )
  }

  /** Reschedules, unless stopped meanwhile. */
  #goOn(): void {
    if (this.#timer !== undefined) this.start()
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#renew().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #renew(): Promise<void> {
    const { clock, random, logger, save, onRenewed } = this.#options
    try {
      const { accessToken, ...rest } = await fetchTokens(this.#identity.oidc, clock)
      this.#identity = {
        ...this.#identity,
        credential: accessToken,
        oidc: { ...this.#identity.oidc, ...rest },
      }
      this.#refreshAt = this.#refreshTime()
      this.#failures = 0
      this.#retryAt = 0
      await save(this.#identity)
      requireSendable(this.#identity)
      logger.debug({ expiresAt: rest.expiresAt }, 'access token renewed')
      onRenewed(accessToken)
    } catch (cause) {
      const error = toRefreshError(cause)
      const delayMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#failures++)
      this.#retryAt = clock.now() + delayMs * (0.5 + random() / 2)
      logger.info({ code: error.code }, 'access token not renewed')
      throw error
    }
  }

  #refreshTime(): number {
    const { refreshToken, obtainedAt, expiresAt } = this.#identity.oidc
    if (refreshToken === null) return expiresAt
    return obtainedAt + (expiresAt - obtainedAt) * (REFRESH_AT + JITTER * this.#options.random())
  }
}

async function fetchTokens(oidc: SignedIn['oidc'], clock: Clock): Promise<Tokens> {
  if (oidc.refreshToken === null) throw new AppError('SIGN_IN_EXPIRED')
  const provider = await discoverProvider(oidc, clock)
  const tokens = toTokens(await refreshTokenGrant(provider, oidc.refreshToken, targetOf(oidc)), clock)
  return { ...tokens, refreshToken: tokens.refreshToken ?? oidc.refreshToken }
}

/** A captive portal's page is not the provider's response: only an OAuth error ends a sign-in. */
function toRefreshError(cause: unknown): AppError {
  const error = toSignInError(cause)
  if (error.code === 'AUDIENCE_UNCONFIRMED') return error
  if (error.code === 'SIGN_IN_EXPIRED' || cause instanceof ResponseBodyError)
    return new AppError('SIGN_IN_EXPIRED', undefined, { cause })
  return new AppError('ISSUER_UNREACHABLE', error.words, { cause })
}
