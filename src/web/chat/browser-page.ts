import type { TabLocks } from './answers.ts'
import { isOverPage, placeIn } from './history-state.ts'
import type { Page, PageListeners } from './page.ts'
import type { ShellUpdates } from './shell-updates.ts'

/** Chromium's event before it offers to install a page (https://developer.mozilla.org/docs/Web/API/BeforeInstallPromptEvent). */
interface InstallEvent extends Event {
  prompt(): Promise<unknown>
}

/** Without locks, two tabs may both read an answer, which costs bytes only. */
const locks: TabLocks = {
  async hold(name, signal, act) {
    // Missing under plain HTTP.
    if (!('locks' in navigator)) return act()
    let isHeld = false
    const held = navigator.locks.request(name, { signal }, () => {
      isHeld = true
      return act()
    })
    await held.catch((cause: unknown) => {
      if (isHeld || signal.aborted) throw cause
      // A browser that the user set to store nothing refuses locks too.
      return act()
    })
  },
}

/** The page in a browser. @param updates of the page's own files; `null` where they are not cached */
export class BrowserPage implements Page {
  readonly locks = locks
  readonly #updates: ShellUpdates | null
  readonly #channel = new BroadcastChannel('chat')
  /** Values that last as long as the page: the browser is set to store nothing, or has no room. */
  readonly #unkept = new Map<string, string | null>()
  #installEvent: InstallEvent | null = null
  #onFacts = (): void => {}

  constructor(updates: ShellUpdates | null) {
    this.#updates = updates
    updates?.onChange(() => this.#onFacts())
    addEventListener('beforeinstallprompt', (event) => {
      // The page has its own button.
      event.preventDefault()
      this.#installed(event as InstallEvent)
    })
    addEventListener('appinstalled', () => this.#installed(null))
  }

  isOnline(): boolean {
    return navigator.onLine
  }

  isVisible(): boolean {
    return document.visibilityState === 'visible'
  }

  watch({ onWake, onLeave, onFacts }: PageListeners): void {
    this.#onFacts = onFacts
    addEventListener('online', onWake)
    addEventListener('offline', onFacts)
    addEventListener('pageshow', onWake)
    addEventListener('pagehide', onLeave)
    document.addEventListener('visibilitychange', () => (this.isVisible() ? onWake() : onLeave()))
  }

  readonly values: Page['values'] = {
    get: (name) => {
      const unkept = this.#unkept.get(name)
      if (unkept !== undefined) return unkept
      try {
        return localStorage.getItem(name)
      } catch {
        return null
      }
    },
    set: (name, value) => {
      this.#unkept.delete(name)
      try {
        if (value === null) localStorage.removeItem(name)
        else localStorage.setItem(name, value)
      } catch {
        this.#unkept.set(name, value)
      }
    },
  }

  readonly place: Page['place'] = {
    now: () => placeIn(history.state),
    enter(conversationId, isStep) {
      const state = { conversation: conversationId }
      const isFirst = placeIn(history.state) === null
      // The history entry of the dialog in which the conversation was chosen is reused for it.
      if (isStep && !isFirst && !isOverPage(history.state)) history.pushState(state, '')
      else history.replaceState(state, '')
    },
    onReturn: (listener) =>
      addEventListener('popstate', ({ state }) => {
        const place = placeIn(state)
        if (place !== null) listener(place)
      }),
  }

  tell(conversationId: string | null): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
    this.#channel.postMessage(conversationId)
  }

  onTold(listener: (conversationId: string | null) => void): void {
    this.#channel.addEventListener('message', ({ data }) => listener(typeof data === 'string' ? data : null))
  }

  /** A hidden page renders no frames, but its title and storage shared with other tabs are still updated. */
  beforeFrame(callback: () => void): void {
    if (this.isVisible()) requestAnimationFrame(callback)
    else setTimeout(callback)
  }

  imageUrl(blob: Blob): string {
    return URL.createObjectURL(blob)
  }

  dropImageUrl(url: string): void {
    URL.revokeObjectURL(url)
  }

  saveFile(name: string, type: string, text: string): void {
    const url = URL.createObjectURL(new Blob([text], { type }))
    const link = document.createElement('a')
    link.href = url
    link.download = name
    link.click()
    // Browsers read the content after the click.
    setTimeout(() => URL.revokeObjectURL(url), 60_000)
  }

  async persist(): Promise<void> {
    await storageManager()
      ?.persist()
      .catch(() => false)
  }

  async storageFacts(): Promise<{ isPersistent: boolean; usedBytes: number | null }> {
    const storage = storageManager()
    const isPersistent = (await storage?.persisted().catch(() => false)) ?? false
    const estimate = await storage?.estimate().catch(() => null)
    return { isPersistent, usedBytes: estimate?.usage ?? null }
  }

  get canInstall(): boolean {
    return this.#installEvent !== null
  }

  get hasUpdate(): boolean {
    return this.#updates?.isReady ?? false
  }

  install(): void {
    void this.#installEvent?.prompt()
    this.#installed(null)
  }

  applyUpdate(): void {
    this.#updates?.apply()
  }

  #installed(event: InstallEvent | null): void {
    this.#installEvent = event
    this.#onFacts()
  }
}

/** Missing under plain HTTP. */
function storageManager(): StorageManager | undefined {
  return 'storage' in navigator ? navigator.storage : undefined
}
