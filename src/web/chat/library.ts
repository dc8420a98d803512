import type { ConversationEntry, ModelParameters, PageProblem } from './chat-view.ts'
import { storageProblem, type ChatStorage } from './chat-storage.ts'
import { matchesFor, type Matches } from './conversation-search.ts'
import { isFinal, titleFor, type Conversation, type Turn } from './conversation.ts'
import type { PageNotices } from './page-notices.ts'
import type { ChatPorts } from './ports.ts'

export interface LibraryOptions {
  readonly storage: ChatStorage
  readonly ports: Pick<ChatPorts, 'now' | 'newId' | 'after'>
  readonly onChange: () => void
  readonly notices: Pick<PageNotices, 'storageIs'>
  /** Other tabs have to read this conversation again; `null`: all. */
  readonly onSaved: (conversationId: string | null) => void
}

const SAVE_AGAIN_MS = 15_000

/** Changes of a conversation that storage has refused: it is full, or fails. */
interface Unsaved {
  /** Storage does not have the conversation either. */
  readonly isNew: boolean
  readonly turns: ReadonlyMap<string, Turn>
}

/** Conversations of this browser: a list of all, and the turns of those in use. */
export class Library {
  readonly #options: LibraryOptions
  #conversations = new Map<string, Conversation>()
  /** Turns by conversation, of those that were opened. */
  readonly #turns = new Map<string, Map<string, Turn>>()
  #drafts = new Map<string, Conversation>()
  /** By conversation. They are stored with its next message, and when there may be room again. */
  readonly #unsaved = new Map<string, Unsaved>()
  #cancelSave = (): void => {}
  /** Changes to the list so far. */
  #changes = 0
  #matches: Matches | null = null
  #query = ''

  constructor(options: LibraryOptions) {
    this.#options = options
  }

  get query(): string {
    return this.#query
  }

