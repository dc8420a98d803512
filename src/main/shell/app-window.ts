import { BrowserWindow, ipcMain, screen, type IpcMainInvokeEvent, type WebContents } from 'electron'
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../../shared/ipc/channels.ts'
import type { Answer, Events } from '../../shared/ipc/contract.ts'
import type { WindowPort } from '../app/ports.ts'
import { APP_ORIGIN } from '../app/assets.ts'
import type { Sender } from '../app/request-gate.ts'
import type { Visibility } from '../view/app-state.ts'
import { MIN_WINDOW_SIZE, windowBoundsFor, type Bounds } from '../view/window-bounds.ts'

export interface AppWindowOptions {
  readonly preload: string
  readonly icon: string
  readonly bounds: () => Bounds | null
  readonly answer: (sender: Sender, name: unknown, payload: unknown) => Promise<Answer<unknown>>
  /** The user pressed the close button. @returns whether the window may close */
  readonly onClose: () => boolean
  readonly onState: (state: Visibility) => void
  readonly onMoved: (bounds: Bounds) => void
  /** The page crashed. */
  readonly onGone: (reason: string) => void
}

/** The app's only window. Exists only while shown: a hidden page costs memory. */
export class AppWindow implements WindowPort {
  readonly #options: AppWindowOptions
  #window: BrowserWindow | undefined

  constructor(options: AppWindowOptions) {
    this.#options = options
    ipcMain.handle(REQUEST_CHANNEL, (event, name: unknown, payload: unknown) =>
      options.answer(this.#senderOf(event), name, payload),
    )
  }

  get isOpen(): boolean {
    return this.#window !== undefined
  }

  show(): void {
    if (this.#window === undefined) return this.#create()
    if (this.#window.isMinimized()) this.#window.restore()
    this.#window.show()
    this.#window.focus()
  }

  destroy(): void {
    const window = this.#window
    this.#window = undefined
    if (window !== undefined) this.#keepBounds(window)
    window?.destroy()
  }

  send<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    this.#window?.webContents.send(EVENT_CHANNEL, name, event)
  }

  #create(): void {
    const { preload, icon, bounds } = this.#options
    const displays = screen.getAllDisplays().map(({ workArea }) => workArea)
    const window = new BrowserWindow({
      ...windowBoundsFor(bounds(), displays),
      minWidth: MIN_WINDOW_SIZE.width,
      minHeight: MIN_WINDOW_SIZE.height,
      title: 'CloudToLocalLLM',
      icon,
      show: false,
      autoHideMenuBar: true,
      webPreferences: { preload, sandbox: true, contextIsolation: true, spellcheck: false },
    })
    this.#window = window
    this.#guard(window.webContents)
    this.#follow(window)
    // Rejects if the window is closed before the page has loaded.
    window.loadURL(`${APP_ORIGIN}/index.html`).catch(() => {})
  }

  #follow(window: BrowserWindow): void {
    const { onClose, onState, onGone } = this.#options
    window.once('ready-to-show', () => window.show())
    window.on('show', () => onState('shown'))
    window.on('restore', () => onState('shown'))
    window.on('minimize', () => onState('minimized'))
    window.on('close', (event) => {
      if (onClose()) this.#keepBounds(window)
      else event.preventDefault()
    })
    window.on('closed', () => {
      // Another window may have been opened meanwhile.
      if (this.#window === window) this.#window = undefined
      if (this.#window === undefined) onState('closed')
    })
    window.webContents.on('render-process-gone', (_event, { reason }) => onGone(reason))
  }

  /** Denies navigation, new windows and permissions. */
  #guard(contents: WebContents): void {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
    contents.session.setPermissionCheckHandler(() => false)
  }

  #keepBounds(window: BrowserWindow): void {
    const { x, y, width, height } = window.getNormalBounds()
    this.#options.onMoved({ x, y, width, height })
  }

  #senderOf({ sender, senderFrame }: IpcMainInvokeEvent): Sender {
    return {
      url: senderFrame?.url ?? '',
      isTopFrame: senderFrame !== null && senderFrame.parent === null,
      isOurWindow: sender === this.#window?.webContents,
    }
  }
}
