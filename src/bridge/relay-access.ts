import type { Clock, Random } from '../shared/clock.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { DEFAULT_LIMITS, webSocketMessageBytesFor } from '../tunnel/limits.ts'
import { proxyFor } from './dial/proxy.ts'
import { parseRelayUrl, toTunnelUrl } from './dial/relay-address.ts'
import { dialRelay } from './dial/relay-dialer.ts'
import { saveDeviceIdentity, withDeviceKey, type DeviceIdentity } from './secrets/device-identity.ts'
import { handshakeProof, type DeviceKey } from './secrets/device-key.ts'
import type { Secrets } from './secrets/secrets.ts'
import { TokenKeeper, type TokenKeeperOptions } from './sign-in/token-keeper.ts'

export interface RelayAccessOptions extends Pick<TokenKeeperOptions, 'onRenewed' | 'onEnded'> {
  readonly secrets: Secrets
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  readonly findWay: ((relayUrl: URL) => Promise<void>) | undefined
}

/** This device's identity at its relay: keeps its credential fresh, and dials with it. */
export class RelayAccess {
  readonly #options: RelayAccessOptions
  #identity: DeviceIdentity | null = null
  /** Only for signed-in devices; the relay renews the credential of a paired one. */
  #tokens: TokenKeeper | null = null

  constructor(options: RelayAccessOptions) {
    this.#options = options
  }

  /** `null` = signed out. */
  get identity(): DeviceIdentity | null {
    return this.#identity
  }

  become(identity: DeviceIdentity | null): void {
    this.#tokens?.stop()
    this.#identity = identity
    this.#tokens = identity?.oidc === undefined ? null : this.#createTokenKeeper(identity, identity.oidc)
  }

  /** Starts renewing access tokens. */
  start(): void {
    this.#tokens?.start()
  }

  stop(): void {
    this.#tokens?.stop()
  }

  /** @throws AppError */
  async dial(signal: AbortSignal) {
    const { clock, env, findWay } = this.#options
    if (this.#identity === null) throw new AppError('NOT_PAIRED')
    const { credential: kept, relayUrl } = this.#identity
    const { url } = parseRelayUrl(relayUrl, env)
    await findWay?.(url)
    const tokens = this.#tokens
    const credential = (await tokens?.token()) ?? kept
    const key = await this.#deviceKey()
    const { carrier, challenge } = await dialRelay({
      url: toTunnelUrl(url).href,
      credential,
      agent: proxyFor(url, clock)?.agent,
      maxMessageBytes: webSocketMessageBytesFor(DEFAULT_LIMITS),
      signal,
    }).catch((cause: unknown) => {
      if (toAppError(cause).code === 'TOKEN_EXPIRED') tokens?.expire()
      throw cause
    })
    return { carrier, proof: handshakeProof({ credential, ...(key && { key }) }, challenge) }
  }

  /** The relay has issued a new credential. */
  async renewed(credential: string): Promise<void> {
    if (this.#identity !== null) await this.#save({ ...this.#identity, credential })
  }

  async #deviceKey(): Promise<DeviceKey | undefined> {
    const before = this.#identity
    if (before === null) return undefined
    const identity = await withDeviceKey(this.#options.secrets, before)
    if (this.#identity === before) this.#identity = identity
    return this.#identity?.key
  }

  #createTokenKeeper(identity: DeviceIdentity, oidc: NonNullable<DeviceIdentity['oidc']>): TokenKeeper {
    const { clock, random, logger, onRenewed, onEnded } = this.#options
    return new TokenKeeper({
      identity: { ...identity, oidc },
      clock,
      random,
      logger,
      save: (renewed) => this.#save(renewed),
      onRenewed,
      onEnded,
    })
  }

  async #save(renewed: DeviceIdentity): Promise<void> {
    const { secrets, logger } = this.#options
    // Ignore a renewal that completes after sign-out.
    if (this.#identity?.deviceId !== renewed.deviceId) return
    const { key } = this.#identity
    const identity = { ...renewed, ...(key && { key }) }
    this.#identity = identity
    await saveDeviceIdentity(secrets, identity).catch((cause: unknown) =>
      logger.warn(
        { cause: new AppError('SECRETS_UNAVAILABLE', undefined, { cause }) },
        'renewed credential not stored',
      ),
    )
  }
}
