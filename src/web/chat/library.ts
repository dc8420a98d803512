import type { ConversationEntry, ModelParameters, Problem } from './chat-view.ts'
import type { ChatStorage } from './chat-storage.ts'
import { excerptOf, isFinal, titleFor, type Conversation, type Turn } from './conversation.ts'
import type { ChatPorts } from './ports.ts'
import { withoutThinking } from './thinking-tags.ts'

export interface LibraryOptions {
  readonly storage: ChatStorage
  readonly ports: Pick<ChatPorts, 'now' | 'newId'>
  readonly onChange: () => void
  readonly onProblem: (problem: Problem) => void
  /** Other tabs have to read this conversation again; `null`: all. */
  readonly onSaved: (conversationId: string | null) => void
}

/** Conversations of this browser: a list of all, and the turns of those in use. */
export class Library {
  readonly #options: LibraryOptions
  #conversations = new Map<string, Conversation>()
  /** Turns by conversation, of those that were opened. */
  readonly #turns = new Map<string, Map<string, Turn>>()
  #drafts = new Map<string, Conversation>()
  /** Conversations that storage has not taken yet. */
  readonly #unstored = new Set<string>()
  /** Changes to the list so far. */
  #changes = 0
  #matches: ReadonlyMap<string, ConversationEntry['excerpt']> | null = null
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
    this.#conversations = new Map(all.map((conversation) => [conversation.id, conversation]))
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

  /** `undefined` while they are being read. */
  turnsOf(id: string): ReadonlyMap<string, Turn> | undefined {
    return this.#turns.get(id)
  }

  /** A turn as it is now: another tab may have continued it. Storage may be full, so memory counts as well. */
  async stored(turn: Turn): Promise<Turn | undefined> {
    const turns = await this.#options.storage.turnsOf(turn.conversationId)
    return turns.find(({ id }) => id === turn.id) ?? this.#turns.get(turn.conversationId)?.get(turn.id)
  }

  /**
   * Reads the turns of a conversation, again if another tab changed them.
   * @param isShown whether they are kept until it is closed
   * @returns them
   */
  async read(id: string, isShown: boolean): Promise<readonly Turn[]> {
    const before = this.#turns.get(id)
    const stored = await this.#options.storage.turnsOf(id)
    // Deleted meanwhile.
    if (this.find(id) === undefined) return []
    const turns = new Map(stored.map((turn) => [turn.id, turn]))
    for (const turn of this.#turns.get(id)?.values() ?? []) {
      const isChanged = turn !== before?.get(turn.id)
      // Turns that this page has changed meanwhile are newer, unless another tab has ended them.
      if (isChanged && !isFinal(turns.get(turn.id))) turns.set(turn.id, turn)
    }
    if (isShown || this.#turns.has(id)) this.#turns.set(id, turns)
    return [...turns.values()]
  }

  /** Forgets the turns of a conversation that is no longer shown. */
  close(id: string): void {
    this.#turns.delete(id)
  }

  /** Newest first; with a search those that match. @param isRunning whether an answer is being generated */
  entries(isRunning: (id: string) => boolean): ConversationEntry[] {
    const all = [...this.#conversations.values()].sort((a, b) => b.updatedAt - a.updatedAt)
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
    const turns = wanted === '' ? [] : await this.#options.storage.allTurns().catch(() => [])
    // Another search began meanwhile.
    if (this.#query !== query) return
    this.#matches = wanted === '' ? null : this.#matchesFor(wanted, turns)
    this.#options.onChange()
  }

  #matchesFor(query: string, turns: readonly Turn[]): Map<string, ConversationEntry['excerpt']> {
    const matches = new Map<string, ConversationEntry['excerpt']>()
    for (const { id, title } of this.#conversations.values()) {
      const excerpt = excerptOf(title, query)
      if (excerpt !== null) matches.set(id, excerpt)
    }
    for (const turn of turns) {
      if (matches.has(turn.conversationId)) continue
      const excerpt = excerptOf(withoutThinking(turn.text).text, query)
      if (excerpt !== null) matches.set(turn.conversationId, excerpt)
    }
    return matches
  }

  /** Adds or replaces turns, shows them, and stores everything. */
  put(conversation: Conversation, turns: readonly Turn[]): void {
    const shown = { ...conversation.shown }
    for (const turn of turns) shown[turn.parentId] = turn.id
    const [first] = turns
    const title = conversation.title === '' && first !== undefined ? titleFor(first.text) : conversation.title
    const changed = { ...conversation, title, shown, updatedAt: this.#options.ports.now() }
    if (this.#drafts.delete(conversation.id)) this.#unstored.add(conversation.id)
    this.#conversations.set(conversation.id, changed)
    for (const turn of turns) this.#remember(turn)
    this.#store([changed], turns)
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
      this.#store([changed], [])
    }
    this.#options.onChange()
  }

  /** Replaces a turn in memory. `isLasting`: stores it too. */
  replace(turn: Turn, isLasting: boolean): void {
    this.#remember(turn)
    if (isLasting) this.#store([], [turn])
    else this.#options.onChange()
  }

  async remove(id: string): Promise<void> {
    this.#changes++
    this.#conversations.delete(id)
    this.#turns.delete(id)
    await this.#saving(this.#options.storage.remove(id), id)
  }

  async clear(): Promise<void> {
    this.#changes++
    this.#conversations.clear()
    this.#turns.clear()
    await this.#saving(this.#options.storage.clear(), null)
  }

  /**
   * Adds conversations with all their turns, unless they are here already.
   * @returns their number; `null` if they could not be stored
   */
  async add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<number | null> {
    const fresh = conversations.filter(({ id }) => !this.#conversations.has(id))
    const ids = new Set(fresh.map(({ id }) => id))
    this.#changes++
    for (const conversation of fresh) this.#conversations.set(conversation.id, conversation)
    const saving = this.#options.storage.add(
      fresh,
      turns.filter(({ conversationId }) => ids.has(conversationId)),
    )
    return (await this.#saving(saving, null)) ? fresh.length : null
  }

  #remember(turn: Turn): void {
    const turns = this.#turns.get(turn.conversationId)
    // A new map, so that views can compare by identity.
    if (turns !== undefined) this.#turns.set(turn.conversationId, new Map(turns).set(turn.id, turn))
  }

  #store(conversations: readonly Conversation[], turns: readonly Turn[]): void {
    if (conversations.length > 0) this.#changes++
    const id = conversations[0]?.id ?? turns[0]?.conversationId ?? null
    const conversation = this.#conversations.get(id ?? '')
    if (conversation !== undefined && this.#unstored.delete(conversation.id)) void this.#add(conversation)
    else void this.#saving(this.#options.storage.save(conversations, turns), id)
  }

  async #add(conversation: Conversation): Promise<void> {
    const { id } = conversation
    const turns = [...(this.#turns.get(id)?.values() ?? [])]
    if (!(await this.#saving(this.#options.storage.add([conversation], turns), id))) this.#unstored.add(id)
  }

  /** @returns whether it was stored */
  async #saving(saving: Promise<void>, conversationId: string | null): Promise<boolean> {
    this.#options.onChange()
    try {
      await saving
      this.#options.onSaved(conversationId)
      return true
    } catch (cause) {
      const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError'
      this.#options.onProblem({ kind: isFull ? 'storageFull' : 'storageFailed' })
      return false
    }
  }
}
