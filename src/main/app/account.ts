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
import { errorCase } from '../../shared/error-cases.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { RelayOfferView } from '../../shared/ipc/relay-view.ts'
import type { Logger } from '../../shared/logger.ts'
import type { KeyedText } from '../../shared/words.ts'
import type { AppState } from '../view/app-state.ts'
import type { System } from './ports.ts'

export interface AccountOptions {
  readonly profile: Profile
  readonly system: Pick<System, 'openExternal'>
  readonly proxy: SystemProxy
  readonly clock: Clock
  readonly logger: Logger
  readonly env: NodeJS.ProcessEnv
  /** The device was paired or signed in, or (`null`) signed out. */
  readonly onIdentity: (identity: DeviceIdentity | null) => void
  readonly onChange: () => void
  /** Presents one sentence to the user. */
  readonly notify: (sentence: KeyedText) => void
}

/** A sign-in in progress, or the failure of the last one. */
type SignIn = NonNullable<AppState['signIn']>

/** The ways to join a relay. */
type RelayOffer = Omit<RelayOfferView, 'warning'> & Pick<RelayAddress, 'warning'>

/** Connects this device to a relay by pairing or sign-in, and signs it out. */
export class Account {
  readonly #options: AccountOptions
  #signIn: SignIn | null = null
  #isSigningInAgain = false
  #abort: AbortController | undefined

  constructor(options: AccountOptions) {
    this.#options = options
  }

  get signIn(): SignIn | null {
    return this.#signIn
  }

  /** The user wants to sign in or pair again; this device keeps its identity until that has succeeded. */
  get isSigningInAgain(): boolean {
    return this.#isSigningInAgain
  }

  signInAgain(): void {
    this.#isSigningInAgain = true
    this.cancel()
  }

  /** Leaves a new sign-in; the previous one stays. */
  leave(): void {
    this.#isSigningInAgain = false
    this.cancel()
  }

  /**
   * Returns the ways to join that a relay offers. @throws AppError CONFIG_INVALID, RELAY_UNREACHABLE,
   * RELAY_REFUSED
   */
  async look(text: string): Promise<RelayOffer> {
    const { url, warning } = await this.#wayTo(text)
    const { pairing, oidc } = await lookAtRelay(url, this.#options.clock)
    return {
      url: url.href,
      name: url.host,
      pairing,
      isLocal: isLoopback(url),
      issuer: oidc === null ? null : new URL(oidc.issuer).host,
      audience: oidc === null || namesRelay(oidc.audience, url) ? null : oidc.audience,
      warning,
    }
  }

  /**
   * Pairs this device. Cancels a sign-in in progress and clears the failure of the last one.
   * @throws AppError as `pairDevice`; SECRETS_UNAVAILABLE, in which case nothing has changed
   */
  async pair(relayUrl: string, code: string): Promise<DeviceIdentity> {
    const { profile, clock } = this.#options
    this.cancel()
    const { url } = await this.#wayTo(relayUrl)
    return this.#become(await pairDevice(url, code, profile.settings.value.deviceName, clock))
  }

  /** Connects this device to the app's own relay: with its identity if that relay knows it, otherwise with the code. @throws AppError as `pair` */
  async joinOwnRelay(relayUrl: string, code: string): Promise<void> {
    const kept = await this.#keptIdentity()
    if (kept === null || !isLoopback(new URL(kept.relayUrl)) || !(await this.#isRecognised(relayUrl, kept)))
      return void (await this.pair(relayUrl, code))
    this.cancel()
    await this.#become({ ...kept, relayUrl })
  }

  /**
   * Opens the browser. Resolves when the user has signed in or `cancel` was called.
   * @param audience audience of the access token, as confirmed by the user; `null` = the relay's own URL
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
      if (offer.oidc === null) throw new AppError('RELAY_REFUSED', errorCase('case.signIn.pairOnly'))
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
      this.#show({ kind: 'failed', message: toAppError(cause).words })
      throw cause
    }
  }

  cancel(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#show(null)
  }

  /**
   * Deletes this device's identity, and revokes its tokens if the identity provider can be reached.
   * @throws AppError SECRETS_UNAVAILABLE if the keychain does not delete the identity, which is then restored
   * at the next start
   */
  async signOut(): Promise<void> {
    const { profile, clock, logger, onIdentity } = this.#options
    this.leave()
    onIdentity(null)
    // Both are started immediately, so that a slow keychain does not delete the identity of a later sign-in.
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
   * Identity of this device at start. `npm start` passes its own local relay, whose port may have changed,
   * and a pairing code in case the relay does not know this device.
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

  /** Reports a damaged identity instead of throwing, because the user can sign in again only in the app. */
  async #keptIdentity(): Promise<DeviceIdentity | null> {
    const { profile, notify } = this.#options
    try {
      return await profile.identity()
    } catch (cause) {
      const { code, words } = toAppError(cause)
      if (code !== 'NOT_PAIRED') throw cause
      notify(words)
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
    this.#isSigningInAgain = false
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

/** Adds a scheme to a bare host: https, or http for this machine. */
function withScheme(text: string): string {
  if (/^[a-z]+:\/\//i.test(text)) return text
  const url = URL.parse(`http://${text}`)
  return url !== null && isLoopback(url) ? `http://${text}` : `https://${text}`
}
