import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoginItemSettingsOptions, RelaunchOptions, Settings } from 'electron'
import { strict, strictEmitter } from './strict.ts'

interface AppFacts {
  readonly path: string
  readonly name: string
  readonly version: string
}

/** An open window, which can prevent the app from quitting. */
export interface Closable {
  close(): void
  isDestroyed(): boolean
}

const SECOND = /^second-instance-\d+\.json$/

class App extends strictEmitter('app') {
  name = ''
  readonly commandLine = strict('app.commandLine', {
    appendSwitch: (name: string, value = '') => void this.#switches.set(name, value),
    hasSwitch: (name: string) => this.#switches.has(name),
    getSwitchValue: (name: string) => this.#switches.get(name) ?? '',
    removeSwitch: (name: string) => void this.#switches.delete(name),
  })
  /** The currently open windows. */
  openWindows: () => readonly Closable[] = () => []
  #facts: AppFacts = { path: '', name: '', version: '' }
  readonly #switches = new Map<string, string>()
  readonly #paths = new Map<string, string>()
  readonly #protocols = new Set<string>()
  readonly #ready = Promise.withResolvers<void>()
  #opensAtLogin = false
  #isReady = false
  #isQuitting = false
  #relaunch: RelaunchOptions | undefined
  #hasLock = false

  begin(facts: AppFacts): void {
    this.#facts = facts
    this.name = facts.name
    for (const word of process.argv) {
      const [, name = '', value = ''] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? []
      if (name !== '') this.#switches.set(name, value)
    }
    // An Electron process keeps running until `quit` is called.
    setInterval(() => {}, 2 ** 30)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      // If the app has its own listener, Electron does not handle the signal.
      process.on(signal, () => process.listenerCount(signal) === 1 && this.quit())
  }

  /** Electron becomes ready only after the app's main script has run. */
  codeIsLoaded(): void {
    this.#isReady = true
    this.emit('will-finish-launching')
    this.emit('ready', {}, {})
    this.#ready.resolve()
  }

  get isPackaged(): boolean {
    return process.env['ELECTRON_FORCE_IS_PACKAGED'] !== undefined
  }

  isReady = (): boolean => this.#isReady
  whenReady = (): Promise<void> => this.#ready.promise
  getName = (): string => this.name
  setName = (name: string): void => void (this.name = name)
  getVersion = (): string => this.#facts.version
  getAppPath = (): string => this.#facts.path
  getLocale = (): string => 'en-US'
  getSystemLocale = (): string => 'en-US'
  getPreferredSystemLanguages = (): string[] => ['en-US']

  getPath(name: string): string {
    const path = this.#paths.get(name) ?? this.#standardPath(name)
    if (path === undefined) throw new Error(`the stand-in for Electron has no app.getPath('${name}')`)
    return path
  }

  setPath = (name: string, path: string): void => void this.#paths.set(name, path)
  setAppLogsPath = (path?: string): void =>
    this.setPath('logs', path ?? join(this.getPath('userData'), 'logs'))

