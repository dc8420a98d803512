import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { Lines } from './lines.ts'
import { PATIENCE_MS, patient } from './patience.ts'
import { Program, ROOT } from './program.ts'

const SUPPORT = join(ROOT, 'e2e/support')
const BINARY = join(ROOT, 'node_modules/electron/dist', binaryName(process.platform))

/** Whether the specs run on real Electron. */
export const isRealElectron = existsSync(BINARY)

/** Notice printed once per run. */
export const STAGE = isRealElectron
  ? 'desktop specs run on: Electron'
  : 'desktop specs run on: the stand-in (no Electron binary)'

export interface MenuRow {
  readonly label: string
  readonly type: string
  readonly enabled: boolean
  readonly checked: boolean
  readonly rows: readonly MenuRow[]
}

export interface TrayState {
  /** The icon's file; real Electron reports it only after the first change. */
  readonly image: string | null
  readonly toolTip: string
  readonly menu: readonly MenuRow[]
}

export interface DialogState {
  readonly kind: string
  readonly message: string
  readonly detail: string
  readonly buttons: readonly string[]
  readonly isAnswered: boolean
}

/** The app's user interface outside its windows. */
export interface DesktopState {
  readonly tray: TrayState | null
  readonly windows: readonly {
    readonly isVisible: boolean
    readonly isMinimized: boolean
    readonly bounds: { readonly width: number; readonly height: number }
    readonly url: string
  }[]
  readonly notifications: readonly { readonly title: string; readonly body: string }[]
  /** URLs opened in the browser, files and folders opened in the file manager. */
  readonly opened: readonly string[]
  readonly dialogs: readonly DialogState[]
  readonly copied: string | null
  readonly keepsAwake: boolean
  readonly theme: string
}

export interface LaunchOptions {
  readonly dataDir: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const NOTHING: DesktopState = {
  tray: null,
  windows: [],
  notifications: [],
  opened: [],
  dialogs: [],
  copied: null,
  keepsAwake: false,
  theme: 'system',
}

/**
 * The built app, run by Electron if its binary is installed, otherwise by the stand-in. Both load the same observer and
 * open the same debugging port, so one driver serves both.
 */
export class DesktopApp {
  state = NOTHING
  readonly program: Program
  /** Uncaught errors of the windows that `window` returned. */
  readonly windowErrors: Error[] = []
  readonly #options: LaunchOptions
  readonly #home: string
  readonly #server: Server
  readonly #socket: Socket
  readonly #watchers = new Set<() => void>()
  readonly #answers = new Map<number, PromiseWithResolvers<void>>()
  #page: Page | undefined
  #browser: Promise<Browser> | undefined
  #lastId = 0
  #hasEnded = false

  private constructor(
    options: LaunchOptions,
    home: string,
    program: Program,
    server: Server,
    socket: Socket,
  ) {
    this.#options = options
    this.#home = home
    this.program = program
    this.#server = server
    this.#socket = socket
    socket.setEncoding('utf8').on('error', () => {})
    void this.#listen(new Lines(socket))
  }

  /** Resolves once its first code runs. */
  static async launch(options: LaunchOptions): Promise<DesktopApp> {
    const home = await mkdtemp(join(tmpdir(), 'ctl-home-'))
    const address =
      process.platform === 'win32' ? `\\\\.\\pipe\\${home.replaceAll(/\W/g, '-')}` : `${home}/observer`
    const server = createServer()
    await once(server.listen(address), 'listening')
    const observed = ['-r', join(SUPPORT, 'desktop-observer.cjs'), '--remote-debugging-port=0']
    const program = start(options, home, observed, { DESKTOP_OBSERVER: address })
    const connected = once(server, 'connection')
    const socket = await Promise.race([connected, program.exit])
    if (!Array.isArray(socket)) {
      server.close()
      await rm(home, { recursive: true, force: true })
      throw new Error(`the app ended with ${socket}:\n${program.stderr.seen.join('\n')}`)
    }
    return new DesktopApp(options, home, program, server, socket[0])
  }

  get dataDir(): string {
    return this.#options.dataDir
  }

