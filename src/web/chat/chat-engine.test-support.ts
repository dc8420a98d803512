/** The engine of the chat page with a relay and a browser that tests control. */
import { expect } from 'vitest'
import { ChatEngine } from './chat-engine.ts'
import type { ChatStorage } from './chat-storage.ts'
import type { ChatView } from './chat-view.ts'
import type { Page, PageListeners } from './page.ts'
import type { ChatPorts } from './ports.ts'

export const KEY = `ctl_${'a'.repeat(20)}_${'A'.repeat(43)}`
export const OTHER_KEY = `ctl_${'b'.repeat(20)}_${'B'.repeat(43)}`

/** A relay whose chats answer as `reply` says. */
export class ScriptedRelay {
  reply: () => Response | Promise<Response> = () => chat('Hello', ' there')
  stop = (): Response => new Response(null, { status: 204 })
  tags: () => Response | Promise<Response> = () =>
    Response.json({ models: [{ name: 'fake:latest', size: 5e9 }] })
  tunnels: object[] = []
  readonly bodies: Record<string, unknown>[] = []
  readonly asked: string[] = []
  /** Devices that were named, each with the request's method. */
  readonly pinned: string[] = []
  /** Keys of the requests for answers. */
  readonly keys: string[] = []

  readonly request: ChatPorts['request'] = async (path, { method = 'GET', body, headers, signal }) => {
    signal?.throwIfAborted()
    this.asked.push(`${method} ${path}`)
    const device = new Headers(headers).get('x-device')
    if (device !== null) this.pinned.push(`${method} ${device}`)
    if (path === 'api/tunnel/status') return Response.json({ tunnels: this.tunnels })
    if (path === 'api/tags') return this.tags()
    if (path === 'api/ps') return Response.json({ models: [] })
    if (path === 'v1/models') return Response.json({ data: [{ id: 'gpt-oss' }] })
    if (path === 'api/show')
      return Response.json({ capabilities: ['vision'], model_info: { 'x.context_length': 4096 } })
    if (path === 'v1/streams/lookup') return Response.json([{ is_done: false, total_bytes: 1_000 }])
    if (method === 'DELETE') return this.stop()
    this.keys.push(new Headers(headers).get('authorization')?.replace('Bearer ', '') ?? '')
    if (method === 'POST') this.bodies.push(JSON.parse(typeof body === 'string' ? body : ''))
    return this.reply()
  }
}

export function chat(...words: string[]): Response {
  const lines = words.map((content) => `${JSON.stringify({ message: { content } })}\n`)
  const end = `${JSON.stringify({ done: true, eval_count: 2, prompt_eval_count: 5, eval_duration: 1e9 })}\n`
  return new Response([...lines, end].join(''))
}

/** Conversations that a tab has shown; the last one is current. */
export interface TabHistory {
  readonly entries: string[]
  readonly listeners: ((conversationId: string) => void)[]
}

/** Delivers messages and locks to a page: immediately, unless a test delays them. */
export type Delivery = (what: 'message' | 'lock', act: () => void) => void

export interface FakePage extends Page {
  listeners: PageListeners | undefined
  /** As the browser does when the page ends. */
  close(): void
}

/** One browser: values and locks are shared by its pages. */
export class FakeBrowser {
  readonly values = new Map<string, string>()
  readonly saved: string[] = []
  /** As under plain HTTP. */
  hasLocks = true
  readonly #locks = new Map<string, Promise<void>>()
  readonly #listeners = new Set<(id: string | null) => void>()

  /** One whose user has opened the link with the key. */
  static withKey(): FakeBrowser {
    const browser = new FakeBrowser()
    browser.values.set('key', KEY)
    return browser
  }

