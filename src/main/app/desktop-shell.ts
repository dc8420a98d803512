import { homedir } from 'node:os'
import type { Answer, HandlersFor, PageId } from '../../shared/ipc/contract.ts'
import { toAppError } from '../../shared/errors.ts'
import { createReport } from '../../bridge/doctor/report.ts'
import type { CheckResult } from '../../bridge/doctor/check-result.ts'
import type { AppLog } from '../../bridge/log/app-log.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import { SettingsStore } from '../../bridge/settings/settings-store.ts'
import { VERSION } from '../../shared/version.ts'
import { toAppView } from '../view/app-view.ts'
import type { AppState, Visibility } from '../view/app-state.ts'
import { deepLinkIn, type DeepLink } from '../view/deep-link.ts'
import { notificationsFor, type NotificationId } from '../view/notification-view.ts'
import { startPlanFor } from '../view/start-plan.ts'
import { textOf, wordsOf, type ViewWords } from '../view/words/view-words.ts'
import { trayIconFor } from '../view/tray-icon.ts'
import { trayViewFor, type TrayCommand } from '../view/tray-view.ts'
import type { Bounds } from '../view/window-bounds.ts'
import type { AppCoreOptions } from './app-core-options.ts'
import { AppCore } from './app-core.ts'
import { plainSystem } from './plain-system.ts'
import type { MenuPort, TrayPort, WindowPort } from './ports.ts'
import { QuitHandler } from './quit-handler.ts'
import { answerRequest, type Sender } from './request-gate.ts'
import { createHandlers } from './request-handlers.ts'
import { runTrayCommand } from './tray-commands.ts'

export interface DesktopShellOptions extends Omit<
  AppCoreOptions,
  'logger' | 'onChange' | 'onRelease' | 'onResume'
> {
  readonly log: AppLog
  readonly window: WindowPort
  readonly tray: TrayPort
  readonly menu: MenuPort
  /** The current brightness of the taskbar or panel. */
  readonly isTaskbarDark: () => boolean
  /** Lets another copy become the single instance. */
  readonly releaseInstance: () => void
  /** Makes this copy the single instance again. */
  readonly claimInstance: () => void
  readonly launchedByItself: boolean
}

/** Maximum time for cleanup before the process exits. */
const EXIT_DEADLINE_MS = 5_000
const CRASH_PAUSE_MS = 60_000
/** Time before the window opens even if the start has not finished. */
const START_PATIENCE_MS = 1_500

/** The user interface of the app: window, tray, notifications and quitting. */
export class DesktopShell {
  readonly #options: DesktopShellOptions
  readonly #app: AppCore
  readonly #quit: QuitHandler
  readonly #handlers: HandlersFor
  /** Page to show once the window has loaded. */
  #page: PageId | undefined
  /** Notifications already shown in this run. */
  readonly #told = new Set<NotificationId>()
  /** Since the window was last closed in this run: it may open again before they are on disk. */
  #windowBounds: Bounds | undefined
  #crashedAtMs = -Infinity
  /** The texts that the menu currently has. */
  #words: ViewWords | undefined

