/** Tabs of one browser in a world in which nothing happens before its turn. */
import type { ChatApi } from './answer-records.ts'
import { ChatEngine } from './chat-engine.ts'
import { FakeBrowser, KEY, OTHER_KEY, type FakePage, type TabHistory } from './chat-engine.test-support.ts'
import { MemoryStorage, type ChatStorage } from './chat-storage.ts'
import { isFinal, type Conversation, type Turn } from './conversation.ts'
import { Deliveries, type Receiver } from './walk-deliveries.test-support.ts'
import type { ChatPorts } from './ports.ts'
import type { CutKind } from './walk-connection.test-support.ts'
import { WalkDesktop } from './walk-desktop.test-support.ts'

export interface WalkOptions {
  readonly tabs: number
  readonly hasLocks: boolean
  readonly api: ChatApi
  readonly isStorageSlow: boolean
  /** All tabs stay in one conversation. */
  readonly isShared: boolean
  /** Answers may be lost, with their key or at the desktop. */
  readonly isHarmful: boolean
}

/** The messages and events of a walk, for the checks after it. */
export class WalkRecord {
  /** Texts that `send` and `edit` accepted, by conversation. */
  readonly accepted = new Map<string, string>()
  readonly refused: string[] = []
  readonly removed = new Set<string>()
  /** Writes that ended with their page. */
  readonly lostTexts = new Set<string>()
  hasLostWrites = false
  /** No page has ended, and no desktop was unreachable, while it stopped a model. */
  areStopsSure: boolean
  /** The idempotency keys of answers, by turn. */
  readonly names = new Map<string, string>()
  /** Requests for answers that their page had read as ended. */
  readonly askedAgain: string[] = []
  readonly steps: string[] = []

  constructor({ isHarmful }: WalkOptions) {
    this.areStopsSure = !isHarmful
  }
}

export interface World {
  readonly options: WalkOptions
  readonly deliveries: Deliveries
  readonly desktop: WalkDesktop
  readonly browser: FakeBrowser
  readonly stored: MemoryStorage
  readonly record: WalkRecord
  /** Also those that were left. */
  readonly pages: WalkPage[]
  /** Milliseconds. */
  time: number
  ids: number
}

export function newWorld(options: WalkOptions): World {
  const deliveries = new Deliveries()
  const browser = new FakeBrowser()
  const record = new WalkRecord(options)
  browser.hasLocks = options.hasLocks
  browser.values.set('key', KEY)
  return {
    options,
    deliveries,
    desktop: new WalkDesktop(deliveries, options.api, (event) => record.steps.push(`    ${event}`)),
    browser,
    stored: new MemoryStorage(),
    record,
    pages: [],
    time: 0,
    ids: 0,
  }
}

/** One tab's way to the storage of the browser: requests and responses keep their order, as in IndexedDB. */
class WalkStorage implements ChatStorage {
  readonly #world: World
  readonly #page: Receiver
  readonly #pending: (readonly Turn[])[] = []
  /** The answers that had ended, as this page has read. */
  #ended = new Set<string | undefined>()

  constructor(world: World, page: Receiver) {
    this.#world = world
    this.#page = page
  }

  conversations(): Promise<Conversation[]> {
    return this.#ask((stored) => stored.conversations())
  }

  async turnsOf(id: string): Promise<Turn[]> {
    const turns = await this.#ask((stored) => stored.turnsOf(id))
    const { names } = this.#world.record
    this.#ended = new Set(turns.filter(isFinal).map((turn) => names.get(turn.id)))
    return turns
  }

  allTurns(): Promise<Turn[]> {
    return this.#ask((stored) => stored.allTurns())
  }

  runningTurns(): Promise<Turn[]> {
    return this.#ask((stored) => stored.runningTurns())
  }