  /** Configuration directory of the desktop environment. */
  get configHome(): string {
    return join(this.#home, '.config')
  }

  /** Resolves once the condition holds; rejects at the deadline, or when the app has ended. */
  until(fits: (state: DesktopState) => boolean, deadlineMs = PATIENCE_MS): Promise<DesktopState> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timeout)
        this.#watchers.delete(look)
      }
      const giveUp = (cause: string): void => {
        leave()
        reject(new Error(`${cause}: ${fits.toString()}\n${this.#account()}`))
      }
      const look = (): void => {
        if (fits(this.state)) {
          leave()
          resolve(this.state)
        } else if (this.#hasEnded) giveUp('the app has ended')
      }
      const timeout = setTimeout(() => giveUp(`not within ${deadlineMs} ms`), deadlineMs)
      this.#watchers.add(look)
      look()
    })
  }

  /** The window's page, once it is open. */
  async window(): Promise<Page> {
    await this.until(({ windows }) => windows.some(({ url }) => url !== ''))
    const [context] = (await (this.#browser ??= this.#connect())).contexts()
    if (context === undefined) throw new Error('Chromium has no context')
    const shown = async (page: Page): Promise<Page> => {
      await page.waitForURL((url) => url.protocol !== 'about:', { waitUntil: 'commit' })
      return page
    }
    const page = await Promise.any([...context.pages().map(shown), context.waitForEvent('page').then(shown)])
    if (page !== this.#page) page.on('pageerror', (error) => this.windowErrors.push(error))
    this.#page = page
    return patient(page)
  }

  /** Clicks an item of the tray menu. @param labels prefix of each level's label */
  clickMenu(...labels: readonly string[]): Promise<void> {
    return this.#tell('clickMenu', labels)
  }

  clickTray(): Promise<void> {
    return this.#tell('clickTray')
  }

  /** Clicks the window's close button. The page that a test has used is gone then, which takes longer than the window. */
  async closeWindow(): Promise<void> {
    const page = this.#page?.isClosed() === false ? this.#page : undefined
    const gone = page?.waitForEvent('close', { timeout: PATIENCE_MS })
    await this.#tell('closeWindow')
    await gone
  }

  resize(width: number, height: number): Promise<void> {
    return this.#tell('resize', { width, height })
  }

  /** Answers the open dialog, or the next one. @param answer a button's text or a path; `null` cancels */
  answerDialog(answer: string | null): Promise<void> {
    return this.#tell('answerDialog', answer)
  }

  emitPower(event: 'suspend' | 'resume'): Promise<void> {
    return this.#tell('emitPower', event)
  }

  /** Quits like the operating system: the app may ask the user and stay open. */
  quit(): Promise<void> {
    return this.#tell('quit')
  }

  /** Launches a second instance. @returns its exit code */
  async startSecond(...args: readonly string[]): Promise<number | string> {
    const second = start({ ...this.#options, args }, this.#home, [], {})
    const code = await second.exit
    await second.close()
    return code
  }

  /** Kills the app. */
  async close(): Promise<void> {
    await (await this.#browser?.catch(() => undefined))?.close()
    this.#socket.destroy()
    this.#server.close()
    await this.program.exit
    await rm(this.#home, { recursive: true, force: true, maxRetries: 10 })
  }

  async #connect(): Promise<Browser> {
    const line = await this.program.stderr.next((text) => text.startsWith('DevTools listening on '))
    // Electron has a single browser context, without settings.
    return chromium.connectOverCDP(line.slice('DevTools listening on '.length), { noDefaults: true })
  }

  async #tell(command: string, argument?: unknown): Promise<void> {
    const id = ++this.#lastId
    const answer = Promise.withResolvers<void>()
    this.#answers.set(id, answer)
    this.#socket.write(`${JSON.stringify({ id, command, argument })}\n`)
    await answer.promise
  }

  async #listen(lines: Lines): Promise<void> {
    for (;;) {
      const line = await lines.next(() => true, 2 ** 31 - 1).catch(() => undefined)
      if (line === undefined) return this.#gone()
      this.#take(JSON.parse(line))
    }
  }

  #take({ snapshot, id, error }: { snapshot?: DesktopState; id?: number; error?: string }): void {
    if (snapshot !== undefined) {
      this.state = snapshot
      for (const look of this.#watchers) look()
    }
    if (id === undefined) return
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error === undefined) answer?.resolve()
    else answer?.reject(new Error(error))
  }

  /** The app exited while the command ran, as intended. */
  #gone(): void {
    this.#hasEnded = true
    for (const answer of this.#answers.values()) answer.resolve()
    for (const look of this.#watchers) look()
  }

  #account(): string {
    return `${JSON.stringify(this.state, null, 1)}\n${this.program.stderr.seen.join('\n')}`
  }
}

function start(
  { dataDir, args = [], env = {} }: LaunchOptions,
  home: string,
  observed: readonly string[],
  observerEnv: Readonly<Record<string, string>>,
): Program {
  const command: [string, ...string[]] = isRealElectron
    ? [BINARY, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
    : [process.execPath, join(SUPPORT, 'electron-stand-in/start.mjs')]
  return new Program([...observed, ROOT, '--data-dir', dataDir, ...args], {
    command,
    env: {
      HOME: home,
      // Chromium leaves temporary files.
      TMPDIR: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      // A separate bus, so that the app finds neither this machine's tray nor its keychain.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
      ...observerEnv,
      ...env,
    },
  })
}

function binaryName(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return platform === 'win32' ? 'electron.exe' : 'electron'
}
