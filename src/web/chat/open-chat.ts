import { BrowserPage } from './browser-page.ts'
import { BrowserStorage } from './browser-storage.ts'
import { ChatEngine } from './chat-engine.ts'
import { MemoryStorage } from './chat-storage.ts'
import type { ChatStore } from './chat-view.ts'
import type { ChatPorts } from './ports.ts'
import { ShellUpdates } from './shell-updates.ts'

/** Opens the engine of the page: it reads what is stored here, and connects. */
export async function openChat(): Promise<ChatStore> {
  const given = linkedKey()
  const stored = await BrowserStorage.open().catch(() => null)
  const engine = new ChatEngine({
    ports: browserPorts,
    page: new BrowserPage(ShellUpdates.register()),
    storage: stored ?? new MemoryStorage(),
    isTemporary: stored === null,
  })
  void engine.start()
  if (given !== null) engine.actions.useKey(given)
  // A link that is opened while the page is open changes the fragment only.
  addEventListener('hashchange', () => {
    const key = linkedKey()
    if (key !== null) engine.actions.useKey(key)
  })
  return engine
}

/** Takes the key out of the address, so that it is neither seen, bookmarked nor shared. */
function linkedKey(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get('k')
  if (key !== null) history.replaceState(null, '', location.pathname)
  return key
}

const browserPorts: ChatPorts = {
  request: (path, init) => fetch(new URL(path, document.baseURI), { ...init, credentials: 'omit' }),
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  newId,
}

/** Like `crypto.randomUUID`, which plain HTTP lacks. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
