import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'
import { app, preventable } from './app.ts'
import { nativeTheme } from './system.ts'
import { strictEmitter } from './strict.ts'
import { WebContents } from './web-contents.ts'

const all: BrowserWindow[] = []

/** A window without a screen: hiding it keeps its page, closing it ends it. */
export class BrowserWindow extends strictEmitter('BrowserWindow') {
  readonly id: number
  readonly webContents: WebContents
  #bounds: Rectangle
  #isVisible: boolean
  #isDestroyed = false
  #mode: 'normal' | 'minimized' | 'maximized' = 'normal'
  #title: string

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    const { x = 40, y = 40, width = 800, height = 600, show = true, webPreferences = {} } = options
    this.#bounds = { x, y, width, height }
    this.#isVisible = show
    this.#title = options.title ?? app.name
    this.webContents = new WebContents(webPreferences, { width, height })
    this.webContents.setColorScheme(nativeTheme.shouldUseDarkColors ? 'dark' : 'light')
    this.id = this.webContents.id
    all.push(this)
    app.emit('browser-window-created', {}, this)
  }

  static getAllWindows = (): BrowserWindow[] => [...all]
  static getFocusedWindow = (): BrowserWindow | null => all.find((window) => window.isFocused()) ?? null
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    all.find(({ webContents }) => webContents === contents) ?? null
  static fromId = (id: number): BrowserWindow | null => all.find((window) => window.id === id) ?? null

  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url)
    this.emit('ready-to-show', {})
  }

  show(): void {
    const wasVisible = this.#isVisible
    this.#isVisible = true
    if (!wasVisible) this.emit('show', {})
    this.focus()
  }

  showInactive(): void {
    this.#isVisible = true
    this.emit('show', {})
  }

  hide(): void {
    if (!this.#isVisible) return
    this.#isVisible = false
    this.emit('hide', {})
  }

  focus(): void {
    this.emit('focus', {})
    app.emit('browser-window-focus', {}, this)
  }

  isVisible = (): boolean => this.#isVisible && this.#mode !== 'minimized'
  isFocused = (): boolean => this.isVisible() && all.at(-1) === this
  isDestroyed = (): boolean => this.#isDestroyed
  isMinimized = (): boolean => this.#mode === 'minimized'
  isMaximized = (): boolean => this.#mode === 'maximized'
  isFullScreen = (): boolean => false
  minimize = (): void => this.#become('minimized', 'minimize')
  maximize = (): void => this.#become('maximized', 'maximize')
  restore = (): void => this.#become('normal', 'restore')
  unmaximize = (): void => this.#become('normal', 'unmaximize')

  getBounds = (): Rectangle => ({ ...this.#bounds })
  getNormalBounds = (): Rectangle => ({ ...this.#bounds })
  getTitle = (): string => this.#title
  setTitle = (title: string): void => void (this.#title = title)
  setMenu = (_menu: unknown): void => {}
  removeMenu = (): void => {}
  setMenuBarVisibility = (_isVisible: boolean): void => {}
  setIcon = (_icon: unknown): void => {}
  setBackgroundColor = (_color: string): void => {}
  setSkipTaskbar = (_isSkipped: boolean): void => {}
  setMinimumSize = (_width: number, _height: number): void => {}
  moveTop = (): void => {}

  setBounds(bounds: Partial<Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    this.webContents.resize({ width: this.#bounds.width, height: this.#bounds.height })
    for (const event of ['move', 'moved', 'resize', 'resized']) this.emit(event, {})
  }

  /** Like its close button: the app may prevent it. */
  close(): void {
    const event = preventable()
    this.emit('close', event)
    if (!event.defaultPrevented) this.destroy()
  }

  destroy(): void {
    if (this.#isDestroyed) return
    this.#isDestroyed = true
    all.splice(all.indexOf(this), 1)
    void this.webContents.destroy()
    this.emit('closed')
    app.windowClosed()
  }

  #become(mode: 'normal' | 'minimized' | 'maximized', event: string): void {
    if (this.#mode === mode) return
    this.#mode = mode
    this.emit(event, {})
  }
}

app.openWindows = BrowserWindow.getAllWindows
nativeTheme.on('updated', () => {
  for (const { webContents } of all)
    webContents.setColorScheme(nativeTheme.shouldUseDarkColors ? 'dark' : 'light')
})