  private constructor(given: DesktopShellOptions, settings: Settings) {
    const options = { ...given, system: plainSystem(given.system) }
    const { system, clock, window } = options
    this.#options = options
    this.#app = new AppCore(
      {
        ...options,
        logger: options.log.logger,
        onChange: (before, after) => this.#changed(before, after),
        onRelease: () => {
          this.#quit.send({ type: 'quitForUpdate' })
          options.releaseInstance()
        },
        onResume: () => {
          options.claimInstance()
          this.#quit.send({ type: 'updateFailed' })
        },
      },
      settings,
    )
    this.#quit = new QuitHandler({
      clock,
      system,
      logger: options.log.logger,
      words: () => wordsOf(this.#app.state),
      activeRequests: () => this.#app.state.bridge?.activeRequests ?? 0,
      drain: (isDraining) => this.#app.drain(isDraining),
      hideWindow: () => window.destroy(),
      exit: () => void this.#exit(),
    })
    this.#handlers = createHandlers({
      ...options,
      app: this.#app,
      logDir: options.log.dir,
      report: (findings) => this.#report(findings),
    })
  }

  /** @throws AppError CONFIG_INVALID if a managed setting is invalid */
  static async create(options: DesktopShellOptions): Promise<DesktopShell> {
    const { dataDir, clock, env } = options
    const { value } = await SettingsStore.load({ dataDir, clock, env, onBad: null })
    return new DesktopShell(options, value)
  }

  get windowBounds(): Bounds | null {
    return this.#windowBounds ?? this.#app.state.settings.windowBounds
  }

  /** @throws AppError ALREADY_RUNNING, CONFIG_INVALID */
  async start(argv: readonly string[]): Promise<void> {
    const { clock } = this.#options
    this.#render(this.#app.state)
    // A keychain may wait a minute for its password: the user should see meanwhile that the app is running.
    const patience = clock.after(START_PATIENCE_MS, () => this.#showAtStart())
    await this.#app.start().finally(() => patience.cancel())
    this.#showAtStart()
    clock.soon(() => this.#follow(deepLinkIn(argv)))
  }

  #showAtStart(): void {
    const { launchedByItself, hasTray, window } = this.#options
    const { bridge, account, settings } = this.#app.state
    const { startMinimized, trayStyle } = settings
    // The account is unknown until there is a bridge.
    const isFirstRun = bridge !== null && account === null
    const plan = startPlanFor({ isFirstRun, startMinimized, launchedByItself, hasTray, trayStyle })
    if (plan.showWindow && !this.#quit.mayClose) window.show()
  }

  /** The user started the app again or opened a link to it. */
  launchedAgain(argv: readonly string[]): void {
    this.#follow(deepLinkIn(argv))
    this.#options.window.show()
  }

  /** Answers a request from the window. Never rejects. */
  async answer(sender: Sender, name: unknown, payload: unknown): Promise<Answer<unknown>> {
    const words = wordsOf(this.#app.state)
    const options = { handlers: this.#handlers, logger: this.#options.log.logger, words }
    const answer = await answerRequest(options, sender, name, payload)
    if (name === 'view.get' && answer.ok) this.#options.clock.soon(() => this.#turnPage())
    return answer
  }

  trayCommand(command: TrayCommand): void {
    const { system, log } = this.#options
    const options = {
      app: this.#app,
      system,
      toggleWindow: () => this.toggleWindow(),
      showPage: (page: PageId) => this.showPage(page),
      quit: () => this.#quit.quit(),
    }
    runTrayCommand(options, command).catch((cause: unknown) => {
      log.logger.warn({ err: cause, command }, 'tray command failed')
      system.notify('CloudToLocalLLM', textOf(wordsOf(this.#app.state), toAppError(cause).words), () =>
        this.#options.window.show(),
      )
    })
  }

  /** Opens the window at this page. */
  showPage(page: PageId): void {
    const { window } = this.#options
    this.#page = page
    if (window.isOpen) this.#turnPage()
    window.show()
  }

  toggleWindow(): void {
    const { window } = this.#options
    if (this.#app.state.window === 'shown') window.destroy()
    else window.show()
  }

  windowBecame(state: Visibility): void {
    this.#app.windowBecame(state)
  }

  windowMoved(windowBounds: Bounds): void {
    this.#windowBounds = windowBounds
    if (!this.#app.isOpen) return
    const { logger } = this.#options.log
    const kept = this.#app.open.profile.settings.patch({ windowBounds })
    kept.catch((cause: unknown) => logger.info({ err: cause }, 'window position not saved'))
  }

  /** The user pressed the window's close button. @returns whether it may close */
  windowClosing(): boolean {
    if (this.#quit.mayClose) return true
    this.#quit.closeWindow(this.#options.hasTray)
    return false
  }

  /** Whether the process may exit. Otherwise the user is asked first if requests would be lost. */
  quitAsked(): boolean {
    if (this.#quit.mayClose) return true
    this.#quit.quit()
    return false
  }

  /** Reopens the window after a crash, but not after a second one shortly after: the tray still works. */
  windowCrashed(reason: string): void {
    const { window, clock, log } = this.#options
    const now = clock.monotonic()
    const isRepeated = now - this.#crashedAtMs < CRASH_PAUSE_MS
    this.#crashedAtMs = now
    log.logger.error({ reason }, 'window crashed')
    window.destroy()
    if (!isRepeated) window.show()
  }

  /** The system is shutting down, or the parent process has exited, so there is no time to ask. */
  shutdown(): void {
    this.#quit.send({ type: 'shutdown' })
  }

  suspend(): void {
    this.#app.suspend()
  }

  wake(): void {
    this.#app.wake()
  }

  /** The theme of the taskbar has changed. */
  themeChanged(): void {
    this.#render(this.#app.state)
  }

  #changed(before: AppState, after: AppState): void {
    const { window, system } = this.#options
    this.#render(after)
    // The window is usually closed; the tray needs only part of the state.
    if (window.isOpen) window.send('view.changed', toAppView(after))
    for (const { id, title, text } of notificationsFor(before, after, this.#told)) {
      this.#told.add(id)
      system.notify(title, text, () => window.show())
    }
    // Sent on every change: a request can start and finish between two updates.
    if ((after.bridge?.activeRequests ?? 0) === 0) this.#quit.send({ type: 'idle' })
  }

  #render(state: AppState): void {
    const { tray, menu, hasTray, platform, isTaskbarDark } = this.#options
    const words = wordsOf(state)
    if (words !== this.#words) menu.render(words)
    this.#words = words
    const { trayStyle: style } = state.settings
    if (!hasTray || style === 'hidden') return tray.destroy()
    const view = trayViewFor(state)
    tray.render(view, trayIconFor({ shape: view.shape, style, platform, isTaskbarDark: isTaskbarDark() }))
  }

  #turnPage(): void {
    const page = this.#page
    this.#page = undefined
    if (page !== undefined) this.#options.window.send('page.show', page)
  }

  /**
   * Any web page can open a link, so a link only fills in a form that the user has to submit. On a device that already has a relay, it is
   * the form for a new sign-in, which the user may leave.
   */
  #follow(link: DeepLink | null): void {
    if (link?.kind === 'pair') {
      this.#app.suggest({ relayUrl: link.relayUrl, code: link.code })
      if (this.#app.isOpen && this.#app.state.account !== null) this.#app.open.account.signInAgain()
    }
    if (link !== null) this.#options.window.show()
  }

  #report(findings: readonly CheckResult[]): string {
    const { log, clock, platform } = this.#options
    const { electron, chrome, node } = process.versions
    return createReport({
      findings,
      settings: this.#app.state.settings,
      logLines: log.lines(),
      versions: { app: VERSION, electron, chrome, node },
      platform: `${platform} ${process.arch}`,
      homeDir: homedir(),
      now: clock.now(),
    })
  }

  async #exit(): Promise<void> {
    const { window, tray, clock, system } = this.#options
    clock.after(EXIT_DEADLINE_MS, () => system.exit(0))
    window.destroy()
    await this.#app.stop()
    await this.#app.updates.installOnQuit()
    tray.destroy()
    system.exit(0)
  }
}
