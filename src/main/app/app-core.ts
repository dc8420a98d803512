import { ActivityLog } from '../../bridge/activity/activity-log.ts'
import type { Bridge } from '../../bridge/bridge.ts'
import { openProfile, type Profile } from '../../bridge/profile/profile.ts'
import { statusHandlers } from '../../bridge/profile/status-commands.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import { UpdateManager } from '../../bridge/updates/update-manager.ts'
import { coalesced } from '../../shared/coalesced.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { localeFor } from '../../shared/i18n/language.ts'
import { VERSION } from '../../shared/version.ts'
import type { KeyedText } from '../../shared/words.ts'
import { isDismissible } from '../view/problem-view.ts'
import type { AppState, SecretsState, Visibility } from '../view/app-state.ts'
import { Account } from './account.ts'
import { bridgeFor } from './app-bridge.ts'
import { BuiltInRelay } from './built-in-relay.ts'
import type { AppCoreOptions } from './app-core-options.ts'
import { DefaultKey } from './default-key.ts'
import { ModelServer } from './model-server.ts'
import { Notices } from './notices.ts'
import { toAccount, toSecretsState, updateSettingsIn } from './state-parts.ts'
import type { BridgeSnapshot } from '../../bridge/bridge-snapshot.ts'
import { Wakefulness } from './wakefulness.ts'

/** Available once the data directory is open. */
export interface OpenApp {
  readonly profile: Profile
  readonly bridge: Bridge
  readonly account: Account
  readonly builtInRelay: BuiltInRelay
}

/** Limits updates of the views to 20 per second. */
const TELL_AFTER_MS = 50

/** The app without Electron: one bridge from start to quit, and the state of the app. */
export class AppCore {
  readonly #options: AppCoreOptions
  readonly #activity: ActivityLog
  readonly #wakefulness: Wakefulness
  readonly updates: UpdateManager
  readonly #changed: () => void
  readonly #defaultKey: DefaultKey
  /** The user's model server. */
  readonly modelServer: ModelServer
  #open: OpenApp | undefined
  #settings: Settings
  #secrets: SecretsState = { kind: 'keychain', isEmptied: false }
  #identity: DeviceIdentity | null = null
  #offlineSince: number | null = null
  readonly #notices = new Notices(() => this.#changed())
  #suggestion: AppState['suggestion'] = null
  #window: Visibility = 'closed'
  #isDraining = false
  #launchAtLogin: boolean | null
  #told: AppState
  #isBusy = false
  #lastStart: Promise<unknown> = Promise.resolve()

  /** @param settings the settings before the data directory is open */
  constructor(options: AppCoreOptions, settings: Settings) {
    const { clock, random, logger, loginItem } = options
    this.#options = options
    this.#settings = settings
    this.#launchAtLogin = loginItem.read()
    this.#wakefulness = new Wakefulness(options.system)
    this.#changed = coalesced(clock, TELL_AFTER_MS, () => this.#tell())
    this.#defaultKey = new DefaultKey(
      () => this.#announced(),
      () => this.#changed(),
    )
    this.#activity = new ActivityLog({ clock, onChange: () => this.#changed() })
    this.modelServer = new ModelServer({
      ...options,
      onChange: () => this.#changed(),
      bridge: () => this.#open?.bridge,
    })
    this.updates = new UpdateManager({
      updater: options.updater,
      packageKind: options.packageKind,
      notesUrlFor: options.notesUrlFor,
      clock,
      random,
      logger,
      settings: () => updateSettingsIn(this.#settings),
      activeRequests: () => this.#open?.bridge.snapshot.activeRequests ?? 0,
      isWindowOpen: () => this.#window === 'shown',
      release: () => this.#release(),
      resume: () => this.#resume(),
      onChange: () => this.#changed(),
    })
    this.#told = this.state
  }

