import type { Clock, Random, Timer } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'
import type { UpdateChannel } from '../../shared/preferences.ts'
import type { KeyedText } from '../../shared/words.ts'
import { boundedUpdater } from './bounded-updater.ts'
import { CheckSchedule } from './check-schedule.ts'
import { toFailureWords } from './failure-text.ts'
import {
  QUIET_MS,
  installsOnQuit,
  offerFor,
  waitingForAfterDownload,
  type FoundUpdate,
  type Offer,
  type PackageKind,
  type UpdateSettings,
  type WaitingFor,
} from './update-policy.ts'
import type { UpdaterPort } from './updater-port.ts'

export type UpdateState =
  /** This copy did not come as a package that can be replaced. */
  | { readonly kind: 'unsupported' }
  /** `checkedAt`: milliseconds since the epoch; null before the first check. */
  | { readonly kind: 'idle'; readonly checkedAt: number | null }
  | { readonly kind: 'checking' }
  | ({ readonly kind: 'available'; readonly version: string; readonly notesUrl: string } & Offer)
  /** `percent` is an integer. */
  | { readonly kind: 'downloading'; readonly version: string; readonly percent: number }
  | { readonly kind: 'ready'; readonly version: string; readonly waitingFor: WaitingFor }
  | { readonly kind: 'installing'; readonly version: string }
  /** The running version is unchanged. `reason`: for display; `at`: milliseconds since the epoch. */
  | { readonly kind: 'failed'; readonly reason: KeyedText; readonly at: number }

export interface UpdateManagerOptions {
  readonly updater: UpdaterPort
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly packageKind: PackageKind
  readonly settings: () => UpdateSettings
  /** The page with a version's notes and downloads. */
  readonly notesUrlFor: (version: string) => string
  /** Number of running requests. */
  readonly activeRequests: () => number
  /** While the window is open, the app does not restart without being asked. */
  readonly isWindowOpen: () => boolean
  /** Releases what the next version's process needs: the tunnel, the data directory, the single-instance lock. */
  readonly release: () => Promise<void>
  /** Reacquires them, because this version stays. */
  readonly resume: () => void
  readonly onChange: (state: UpdateState) => void
}

/** Checks for updates, downloads and installs them according to the user's settings. */
export class UpdateManager {
  readonly #options: UpdateManagerOptions
  readonly #updater: UpdaterPort
  readonly #schedule: CheckSchedule
  #state: UpdateState
  #isRunning = false
  /** The update that `available`, `downloading` and `ready` refer to. */
  #found: FoundUpdate | null = null
  /** The channel it was found on. */
  #channel: UpdateChannel
  /** Its installation failed, so only the user may retry it. */
  #failedVersion: string | null = null
  #quietTimer: Timer | undefined
  #checking: Promise<void> | undefined
  #downloading: AbortController | undefined

