import { BrowserPage } from './browser-page.ts'
import { BrowserStorage } from './browser-storage.ts'
import { ChatEngine } from './chat-engine.ts'
import { MemoryStorage } from './chat-storage.ts'
import type { ChatStore } from './chat-view.ts'
import type { ChatPorts } from './ports.ts'
import { ShellUpdates } from './shell-updates.ts'

/** The secret part of a link to the page. */
interface LinkFragment {
  readonly key: string | null
  /** Pairs a desktop. */
  readonly code: string | null
}

/** As relays print it. */
const PAIRING_CODE = /^[A-Z0-9]{4}-[A-Z0-9]{4}$/

/** Storage that takes longer waits for another page, and the user should not. */
const OPEN_MS = 10_000

/** Opens the engine of the page: it reads what is stored here, and connects. */
export async function openChat(): Promise<ChatStore> {
  const given = takeFragment()
  const late = new Promise<null>((resolve) => void setTimeout(resolve, OPEN_MS, null))
  const stored = await Promise.race([BrowserStorage.open(), late]).catch(() => null)
  const engine = new ChatEngine({
    ports: browserPorts,
    page: new BrowserPage(ShellUpdates.register()),
    storage: stored ?? new MemoryStorage(),
    isTemporary: stored === null,
  })
  void engine.start()
  follow(engine, given)
  // A link that is opened while the page is open changes the fragment only.
  addEventListener('hashchange', () => follow(engine, takeFragment()))
  return engine
}

function follow(engine: ChatEngine, { key, code }: LinkFragment): void {
  if (key !== null) engine.actions.useKey(key)
  const relayUrl = new URL('.', document.baseURI).href.replace(/\/$/, '')
  if (code !== null && PAIRING_CODE.test(code)) engine.offerPairing({ relayUrl, code })
}

/** Takes secrets out of the address, so that they are neither seen, bookmarked nor shared. */
function takeFragment(): LinkFragment {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const [key, code] = [fragment.get('k'), fragment.get('pair')]
  if (key !== null || code !== null) history.replaceState(null, '', location.pathname)
  return { key, code }
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