  /** Reads the list, again if it was changed meanwhile. */
  async load(): Promise<void> {
    const changes = this.#changes
    const all = await this.#options.storage.conversations()
    if (changes !== this.#changes) return this.load()
    const before = this.#conversations
    this.#conversations = new Map(all.map((conversation) => [conversation.id, conversation]))
    for (const [id, { isNew }] of this.#unsaved) {
      const unsaved = before.get(id)
      if (unsaved !== undefined && (isNew || this.#conversations.has(id)))
        this.#conversations.set(id, unsaved)
      else this.#unsaved.delete(id)
    }
    this.#options.onChange()
  }

  /** A conversation that is stored with its first turn. */
  draft(model: string | null, system: string, parameters: ModelParameters): Conversation {
    const now = this.#options.ports.now()
    const facts = { title: '', createdAt: now, updatedAt: now, model, system, parameters, shown: {} }
    const conversation = { id: this.#options.ports.newId(), ...facts }
    this.#drafts = new Map([[conversation.id, conversation]])
    this.#turns.set(conversation.id, new Map())
    return conversation
  }

  /** Whether it has no messages yet. */
  isDraft(id: string): boolean {
    return this.#drafts.has(id)
  }

  find(id: string): Conversation | undefined {
    return this.#conversations.get(id) ?? this.#drafts.get(id)
  }

  get #newestFirst(): Conversation[] {
    return [...this.#conversations.values()].sort((a, b) => b.updatedAt - a.updatedAt)
  }

  /** `undefined` while they are being read. */
  turnsOf(id: string): ReadonlyMap<string, Turn> | undefined {
    return this.#turns.get(id)
  }

  /** A turn as it is now: another tab may have continued it. Storage may be full or fail, so memory counts as well. */
  async stored(turn: Turn): Promise<Turn | undefined> {
    const turns = await this.#read(turn.conversationId).catch(() => new Map([[turn.id, turn]]))
    return turns.get(turn.id) ?? this.#turns.get(turn.conversationId)?.get(turn.id)
  }

  /** All turns of a conversation, which need not be open. */
  async wholeOf(id: string): Promise<ReadonlyMap<string, Turn>> {
    return this.#turns.get(id) ?? this.#read(id)
  }

  /** Everything with all turns, for a file. @param id `null` for all conversations */
  async contents(
    id: string | null,
  ): Promise<{ readonly conversations: Conversation[]; readonly turns: Turn[] }> {
    const conversations = this.#newestFirst.filter((conversation) => id === null || conversation.id === id)
    const turns = await (id === null ? this.#readAll() : this.wholeOf(id))
    return { conversations, turns: [...turns.values()] }
  }

  /**
   * Reads the turns of a conversation, again if another tab changed them.
   * @param isShown whether they are kept until it is closed
   * @returns them
   */
  async read(id: string, isShown: boolean): Promise<readonly Turn[]> {
    const before = this.#turns.get(id)
    const turns = await this.#read(id)
    // Deleted meanwhile.
    if (this.find(id) === undefined) return []
    for (const turn of this.#turns.get(id)?.values() ?? []) {
      const isChanged = turn !== before?.get(turn.id)
      // Turns that this page has changed meanwhile are newer, unless another tab has ended them.
      if (isChanged && !isFinal(turns.get(turn.id))) turns.set(turn.id, turn)
    }
    if (isShown || this.#turns.has(id)) this.#turns.set(id, turns)
    return [...turns.values()]
  }

  async #read(id: string): Promise<Map<string, Turn>> {
    return this.#withUnsaved(await this.#options.storage.turnsOf(id), [id])
  }

  async #readAll(): Promise<Map<string, Turn>> {
    return this.#withUnsaved(await this.#options.storage.allTurns(), this.#unsaved.keys())
  }

  #withUnsaved(stored: readonly Turn[], ids: Iterable<string>): Map<string, Turn> {
    const turns = new Map(stored.map((turn) => [turn.id, turn]))
    for (const id of ids)
      for (const turn of this.#unsaved.get(id)?.turns.values() ?? [])
        if (!isFinal(turns.get(turn.id))) turns.set(turn.id, turn)
    return turns
  }

  /** Forgets the turns of a conversation that is no longer shown. */
  close(id: string): void {
    this.#turns.delete(id)
  }

  /** Newest first; with a search those that match. @param isRunning whether an answer is being generated */
  entries(isRunning: (id: string) => boolean): ConversationEntry[] {
    const all = this.#newestFirst
    const found = this.#matches === null ? all : all.filter(({ id }) => this.#matches?.has(id))
    return found.map(({ id, title, updatedAt, model }) => ({
      id,
      title,
      updatedAt,
      model,
      isRunning: isRunning(id),
      excerpt: this.#matches?.get(id) ?? null,
    }))
  }

  async search(query: string): Promise<void> {
    this.#query = query
    const wanted = query.trim()
    const turns = wanted === '' ? [] : await this.#readAll().catch(() => new Map<string, Turn>())
    // Another search began meanwhile.
    if (this.#query !== query) return
    this.#matches = wanted === '' ? null : matchesFor(wanted, this.#conversations.values(), turns.values())
    this.#options.onChange()
  }

  /** Adds or replaces turns, shows them, and stores everything. */
  put(conversation: Conversation, turns: readonly Turn[]): void {
    const shown = { ...conversation.shown }
    for (const turn of turns) shown[turn.parentId] = turn.id
    const [first] = turns
    const title = conversation.title === '' && first !== undefined ? titleFor(first.text) : conversation.title
    const changed = { ...conversation, title, shown, updatedAt: this.#options.ports.now() }
    const isNew = this.#drafts.delete(conversation.id)
    this.#conversations.set(conversation.id, changed)
    for (const turn of turns) this.#remember(turn)
    void this.#store(changed.id, turns, isNew ? 'new' : 'changed')
    this.saveAgain()
  }

  /** Changes a conversation's facts. A draft is not stored. */
  change(
    id: string,
    facts: Partial<Pick<Conversation, 'title' | 'model' | 'system' | 'parameters' | 'shown'>>,
  ): void {
    const conversation = this.find(id)
    if (conversation === undefined) return
    const changed = { ...conversation, ...facts }
    if (this.#drafts.has(id)) this.#drafts.set(id, changed)
    else {
      this.#conversations.set(id, changed)
      void this.#store(id, [], 'changed')
    }
    this.#options.onChange()
  }

  /** Replaces a turn in memory. `isLasting`: stores it too. */
  replace(turn: Turn, isLasting: boolean): void {
    this.#remember(turn)
    const id = turn.conversationId
    const unsaved = this.#unsaved.get(id)
    // Storage has refused its question: a growing answer is not worth another attempt.
    if (unsaved !== undefined && turn.state.kind === 'running') this.#keepUnsaved(id, [turn], unsaved.isNew)
    else if (isLasting) return void this.#store(id, [turn], 'same')
    this.#options.onChange()
  }

  /** Stores what storage has refused: there may be room again. */
  saveAgain(): void {
    for (const id of this.#unsaved.keys()) void this.#store(id, [], 'again')
  }

  /** Browsers make the room of what was deleted available only after a while. */
  #saveLater(): void {
    this.#cancelSave()
    this.#cancelSave = this.#options.ports.after(SAVE_AGAIN_MS, () => this.saveAgain())
  }

  async remove(id: string): Promise<void> {
    this.#changes++
    this.#conversations.delete(id)
    this.#turns.delete(id)
    const hadUnsaved = this.#unsaved.delete(id)
    if (!(await this.#saving(this.#options.storage.remove(id), id, 'deleteFailed'))) return
    this.#caughtUp(hadUnsaved)
    this.saveAgain()
  }

  async clear(): Promise<void> {
    this.#changes++
    this.#conversations.clear()
    this.#turns.clear()
    const hadUnsaved = this.#unsaved.size > 0
    this.#unsaved.clear()
    if (await this.#saving(this.#options.storage.clear(), null, 'deleteFailed')) this.#caughtUp(hadUnsaved)
  }

  /**
   * Adds conversations with all their turns, and to those that are here already the turns that they lack.
   * @returns the number of those that were added or have grown; `null` if they could not be stored
   */
  async add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<number | null> {
    const adding = this.#adding(conversations, turns)
    if (!(await this.#saving(adding, null))) return null
    const changed = await adding
    this.#changes++
    for (const conversation of changed) this.#conversations.set(conversation.id, conversation)
    for (const { id } of changed) if (this.#turns.has(id)) await this.read(id, false)
    this.#options.onChange()
    return changed.length
  }

  async #adding(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<Conversation[]> {
    const here = await this.#readAll()
    const missing = turns.filter(({ id }) => !here.has(id))
    const growing = new Set(missing.map(({ conversationId }) => conversationId))
    const theirs = new Map(conversations.map((conversation) => [conversation.id, conversation]))
    const changed = [...theirs.values()].flatMap((conversation) => {
      const mine = this.#conversations.get(conversation.id)
      if (mine === undefined) return [conversation]
      const updatedAt = Math.max(mine.updatedAt, conversation.updatedAt)
      return growing.has(mine.id) ? [{ ...mine, updatedAt }] : []
    })
    await this.#options.storage.add(
      changed,
      missing.filter(({ conversationId }) => theirs.has(conversationId)),
    )
    return changed
  }

  #remember(turn: Turn): void {
    const turns = this.#turns.get(turn.conversationId)
    // A new map, so that views can compare by identity.
    if (turns !== undefined) this.#turns.set(turn.conversationId, new Map(turns).set(turn.id, turn))
  }

  /**
   * Stores turns of a conversation, with everything of it that storage has refused.
   * @param what of the conversation itself has to be stored; `again`: nothing, and the user knows already if it fails
   */
  async #store(
    id: string,
    turns: readonly Turn[],
    what: 'new' | 'changed' | 'same' | 'again',
  ): Promise<void> {
    const { storage } = this.#options
    const before = this.#unsaved.get(id)
    this.#unsaved.delete(id)
    const conversation = this.#conversations.get(id)
    const isWhole = before !== undefined || what !== 'same'
    if (isWhole) this.#changes++
    const conversations = isWhole && conversation !== undefined ? [conversation] : []
    const isNew = what === 'new' || before?.isNew === true
    const all = [
      ...new Map([...(before?.turns ?? []), ...turns.map((turn) => [turn.id, turn] as const)]).values(),
    ]
    const saving = isNew ? storage.add(conversations, all) : storage.save(conversations, all)
    const isSaved = await this.#saving(saving, id, what === 'again' ? null : 'storageFailed')
    if (isSaved) return this.#caughtUp(before !== undefined)
    this.#changes++
    this.#saveLater()
    // Later messages were ignored if the conversation is unknown there.
    this.#keepUnsaved(id, isNew ? [...all, ...(this.#turns.get(id)?.values() ?? [])] : all, isNew)
  }

  #caughtUp(hadUnsaved: boolean): void {
    if (hadUnsaved && this.#unsaved.size === 0) this.#options.notices.storageIs(null)
  }

  /** Keeps turns as they are now. */
  #keepUnsaved(id: string, turns: readonly Turn[], isNew: boolean): void {
    // Deleted meanwhile.
    if (!this.#conversations.has(id)) return
    const before = this.#unsaved.get(id)
    const latest = turns.map((turn) => [turn.id, this.#turns.get(id)?.get(turn.id) ?? turn] as const)
    this.#unsaved.set(id, {
      isNew: isNew || before?.isNew === true,
      turns: new Map([...(before?.turns ?? []), ...latest]),
    })
  }

  /**
   * @param failure as the user is told it, unless there is a better reason; `null`: not at all
   * @returns whether it was stored
   */
  async #saving(
    saving: Promise<unknown>,
    conversationId: string | null,
    failure: PageProblem | null = 'storageFailed',
  ): Promise<boolean> {
    this.#options.onChange()
    try {
      await saving
      this.#options.onSaved(conversationId)
      return true
    } catch (cause) {
      if (failure !== null) this.#options.notices.storageIs({ kind: storageProblem(cause, failure) })
      return false
    }
  }
}