  constructor(options: UpdateManagerOptions) {
    const { updater, clock, random, settings, packageKind } = options
    this.#options = options
    this.#updater = boundedUpdater(updater, clock)
    this.#schedule = new CheckSchedule({
      clock,
      random,
      isOn: () => settings().mode !== 'off',
      look: () => void this.check(),
    })
    this.#channel = settings().channel
    this.#state = packageKind === 'none' ? { kind: 'unsupported' } : { kind: 'idle', checkedAt: null }
  }

  get state(): UpdateState {
    return this.#state
  }

  start(): void {
    if (this.#isRunning || this.#state.kind === 'unsupported') return
    this.#isRunning = true
    this.#schedule.plan('start')
  }

  /** Ends checks and downloads. A downloaded update stays ready for `installOnQuit`. */
  stop(): void {
    this.#isRunning = false
    this.#schedule.stop()
    this.#quietTimer?.cancel()
    this.#dropDownload()
  }

  /** The machine woke up. */
  resumed(): void {
    this.#schedule.resumed()
  }

  /** Checks now, whatever the mode. Concurrent calls share one check. Never rejects. */
  check(): Promise<void> {
    if (!this.#isRunning || this.#isBusy) return Promise.resolve()
    this.#checking ??= this.#look().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  /** Downloads the found update if the app is responsible for it. Never rejects. */
  async download(): Promise<void> {
    if (this.#state.kind !== 'available' || this.#state.how !== 'download') return
    const { version } = this.#state
    const abort = new AbortController()
    this.#downloading = abort
    const onProgress = (percent: number) => {
      if (this.#downloading === abort) this.#show({ kind: 'downloading', version, percent })
    }
    onProgress(0)
    try {
      await this.#updater.download({ onProgress, signal: abort.signal })
      if (this.#downloading === abort) this.#showReady(version)
    } catch (cause) {
      if (this.#downloading === abort) this.#fail(cause, 'update could not be downloaded')
    }
    if (this.#downloading === abort) this.#downloading = undefined
  }

  /** Installs at the user's request, as soon as no request is running. Never rejects. */
  async install(): Promise<void> {
    // Requests that end because the app quits must not restart the installation.
    if (this.#state.kind !== 'ready' || !this.#isRunning) return
    this.#quietTimer?.cancel()
    if (this.#options.activeRequests() === 0) return this.#install(this.#state.version)
    this.#show({ ...this.#state, waitingFor: 'streams' })
  }

  /** Runs at the very end of a quit, after all requests. The caller exits when it resolves. Never rejects. */
  async installOnQuit(): Promise<void> {
    const { packageKind, logger } = this.#options
    if (this.#state.kind !== 'ready' || !installsOnQuit(packageKind)) return
    this.#show({ kind: 'installing', version: this.#state.version })
    try {
      await this.#updater.install({ restart: false })
    } catch (cause) {
      logger.error({ err: cause }, 'update not installed on quit')
    }
  }

  /** The last running request has ended. */
  idle(): void {
    if (this.#state.kind !== 'ready' || !this.#isRunning) return
    if (this.#state.waitingFor === 'streams') void this.install()
    if (this.#state.waitingFor === 'quiet') this.#awaitQuiet()
  }

  /** Mode, channel or consent may have changed. */
  settingsChanged(): void {
    if (!this.#isRunning || this.#state.kind === 'installing') return
    const { channel } = this.#options.settings()
    this.#schedule.refresh()
    if (channel !== this.#channel) this.#changeChannel(channel)
    else if (this.#found !== null && !this.#isBusy) this.#reconsider(this.#found)
  }

  /** A check must not disturb a running operation. */
  get #isBusy(): boolean {
    return this.#state.kind === 'downloading' || this.#state.kind === 'installing'
  }

  async #look(): Promise<void> {
    const channel = this.#channel
    // An available update stays displayed during the search for a newer one.
    if (this.#found === null) this.#show({ kind: 'checking' })
    const answer = await this.#updater.check(channel).then(
      (found) => ({ found }),
      (cause: unknown) => ({ cause }),
    )
    if (!this.#isRunning || this.#isBusy) return
    if (channel !== this.#channel) return this.#look()
    if ('found' in answer) this.#take(answer.found)
    else this.#noteFailedCheck(answer.cause)
  }

  #take(found: FoundUpdate | null): void {
    this.#schedule.plan('check')
    if (found === null) {
      // Also drops an earlier find: it was withdrawn.
      this.#forget()
      this.#show({ kind: 'idle', checkedAt: this.#options.clock.now() })
    } else if (this.#state.kind !== 'ready' || this.#state.version !== found.version) this.#offer(found)
  }

  #noteFailedCheck(cause: unknown): void {
    this.#schedule.plan('failure')
    if (this.#found === null) this.#fail(cause, 'update check failed')
    else this.#options.logger.warn({ err: cause }, 'update check failed')
  }

  #offer(found: FoundUpdate): void {
    const { settings, packageKind, notesUrlFor } = this.#options
    this.#forget()
    this.#found = found
    const { version } = found
    const offer = offerFor(found, packageKind, settings())
    this.#show({ kind: 'available', version, notesUrl: notesUrlFor(version), ...offer })
    if (settings().mode === 'auto') void this.download()
  }

  /** Re-evaluates the same version after a settings change. */
  #reconsider(found: FoundUpdate): void {
    const state = this.#state
    const { settings, packageKind } = this.#options
    const isStillOurs = offerFor(found, packageKind, settings()).how === 'download'
    if (state.kind !== 'ready' || !isStillOurs) this.#offer(found)
    else if (state.waitingFor !== 'streams') this.#showReady(found.version)
  }

  #changeChannel(channel: UpdateChannel): void {
    this.#channel = channel
    this.#forget()
    this.#dropDownload()
    this.#show(this.#checking === undefined ? { kind: 'idle', checkedAt: null } : { kind: 'checking' })
    if (this.#options.settings().mode !== 'off') void this.check()
  }

  #forget(): void {
    this.#found = null
    this.#quietTimer?.cancel()
  }

  #dropDownload(): void {
    const download = this.#downloading
    this.#downloading = undefined
    download?.abort()
  }

  #showReady(version: string): void {
    const { packageKind, settings } = this.#options
    const hasFailed = version === this.#failedVersion
    const waitingFor = hasFailed ? null : waitingForAfterDownload(packageKind, settings().mode)
    this.#quietTimer?.cancel()
    this.#show({ kind: 'ready', version, waitingFor })
    if (waitingFor === 'quiet') this.#awaitQuiet()
  }

  /** Restarts the quiet period whenever a request ends. */
  #awaitQuiet(): void {
    const { clock, activeRequests, isWindowOpen } = this.#options
    this.#quietTimer?.cancel()
    this.#quietTimer = clock.after(QUIET_MS, () => {
      // With running requests, `idle` calls this again.
      if (activeRequests() > 0) return
      if (isWindowOpen()) this.#awaitQuiet()
      else void this.install()
    })
  }

  async #install(version: string): Promise<void> {
    const { release, resume } = this.#options
    this.#show({ kind: 'installing', version })
    try {
      await release()
      await this.#updater.install({ restart: true })
    } catch (cause) {
      this.#failedVersion = version
      this.#fail(cause, 'update could not be installed')
      resume()
    }
  }

  #fail(cause: unknown, message: string): void {
    const { clock, logger } = this.#options
    logger.warn({ err: cause }, message)
    this.#forget()
    this.#show({ kind: 'failed', reason: toFailureWords(cause), at: clock.now() })
  }

  #show(state: UpdateState): void {
    this.#state = state
    this.#options.onChange(state)
  }
}