  page(
    tab: TabHistory = { entries: [], listeners: [] },
    deliver: Delivery = (_what, act) => act(),
  ): FakePage {
    const told: ((id: string | null) => void)[] = []
    const end = new AbortController()
    const page: FakePage = {
      listeners: undefined,
      close: () => {
        for (const listener of told) this.#listeners.delete(listener)
        end.abort()
      },
      locks: {
        hold: (name, signal, act) =>
          this.hasLocks ? this.#hold(name, { signal, end: end.signal, act, deliver }) : act(),
      },
      isOnline: () => true,
      isVisible: () => true,
      watch: (listeners) => void (page.listeners = listeners),
      values: {
        get: (name) => this.values.get(name) ?? null,
        set: (name, value) => void (value === null ? this.values.delete(name) : this.values.set(name, value)),
      },
      place: {
        now: () => tab.entries.at(-1) ?? null,
        enter: (id, isStep) => void tab.entries.splice(isStep ? tab.entries.length : -1, 1, id),
        onReturn: (listener) => void tab.listeners.push(listener),
      },
      tell: (id) => {
        for (const listener of this.#listeners) if (!told.includes(listener)) listener(id)
      },
      onTold: (listener) => {
        const delivered = (id: string | null) => deliver('message', () => listener(id))
        told.push(delivered)
        this.#listeners.add(delivered)
      },
      beforeFrame: (callback) => queueMicrotask(callback),
      imageUrl: () => 'blob:image',
      dropImageUrl: () => {},
      saveFile: (name, _type, text) => void this.saved.push(`${name}\n${text}`),
      persist: async () => {},
      storageFacts: async () => ({ isPersistent: true, usedBytes: 10 }),
      canInstall: false,
      hasUpdate: false,
      install: () => {},
      applyUpdate: () => {},
    }
    return page
  }

  /** In the order of the requests. A page that ends releases its locks, and is granted no other. */
  #hold(name: string, { signal, end, act, deliver }: LockRequest): Promise<void> {
    signal.throwIfAborted()
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const before = this.#locks.get(name) ?? Promise.resolve()
    this.#locks.set(
      name,
      before.then(() => released),
    )
    end.addEventListener('abort', () => release())
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        if (isHeld) return
        release()
        reject(signal.reason)
      })
      let isHeld = false
      const take = (): void => {
        if (signal.aborted || end.aborted) return
        isHeld = true
        void act().then(resolve, reject).finally(release)
      }
      void before.then(() => deliver('lock', take))
    })
  }
}

interface LockRequest {
  readonly signal: AbortSignal
  readonly end: AbortSignal
  readonly act: () => Promise<void>
  readonly deliver: Delivery
}

let ids = 0
let now = 0

export interface EngineSurroundings {
  readonly relay: ScriptedRelay
  readonly browser: FakeBrowser
  readonly storage: ChatStorage
  readonly tab?: TabHistory
}

/** A page of the browser. */
export function openEngine({ relay, browser, storage, tab }: EngineSurroundings) {
  const page = browser.page(tab)
  const ports: ChatPorts = {
    request: relay.request,
    now: () => ++now,
    after(delayMs, callback) {
      // Polling and timeouts are not tested here.
      const timer = delayMs < 5_000 ? setTimeout(callback, 0) : undefined
      return () => clearTimeout(timer)
    },
    random: () => 0,
    newId: () => `id${++ids}`,
  }
  const engine = new ChatEngine({ ports, page, storage, isTemporary: false })
  void engine.start()
  const until = async (isRight: (view: ChatView) => boolean): Promise<ChatView> => {
    await expect.poll(() => isRight(engine.view)).toBe(true)
    return engine.view
  }
  return { engine, actions: engine.actions, page, until }
}

/** Stores all turns as another tab does that stops them, without telling anybody. */
export async function stopElsewhere(storage: ChatStorage): Promise<void> {
  const turns = await storage.allTurns()
  await storage.save(
    [],
    turns.map((turn) => ({ ...turn, state: { kind: 'stopped' } })),
  )
}

export const texts = ({ open }: ChatView): string[] => open.turns.map(({ text }) => text)
export const isReady = ({ access, open }: ChatView): boolean => access.kind === 'ready' && !open.isLoading
export const isDone = ({ open }: ChatView): boolean => open.turns.length > 0 && !open.isRunning