  #standardPath(name: string): string | undefined {
    const home = homedir()
    const appData = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config')
    const userData = this.#switches.get('user-data-dir') ?? join(appData, this.name)
    return {
      home,
      appData,
      userData,
      sessionData: userData,
      temp: tmpdir(),
      exe: process.execPath,
      logs: join(userData, 'logs'),
      desktop: join(home, 'Desktop'),
      documents: join(home, 'Documents'),
      downloads: join(home, 'Downloads'),
    }[name]
  }

  // Single instance

  requestSingleInstanceLock(additionalData: unknown = null): boolean {
    const folder = this.getPath('userData')
    mkdirSync(folder, { recursive: true })
    if (this.#takeLock(join(folder, 'single-instance.pid'))) {
      watch(folder, () => this.#hearOthers(folder)).unref()
      return true
    }
    const message = { argv: process.argv, cwd: process.cwd(), additionalData }
    const draft = join(folder, `${process.pid}.draft`)
    writeFileSync(draft, JSON.stringify(message))
    renameSync(draft, join(folder, `second-instance-${process.pid}.json`))
    return false
  }

  hasSingleInstanceLock = (): boolean => this.#hasLock

  releaseSingleInstanceLock(): void {
    if (this.#hasLock) rmSync(join(this.getPath('userData'), 'single-instance.pid'), { force: true })
    this.#hasLock = false
  }

  #takeLock(file: string): boolean {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
    } catch {
      if (isAlive(Number(readFileSync(file, 'utf8')))) return false
      writeFileSync(file, String(process.pid))
    }
    this.#hasLock = true
    process.on('exit', () => this.releaseSingleInstanceLock())
    return true
  }

  #hearOthers(folder: string): void {
    for (const name of readdirSync(folder).filter((file) => SECOND.test(file))) {
      const { argv, cwd, additionalData } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
      rmSync(join(folder, name))
      this.emit('second-instance', {}, argv, cwd, additionalData)
    }
  }

  // Quitting

  /** Emits `before-quit`, then closes each window; the app and every window can prevent the quit. */
  quit(): void {
    if (this.#isPrevented('before-quit')) return
    this.#isQuitting = true
    for (const window of this.openWindows()) {
      window.close()
      if (window.isDestroyed()) continue
      this.#isQuitting = false
      return
    }
    if (this.#isPrevented('will-quit')) this.#isQuitting = false
    else this.exit()
  }

  exit(code = 0): void {
    this.emit('quit', {}, code)
    if (this.#relaunch !== undefined) this.#startAgain(this.#relaunch)
    process.exit(code)
  }

  relaunch(options: RelaunchOptions = {}): void {
    this.#relaunch = options
  }

  #startAgain({ args = process.argv.slice(1), execPath = process.execPath }: RelaunchOptions): void {
    this.releaseSingleInstanceLock()
    spawn(execPath, args, { detached: true, stdio: 'ignore' }).unref()
  }

  /** Called by a window after it has closed. */
  windowClosed(): void {
    if (this.#isQuitting || this.openWindows().length > 0) return
    if (this.listenerCount('window-all-closed') === 0) this.quit()
    else this.emit('window-all-closed')
  }

  #isPrevented(name: string): boolean {
    const event = preventable()
    this.emit(name, event)
    return event.defaultPrevented
  }

  // System integration

  /** Has an effect on Windows and macOS only; Electron does not support it on Linux. */
  setLoginItemSettings({ openAtLogin = false }: Settings): void {
    if (process.platform !== 'linux') this.#opensAtLogin = openAtLogin
  }

  getLoginItemSettings = (_options?: LoginItemSettingsOptions) => ({
    openAtLogin: this.#opensAtLogin,
    wasOpenedAtLogin: false,
    wasOpenedAsHidden: false,
    restoreState: false,
    executableWillLaunchAtLogin: this.#opensAtLogin,
    launchItems: [],
  })

  setAsDefaultProtocolClient = (scheme: string): boolean => this.#protocols.add(scheme).has(scheme)
  isDefaultProtocolClient = (scheme: string): boolean => this.#protocols.has(scheme)
  removeAsDefaultProtocolClient = (scheme: string): boolean => this.#protocols.delete(scheme)

  // No observable effect in the stand-in

  enableSandbox = (): void => {}
  setAppUserModelId = (_id: string): void => {}
  setDesktopName = (_name: string): void => {}
  setAboutPanelOptions = (_options: object): void => {}
  showAboutPanel = (): void => {}
  disableHardwareAcceleration = (): void => {}
  setBadgeCount = (_count?: number): boolean => false
  focus = (): void => {}
  setActivationPolicy = (_policy: string): void => {}
}

export const app = new App()

export function begin(facts: AppFacts): Pick<App, 'codeIsLoaded'> {
  app.begin(facts)
  return app
}

/** An event whose default action a listener can prevent. */
export function preventable(facts: object = {}) {
  return {
    ...facts,
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
