import { isLoopback, parseRelayUrl, type RelayAddress } from '../../bridge/dial/relay-address.ts'
import { askRelayAs } from '../../bridge/dial/relay-request.ts'
import type { Profile } from '../../bridge/profile/profile.ts'
import { pairDevice } from '../../bridge/pairing/pair-device.ts'
import { deleteDeviceIdentity, type DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import { signInWithBrowser } from '../../bridge/sign-in/browser-sign-in.ts'
import { namesRelay } from '../../bridge/sign-in/audience.ts'
import { lookAtRelay } from '../../bridge/sign-in/relay-offer.ts'
import { signOut } from '../../bridge/sign-in/sign-out.ts'
import type { SystemProxy } from '../../bridge/dial/system-proxy.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { RelayOfferView, SetupView } from '../../shared/ipc/view.ts'
import type { Logger } from '../../shared/logger.ts'
import { errorWords } from '../view/error-words.ts'
import type { System } from './ports.ts'

export interface AccountOptions {
  readonly profile: Profile
  readonly system: Pick<System, 'openExternal'>
  readonly proxy: SystemProxy
  readonly clock: Clock
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** This device was registered, or (`null`) signed out. */
  readonly onIdentity: (identity: DeviceIdentity | null) => void
  readonly onChange: () => void
  /** Shows the user one sentence. */
  readonly notify: (sentence: string) => void
}

/** A sign-in in progress, or the error of the last one. */
type SignIn = Extract<SetupView, { readonly kind: 'browser' | 'failed' }>

/** Registers this device with a relay, and signs it out. */
export class Account {
  readonly #options: AccountOptions
  #signIn: SignIn | null = null
  #abort: AbortController | undefined

  constructor(options: AccountOptions) {
    this.#options = options
  }

  get signIn(): SignIn | null {
    return this.#signIn
  }

  /** Looks up a relay's sign-in options. @throws AppError CONFIG_INVALID, RELAY_UNREACHABLE, RELAY_REFUSED */
  async look(text: string): Promise<RelayOfferView> {
    const { url, warning } = await this.#wayTo(text)
    const { pairing, oidc } = await lookAtRelay(url, this.#options.clock)
    return {
      url: url.href,
      name: url.host,
      pairing,
      issuer: oidc === null ? null : new URL(oidc.issuer).host,
      audience: oidc === null || namesRelay(oidc.audience, url) ? null : oidc.audience,
      warning,
    }
  }

  /**
   * Pairs this device. Cancels a sign-in in progress and clears the error of the last one.
   * @throws AppError like `pairDevice`; SECRETS_UNAVAILABLE, with nothing changed
   */
  async pair(relayUrl: string, code: string): Promise<DeviceIdentity> {
    const { profile, clock } = this.#options
    this.cancel()
    const { url } = await this.#wayTo(relayUrl)
    return this.#become(await pairDevice(url, code, profile.settings.value.deviceName, clock))
  }

  /**
   * Opens the browser; resolves when the sign-in completes or `cancel` is called.
   * @param audience of the access token, as displayed to the user; `null` means the relay's own URL
   * @throws AppError
   */
  async start(relayUrl: string, audience: string | null): Promise<void> {
    const { profile, system, clock } = this.#options
    this.cancel()
    const abort = new AbortController()
    this.#abort = abort
    try {
      const { url } = await this.#wayTo(relayUrl)
      const offer = await lookAtRelay(url, clock)
      abort.signal.throwIfAborted()
      if (offer.oidc === null) throw new AppError('RELAY_REFUSED', 'This relay takes pairing codes only.')
      this.#show({ kind: 'browser', issuer: new URL(offer.oidc.issuer).host })
      const identity = await signInWithBrowser({
        offer,
        audience: audience ?? undefined,
        deviceName: profile.settings.value.deviceName,
        openBrowser: (page) => system.openExternal(page),
        signal: abort.signal,
        clock,
      })
      this.#show(null)
      await this.#become(identity)
    } catch (cause) {
      if (abort.signal.aborted) return
      this.#show({ kind: 'failed', message: errorWords(toAppError(cause)) })
      throw cause
    }
  }

  cancel(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#show(null)
  }

  /**
   * Deletes this device's identity, and revokes its tokens if the identity provider is reachable.
   * @throws AppError SECRETS_UNAVAILABLE if the keychain entry cannot be deleted: it is restored at the next start
   */
  async signOut(): Promise<void> {
    const { profile, clock, logger, onIdentity } = this.#options
    this.cancel()
    onIdentity(null)
    // Both are started at once, so a sign-in during a slow keychain operation is not lost.
    const [kept, deleted] = await Promise.allSettled([
      profile.identity(),
      deleteDeviceIdentity(profile.secrets),
    ])
    if (kept.status === 'fulfilled' && kept.value !== null)
      await signOut(kept.value, clock).catch((cause: unknown) =>
        logger.warn({ err: cause }, 'tokens not revoked'),
      )
    if (deleted.status === 'rejected') throw deleted.reason
  }

  /**
   * This device's identity at startup. `npm start` passes its own relay, whose port may differ from the last run, and a
   * code in case the relay does not know this device.
   */
  async identityAtStart(relay: string | undefined, code: string | undefined): Promise<DeviceIdentity | null> {
    const { profile, clock } = this.#options
    const kept = await this.#keptIdentity()
    if (relay === undefined || (kept !== null && !isLoopback(new URL(kept.relayUrl)))) return kept
    if (kept !== null && (await this.#isRecognised(relay, kept))) return { ...kept, relayUrl: relay }
    if (code === undefined) return kept
    const paired = await pairDevice(new URL(relay), code, profile.settings.value.deviceName, clock)
    await profile.saveIdentity(paired)
    return paired
  }

  /**
   * A damaged identity is reported and does not prevent the start, since the user can only sign in again within the
   * app.
   */
  async #keptIdentity(): Promise<DeviceIdentity | null> {
    const { profile, notify } = this.#options
    try {
      return await profile.identity()
    } catch (cause) {
      const { code, message } = toAppError(cause)
      if (code !== 'NOT_PAIRED') throw cause
      notify(message)
      return null
    }
  }

  async #wayTo(text: string): Promise<RelayAddress> {
    const { env, proxy } = this.#options
    const address = parseRelayUrl(withScheme(text), env)
    await proxy.refresh(address.url)
    return address
  }

  async #become(identity: DeviceIdentity): Promise<DeviceIdentity> {
    const { profile, onIdentity } = this.#options
    await profile.saveIdentity(identity)
    onIdentity(identity)
    return identity
  }

  async #isRecognised(relayUrl: string, kept: DeviceIdentity): Promise<boolean> {
    const device = { ...kept, relayUrl }
    return (await askRelayAs(device, 'api/tunnel/status', this.#options.clock)).status === 200
  }

  #show(signIn: SignIn | null): void {
    this.#signIn = signIn
    this.#options.onChange()
  }
}

/** A bare host name means https, except on this machine. */
function withScheme(text: string): string {
  if (/^[a-z]+:\/\//i.test(text)) return text
  const url = URL.parse(`http://${text}`)
  return url !== null && isLoopback(url) ? `http://${text}` : `https://${text}`
}