  get state(): AppState {
    const { platform, clock, hasTray, systemLanguages } = this.#options
    const { profile, bridge, account, builtInRelay } = this.#open ?? {}
    const { id, isRevoked } = this.#defaultKey.state
    return {
      version: VERSION,
      locale: localeFor(this.#settings.language, systemLanguages),
      platform,
      now: clock.now(),
      bridge: bridge?.snapshot ?? null,
      secrets: this.#secrets,
      account: this.#identity && toAccount(this.#identity),
      address: this.#identity?.address ?? null,
      builtInRelay: builtInRelay?.stateFor(this.#identity) ?? null,
      isSigningInAgain: account?.isSigningInAgain ?? false,
      signIn: account?.signIn ?? null,
      suggestion: this.#suggestion,
      keys: profile?.keys.list() ?? [],
      defaultKeyId: id,
      isDefaultKeyRevoked: isRevoked,
      activity: this.#activity.snapshot(),
      hours: this.#activity.hours(),
      pull: this.modelServer.currentPull,
      canStartOllama: this.modelServer.canStart,
      hasUpstreamKey: profile?.upstreamKey.isStored ?? false,
      offlineSince: this.#offlineSince,
      settings: this.#settings,
      locked: profile?.settings.locked ?? [],
      launchAtLogin: this.#launchAtLogin,
      hasTray,
      window: this.#window,
      update: this.updates.state,
      isDraining: this.#isDraining,
      notices: this.#notices.list,
    }
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /**
   * @throws AppError SECRETS_UNAVAILABLE while the keychain is locked, BRIDGE_STOPPED while the app starts or
   * stops
   */
  get open(): OpenApp {
    if (this.#open !== undefined) return this.#open
    if (this.#secrets.kind === 'locked') throw new AppError('SECRETS_UNAVAILABLE')
    throw new AppError('BRIDGE_STOPPED', errorCase('case.notReady'))
  }

  /**
   * Opens the data directory and starts the bridge. A locked keychain is a state that can be retried. Starts
   * run one at a time: a concurrent one would find the directory held by this process.
   * @param giveUpKeychain the user prefers a new sign-in to waiting for the keychain
   * @throws AppError ALREADY_RUNNING, CONFIG_INVALID
   */
  start({ giveUpKeychain = false } = {}): Promise<void> {
    const started = this.#lastStart.then(() => this.#start(giveUpKeychain))
    this.#lastStart = started.catch(() => {})
    return started
  }

  async #start(giveUpKeychain: boolean): Promise<void> {
    if (this.#open !== undefined) return
    this.#options.system.setTheme(this.#settings.theme)
    this.updates.start()
    try {
      await this.#openAll(giveUpKeychain)
    } catch (cause) {
      const error = toAppError(cause)
      if (error.code !== 'SECRETS_UNAVAILABLE') throw error
      this.#secrets = { kind: 'locked', message: error.words }
      this.#changed()
    }
  }

  /** Closes the tunnel and releases the data directory. */
  async stop(): Promise<void> {
    this.updates.stop()
    this.#activity.stop()
    await this.#close()
  }

  async #close(): Promise<void> {
    this.#wakefulness.end()
    const { profile, bridge, account, builtInRelay } = this.#open ?? {}
    this.#open = undefined
    account?.cancel()
    bridge?.drain(true)
    // Running requests are aborted as the user decided; finished responses must still be delivered.
    if (bridge?.snapshot.activeRequests === 0) await bridge.delivered()
    bridge?.stop()
    await builtInRelay?.stop()
    await profile?.close()
  }

  windowBecame(window: Visibility): void {
    if (window === 'shown') this.#launchAtLogin = this.#options.loginItem.read()
    this.#window = window
    this.#changed()
  }

  setLaunchAtLogin(isOn: boolean): void {
    this.#options.loginItem.write(isOn)
    this.#launchAtLogin = this.#options.loginItem.read()
    this.#changed()
  }

  drain(isDraining: boolean): void {
    this.#isDraining = isDraining
    this.#open?.bridge.drain(isDraining)
    this.#changed()
  }

  suspend(): void {
    this.#open?.bridge.suspend()
  }

  /** The machine has resumed or changed its network. */
  wake(): void {
    this.#open?.bridge.wake()
    void this.#open?.builtInRelay.networkChanged()
    this.updates.resumed()
  }

  /** Fills in the first-run form. */
  suggest(suggestion: AppState['suggestion']): void {
    this.#suggestion = suggestion
    this.#changed()
  }

  /** The key used in snippets. @throws AppError as `DefaultKey.textIn` */
  async defaultKey({ renew = false } = {}): Promise<string> {
    return this.#defaultKey.textIn(this.open.profile, { renew })
  }

  /** The user does not want to see this problem again. */
  async dismiss(code: string): Promise<void> {
    this.#notices.dismiss(code)
    if (!isDismissible(code)) return
    const { dismissedProblems } = this.#settings
    await this.open.profile.settings.patch({ dismissedProblems: [...new Set([...dismissedProblems, code])] })
  }

  /** The user agrees to store secrets in a private file if there is no keychain. @throws AppError */
  async keepSecretsInFile(): Promise<void> {
    const { secrets, settings } = this.open.profile
    await secrets.keepIn('file')
    this.#secrets = toSecretsState(secrets)
    await settings.patch({ allowSecretsFile: true })
  }

  async #openAll(giveUpKeychain: boolean): Promise<void> {
    const { dataDir, args } = this.#options
    const notify = (text: KeyedText): void => this.#notices.add(text)
    const profile = await openProfile({
      dataDir,
      giveUpKeychain,
      notify,
      notifyWeakerSecrets: () => {},
      // A command that passes a code waits for the result and could not answer a question.
      allowSecretsFile: ({ allowSecretsFile }) => allowSecretsFile || args.pair !== undefined,
      announced: () => this.#announced(),
      handlers: (opened) =>
        statusHandlers({
          snapshot: () => this.#open?.bridge.snapshot,
          defaultKey: () => this.#defaultKey.textIn(opened, { renew: true }),
        }),
    })
    try {
      const parts = { ...this.#options, notify, onChange: this.#changed }
      const account = new Account({ ...parts, profile, onIdentity: (identity) => this.#became(identity) })
      const onReturn = (): void => this.#open?.bridge.reconnect()
      const builtInRelay = await BuiltInRelay.open({ ...parts, onReturn })
      const identity = await account.identityAtStart(args.relay, args.pair)
      this.#identity = identity
      this.#secrets = toSecretsState(profile.secrets)
      this.#open = { profile, account, builtInRelay, bridge: this.#createBridge(profile, identity) }
      // Its process may take a minute to listen, or to fail. The bridge dials again when it listens.
      if (args.relay === undefined) void builtInRelay.resumeFor(identity)
      this.#follow(profile)
      await this.#defaultKey.refresh(profile)
      await this.#open.bridge.start()
    } catch (cause) {
      await (this.#open === undefined ? profile.close() : this.#close())
      throw cause
    }
  }

  #createBridge(profile: Profile, identity: DeviceIdentity | null): Bridge {
    return bridgeFor(this.#options, profile, identity, {
      onChange: (snapshot) => this.#bridgeChanged(snapshot),
      onRequest: (event) => this.#activity.note(event),
      onUpheaval: () => void this.#open?.builtInRelay.networkChanged(),
    })
  }

  #follow(profile: Profile): void {
    this.#settings = profile.settings.value
    this.#options.system.setTheme(this.#settings.theme)
    profile.settings.onChange((settings) => {
      this.#settings = settings
      this.#options.system.setTheme(settings.theme)
      this.updates.settingsChanged()
      this.#changed()
    })
    profile.keys.onChange(() => void this.#defaultKey.refresh(this.#open?.profile))
  }

  #became(identity: DeviceIdentity | null): void {
    this.#identity = identity
    this.#suggestion = null
    const { profile, bridge, builtInRelay } = this.#open ?? {}
    if (profile !== undefined) this.#secrets = toSecretsState(profile.secrets)
    if (identity === null) bridge?.signOut()
    else bridge?.signIn(identity)
    void builtInRelay?.forgetUnlessFor(identity)
    void this.#defaultKey.refresh(profile)
  }

  #bridgeChanged(snapshot: BridgeSnapshot): void {
    const isTrying = ['connecting', 'waiting'].includes(snapshot.tunnel.kind)
    this.#offlineSince = isTrying ? (this.#offlineSince ?? this.#options.clock.now()) : null
    this.#wakefulness.follow(snapshot)
    const isBusy = snapshot.activeRequests > 0
    // While draining, the update must not restart the app: it is installed on quit.
    if (this.#isBusy && !isBusy && !this.#isDraining) this.updates.idle()
    this.#isBusy = isBusy
    this.#changed()
  }

  /** Resolves once the relay knows the keys. */
  async #announced(): Promise<void> {
    await this.#open?.bridge.announced()
  }

  async #release(): Promise<void> {
    await this.#close()
    this.#options.onRelease()
  }

  #resume(): void {
    this.#options.onResume()
    this.start().catch((cause: unknown) => this.#notices.add(toAppError(cause).words))
  }

  #tell(): void {
    const before = this.#told
    this.#told = this.state
    this.#options.onChange(before, this.#told)
  }
}
