/** The parts of a desktop that a test machine does not have. */
import { readFile } from 'node:fs/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { fileURLToPath } from 'node:url'
import type { NotificationConstructorOptions } from 'electron'
import { strict, strictEmitter } from './strict.ts'

class NativeTheme extends strictEmitter('nativeTheme') {
  #source: 'system' | 'light' | 'dark' = 'system'

  get themeSource() {
    return this.#source
  }

  set themeSource(source) {
    if (source === this.#source) return
    this.#source = source
    this.emit('updated')
  }

  /** The system is light. */
  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark'
  }

  readonly shouldUseDarkColorsForSystemIntegratedUI = false
  readonly shouldUseHighContrastColors = false
}

export const nativeTheme = new NativeTheme()

class PowerMonitor extends strictEmitter('powerMonitor') {
  getSystemIdleTime = (): number => 0
  getSystemIdleState = (_thresholdS: number): string => 'active'
  isOnBatteryPower = (): boolean => false
}

export const powerMonitor = new PowerMonitor()

const blockers = new Set<number>()
let lastBlocker = 0

export const powerSaveBlocker = strict('powerSaveBlocker', {
  start(_type: string): number {
    blockers.add(++lastBlocker)
    return lastBlocker
  },
  stop: (id: number): boolean => blockers.delete(id),
  isStarted: (id: number): boolean => blockers.has(id),
})

export class Notification extends strictEmitter('Notification') {
  readonly title: string
  readonly body: string

  constructor({ title = '', body = '' }: NotificationConstructorOptions = {}) {
    super()
    this.title = title
    this.body = body
  }

  static isSupported = (): boolean => true

  show(): void {
    this.emit('show', {})
  }

  close(): void {
    this.emit('close', {})
  }
}

let copied = ''

export const clipboard = strict('clipboard', {
  writeText: (text: string): void => void (copied = text),
  readText: (): string => copied,
  clear: (): void => void (copied = ''),
})

/** Nothing is opened. The observer wraps these to record the calls. */
export const shell = strict('shell', {
  openExternal: async (_url: string): Promise<void> => {},
  openPath: async (_path: string): Promise<string> => '',
  showItemInFolder: (_path: string): void => {},
  beep: (): void => {},
})

/** There is no user to respond. */
const unanswered = async (): Promise<never> => await new Promise(() => {})

export const dialog = strict('dialog', {
  showMessageBox: unanswered,
  showOpenDialog: unanswered,
  showSaveDialog: unanswered,
  showErrorBox: (title: string, text: string): void => void process.stderr.write(`${title}: ${text}\n`),
})

const AREA = { x: 0, y: 0, width: 1280, height: 800 }
const display = { id: 1, bounds: AREA, workArea: AREA, workAreaSize: AREA, size: AREA, scaleFactor: 1 }

class Screen extends strictEmitter('screen') {
  getPrimaryDisplay = () => display
  getAllDisplays = () => [display]
  getDisplayMatching = (_area: object) => display
  getDisplayNearestPoint = (_point: object) => display
  getCursorScreenPoint = () => ({ x: 0, y: 0 })
}

export const screen = new Screen()

/** Electron's own updater, which the library uses to announce an installation. */
class AutoUpdater extends strictEmitter('autoUpdater') {}

export const autoUpdater = new AutoUpdater()

type NetOptions = Record<string, unknown> & { readonly protocol?: string; readonly session?: unknown }

export const net = strict('net', {
  request({ session: _session, ...options }: NetOptions) {
    return (options.protocol === 'https:' ? requestHttps : requestHttp)(options)
  },
  /** Node's, and files besides. */
  async fetch(address: string | Request): Promise<Response> {
    const url = typeof address === 'string' ? address : address.url
    if (!url.startsWith('file:')) return fetch(address)
    return new Response(await readFile(fileURLToPath(url)))
  },
  isOnline: (): boolean => true,
  online: true,
})
