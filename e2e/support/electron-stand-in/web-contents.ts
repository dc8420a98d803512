import { readFileSync } from 'node:fs'
import type { Frame, Page } from 'playwright-core'
import type { WebPreferences } from 'electron'
import { preventable } from './app.ts'
import { navigate, openPage, type PageOwner } from './chromium.ts'
import { ipcMain } from './ipc-main.ts'
import { BINDING, DELIVER, pageScript } from './page-script.ts'
import { session, toAppUrl, toChromiumUrl } from './schemes.ts'
import { strict, strictEmitter } from './strict.ts'

export interface WebFrame {
  readonly url: string
  readonly origin: string
  readonly parent: WebFrame | null
}

interface Size {
  readonly width: number
  readonly height: number
}

type OpenHandler = (details: { readonly url: string }) => { readonly action: 'allow' | 'deny' }

/** Electron's names of permissions, and Chromium's. */
const PERMISSIONS = {
  geolocation: ['geolocation'],
  notifications: ['notifications'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
  'clipboard-read': ['clipboard-read'],
}

let lastId = 0

/** The page of one window: a page of a real Chromium. */
export class WebContents extends strictEmitter('webContents') implements PageOwner {
  readonly id = ++lastId
  readonly session = session.defaultSession
  readonly mainFrame: WebFrame
  readonly #preload: string
  #page: Promise<Page> | undefined
  /** The last change of its size or colours. */
  #changed: Promise<void> = Promise.resolve()
  #url = ''
  #openHandler: OpenHandler = () => ({ action: 'allow' })
  #isDestroyed = false
  #size: Size
  #colorScheme: 'light' | 'dark' = 'light'

  constructor({ preload, sandbox, contextIsolation, nodeIntegration }: WebPreferences, size: Size) {
    super()
    if (sandbox === false || contextIsolation === false || nodeIntegration === true)
      throw new Error('the stand-in for Electron shows sandboxed and isolated pages only')
    this.#preload = preload === undefined ? '' : readFileSync(preload, 'utf8')
    this.#size = size
    const url = (): string => this.#url
    this.mainFrame = strict('webFrameMain', {
      get url() {
        return url()
      },
      get origin() {
        return originOf(url())
      },
      parent: null,
      top: null,
      detached: false,
    })
  }

  getURL = (): string => this.#url
  isDestroyed = (): boolean => this.#isDestroyed
  setWindowOpenHandler = (handler: OpenHandler): void => void (this.#openHandler = handler)
  focus = (): void => {}

  async load(url: string): Promise<void> {
    const page = await (this.#page ??= this.#open())
    const isGranted = (name: string): Promise<boolean> => this.session.isGranted(this, name, originOf(url))
    const asked = Object.entries(PERMISSIONS).map(async ([name, names]) =>
      (await isGranted(name)) ? names : [],
    )
    await page.context().grantPermissions((await Promise.all(asked)).flat())
    this.#url = url
    await navigate(page, toChromiumUrl(url))
    for (const event of ['dom-ready', 'did-finish-load']) this.emit(event, {})
  }

  /** Delivered to the page's listeners; dropped if there is no page. */
  send(channel: string, ...args: unknown[]): void {
    const message = { deliver: DELIVER, channel, args: structuredClone(args) }
    void this.#page?.then(async (shown) => {
      try {
        await shown.evaluate(({ deliver, channel: to, args: what }) => {
          const page = globalThis as unknown as Record<
            string,
            ((to: string, what: unknown[]) => void) | undefined
          >
          page[deliver]?.(to, what)
        }, message)
      } catch (cause) {
        if (!this.#isDestroyed && !shown.isClosed()) throw cause
      }
    })
  }

  resize(size: Size): void {
    this.#size = size
    this.#change((page) => page.setViewportSize(size))
  }

  setColorScheme(colorScheme: 'light' | 'dark'): void {
    this.#colorScheme = colorScheme
    this.#change((page) => page.emulateMedia({ colorScheme }))
  }

  /** Applies changes one after another: of two concurrent changes, the earlier one could win. */
  #change(apply: (page: Page) => Promise<void>): void {
    const page = this.#page
    if (page !== undefined) this.#changed = this.#changed.then(async () => apply(await page))
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true
    this.emit('destroyed')
    const page = await this.#page
    await page?.close()
  }

  mayNavigate(url: string, isMainFrame: boolean): boolean {
    const event = preventable({ url, isMainFrame, isSameDocument: false })
    this.emit('will-frame-navigate', event)
    if (isMainFrame) this.emit('will-navigate', event, url)
    return !event.defaultPrevented
  }

  mayOpen(url: string): boolean {
    if (this.#openHandler({ url }).action === 'allow')
      throw new Error(`the stand-in for Electron has no windows that a page opens; this was allowed: ${url}`)
    return false
  }

  async #open(): Promise<Page> {
    const page = await openPage(this)
    await page.setViewportSize(this.#size)
    await page.emulateMedia({ colorScheme: this.#colorScheme })
    await page.exposeBinding(BINDING, ({ frame }, kind: string, channel: string, args: unknown[]) =>
      this.#hear(frame, kind, channel, args),
    )
    await page.addInitScript(pageScript(this.#preload))
    page.on('crash', () => this.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 1 }))
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) this.#url = toAppUrl(frame.url())
    })
    return page
  }

  async #hear(
    frame: Frame,
    kind: string,
    channel: string,
    args: unknown[],
  ): Promise<{ result: unknown } | { error: string }> {
    const event = { sender: this, senderFrame: this.#frameOf(frame) }
    if (kind === 'send') return { result: ipcMain.emit(channel, event, ...args) }
    try {
      return { result: await ipcMain.answer(event, channel, args) }
    } catch (cause) {
      return { error: String(cause) }
    }
  }

  #frameOf(frame: Frame): WebFrame {
    const parent = frame.parentFrame()
    if (parent === null) return this.mainFrame
    const url = toAppUrl(frame.url())
    return strict('webFrameMain', { url, origin: originOf(url), parent: this.#frameOf(parent) })
  }
}

/** `URL` calls the origin of schemes that it does not know "null". */
function originOf(url: string): string {
  return /^[\w.+-]+:\/\/[^/]*/.exec(url)?.[0] ?? 'null'
}