  add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#write('add', conversations, turns)
  }

  save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#write('save', conversations, turns)
  }

  #write(
    method: 'add' | 'save',
    conversations: readonly Conversation[],
    turns: readonly Turn[],
  ): Promise<void> {
    const { names } = this.#world.record
    for (const { id, state } of turns) if (state.kind === 'running') names.set(id, state.run.name)
    return this.#ask((stored) => stored[method](conversations, turns), turns)
  }

  remove(id: string): Promise<void> {
    return this.#ask((stored) => {
      this.#world.record.removed.add(id)
      return stored.remove(id)
    })
  }

  onReplaced(): void {}

  clear(): Promise<void> {
    return this.#ask(async (stored) => {
      for (const { id } of await stored.conversations()) this.#world.record.removed.add(id)
      await stored.clear()
    })
  }

  /** A page asks for an answer. */
  noteRequest(name: string): void {
    if (this.#ended.has(name)) this.#world.record.askedAgain.push(name)
  }

  /** The page ends: the first requests on their way are carried out, before those of later pages. */
  async end(carriedOut: number): Promise<void> {
    const { deliveries, record } = this.#world
    const lost = deliveries.drop(this.#requests, carriedOut)
    for (const turns of lost === 0 ? [] : this.#pending.slice(-lost)) {
      record.hasLostWrites = true
      for (const { role, text } of turns) if (role === 'user') record.lostTexts.add(text)
    }
    await deliveries.allIn(this.#requests)
  }

  get #requests(): string {
    return `storage ${this.#page.id}`
  }

  async #ask<T>(act: (stored: MemoryStorage) => Promise<T>, turns: readonly Turn[] = []): Promise<T> {
    const { deliveries, stored, options } = this.#world
    if (!options.isStorageSlow) return structuredClone(await act(stored))
    const { promise, resolve } = Promise.withResolvers<T>()
    this.#pending.push(turns)
    deliveries.put(this.#requests, null, () => {
      this.#pending.shift()
      void act(stored).then((result) => {
        const copy = structuredClone(result)
        deliveries.put(`stored ${this.#page.id}`, this.#page, () => resolve(copy))
      })
    })
    return promise
  }
}

interface WalkTimer {
  readonly dueAt: number
  readonly callback: () => void
}

/** A page in one of the tabs. */
export class WalkPage implements Receiver {
  readonly id: number
  readonly engine: ChatEngine
  readonly history: TabHistory
  isFrozen = false
  isClosed = false
  readonly #world: World
  readonly #page: FakePage
  readonly #storage: WalkStorage
  readonly #timers = new Set<WalkTimer>()

  constructor(world: World, entries: readonly string[] = []) {
    this.id = world.pages.push(this)
    this.#world = world
    this.history = { entries: [...entries], listeners: [] }
    this.#page = world.browser.page(this.history, (what, act) =>
      world.deliveries.put(`${what} ${this.id}`, this, act),
    )
    this.#storage = new WalkStorage(world, this)
    this.engine = new ChatEngine({
      ports: this.#ports,
      page: this.#page,
      storage: this.#storage,
      isTemporary: false,
    })
    void this.engine.start()
  }

  get #ports(): ChatPorts {
    const world = this.#world
    const request = world.desktop.requestFor(this)
    return {
      request: (path, init) => {
        const name = new Headers(init.headers).get('idempotency-key')
        if (name !== null && init.signal?.aborted !== true) this.#storage.noteRequest(name)
        return request(path, init)
      },
      now: () => ++world.time,
      after: (delayMs, callback) => {
        const timer = { dueAt: world.time + delayMs, callback }
        this.#timers.add(timer)
        return () => void this.#timers.delete(timer)
      },
      random: () => 0.5,
      newId: () => `id${++world.ids}`,
    }
  }

  /** Its next timer that is due by then. */
  timerBy(time: number): WalkTimer | undefined {
    if (this.isFrozen || this.isClosed) return undefined
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= time)
    return due.toSorted((a, b) => a.dueAt - b.dueAt)[0]
  }

  fire(timer: WalkTimer): void {
    this.#timers.delete(timer)
    timer.callback()
  }

  wake(): void {
    this.#page.listeners?.onWake()
  }

  leave(): void {
    this.#page.listeners?.onLeave()
  }

  goBack(): void {
    if (this.history.entries.length < 2) return
    this.history.entries.pop()
    for (const listener of this.history.listeners) listener(this.history.entries.at(-1) ?? '')
  }

  cut(kind: CutKind, loses: boolean): void {
    this.#world.desktop.cut(this, kind, loses)
  }

  /** Ends the page. @param carriedOut the number of its last requests to the storage that succeed */
  async close(carriedOut: number): Promise<void> {
    if (this.isClosed) return
    this.cut('break', carriedOut % 2 === 0)
    this.isClosed = true
    await this.#storage.end(carriedOut)
    this.#page.tell(null)
    this.#page.close()
    this.#world.deliveries.forget(this)
  }
}

/** The page's key, unless it was revoked. */
export function validKeyIn({ desktop, browser }: World): string {
  const keys = [browser.values.get('key'), OTHER_KEY, KEY]
  return keys.find((key) => key !== undefined && desktop.validKeys.has(key)) ?? KEY
}
