import type { PageProblem } from './chat-view.ts'
import { isFinal, type Conversation, type Turn } from './conversation.ts'

/** The port for conversations that outlive the page. Every method rejects if the browser's storage fails. */
export interface ChatStorage {
  /** Newest first. */
  conversations(): Promise<Conversation[]>
  turnsOf(conversationId: string): Promise<Turn[]>
  allTurns(): Promise<Turn[]>
  /** Turns whose answers were in progress when the page ended. */
  runningTurns(): Promise<Turn[]>
  /** New conversations. All or nothing. */
  add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void>
  /** All or nothing, without conversations that another tab has deleted, their turns, and turns that it has ended. */
  save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void>
  remove(conversationId: string): Promise<void>
  clear(): Promise<void>
  /** Calls back when something else than this page and its other tabs may have deleted everything. */
  onReplaced(listener: () => void): void
}

/** The reason why an operation of the storage failed, as the user is told it. @param otherwise if there is none in particular */
export function storageProblem(cause: unknown, otherwise: PageProblem): PageProblem {
  if (isOutdated(cause)) return 'pageOutdated'
  return cause instanceof DOMException && cause.name === 'QuotaExceededError' ? 'storageFull' : otherwise
}

/** Whether a newer version of the page has changed the form of what is stored. */
export function isOutdated(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'VersionError'
}

/** For browsers that store nothing, as in some private windows. */
export class MemoryStorage implements ChatStorage {
  readonly #conversations = new Map<string, Conversation>()
  readonly #turns = new Map<string, Turn>()

  async conversations(): Promise<Conversation[]> {
    return [...this.#conversations.values()].sort((a, b) => b.updatedAt - a.updatedAt)
  }

  async turnsOf(conversationId: string): Promise<Turn[]> {
    return [...this.#turns.values()].filter((turn) => turn.conversationId === conversationId)
  }

  async allTurns(): Promise<Turn[]> {
    return [...this.#turns.values()]
  }

  async runningTurns(): Promise<Turn[]> {
    return [...this.#turns.values()].filter(({ state }) => state.kind === 'running')
  }

  async add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    for (const conversation of conversations) this.#conversations.set(conversation.id, conversation)
    await this.save([], turns)
  }

  async save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    for (const conversation of conversations)
      if (this.#conversations.has(conversation.id)) this.#conversations.set(conversation.id, conversation)
    for (const turn of turns)
      if (this.#conversations.has(turn.conversationId) && !isFinal(this.#turns.get(turn.id)))
        this.#turns.set(turn.id, turn)
  }

  async remove(conversationId: string): Promise<void> {
    this.#conversations.delete(conversationId)
    for (const turn of await this.turnsOf(conversationId)) this.#turns.delete(turn.id)
  }

  async clear(): Promise<void> {
    this.#conversations.clear()
    this.#turns.clear()
  }

  /** Only this page has it. */
  onReplaced(): void {}
}
