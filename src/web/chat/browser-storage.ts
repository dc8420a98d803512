import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { ChatStorage } from './chat-storage.ts'
import { isFinal, type Conversation, type Turn } from './conversation.ts'

interface Schema extends DBSchema {
  readonly conversations: { key: string; value: Conversation; indexes: { byTime: number } }
  readonly turns: { key: string; value: Turn; indexes: { byConversation: string; byState: string } }
}

/** Conversations in IndexedDB. */
export class BrowserStorage implements ChatStorage {
  readonly #database: IDBPDatabase<Schema>

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database
  }

  /** Rejects where IndexedDB does not work. */
  static async open(): Promise<BrowserStorage> {
    const database = await openDB<Schema>('chat', 1, {
      upgrade(created) {
        created.createObjectStore('conversations', { keyPath: 'id' }).createIndex('byTime', 'updatedAt')
        const turns = created.createObjectStore('turns', { keyPath: 'id' })
        turns.createIndex('byConversation', 'conversationId')
        turns.createIndex('byState', 'state.kind')
      },
      // A newer page in another tab wants to change the schema.
      blocking: (_current, _next, event) => (event.target as IDBDatabase).close(),
    })
    return new BrowserStorage(database)
  }

  async conversations(): Promise<Conversation[]> {
    return (await this.#database.getAllFromIndex('conversations', 'byTime')).toReversed()
  }

  turnsOf(conversationId: string): Promise<Turn[]> {
    return this.#database.getAllFromIndex('turns', 'byConversation', conversationId)
  }

  allTurns(): Promise<Turn[]> {
    return this.#database.getAll('turns')
  }

  runningTurns(): Promise<Turn[]> {
    return this.#database.getAllFromIndex('turns', 'byState', 'running')
  }

  add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#write(conversations, turns, true)
  }

  save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#write(conversations, turns, false)
  }

  async #write(
    conversations: readonly Conversation[],
    turns: readonly Turn[],
    areNew: boolean,
  ): Promise<void> {
    const change = this.#database.transaction(['conversations', 'turns'], 'readwrite')
    const [kept, stored] = [change.objectStore('conversations'), change.objectStore('turns')]
    const puts = [
      ...conversations.map(async (conversation) => {
        if (areNew || (await kept.getKey(conversation.id)) !== undefined) await kept.put(conversation)
      }),
      ...turns.map(async (turn) => {
        const [id, before] = await Promise.all([kept.getKey(turn.conversationId), stored.get(turn.id)])
        if (id !== undefined && !isFinal(before)) await stored.put(turn)
      }),
    ]
    await Promise.all([...puts, change.done])
  }

  async remove(conversationId: string): Promise<void> {
    const change = this.#database.transaction(['conversations', 'turns'], 'readwrite')
    const turns = change.objectStore('turns')
    const ids = await turns.index('byConversation').getAllKeys(conversationId)
    const removals = [
      change.objectStore('conversations').delete(conversationId),
      ...ids.map((id) => turns.delete(id)),
    ]
    await Promise.all([...removals, change.done])
  }

  async clear(): Promise<void> {
    const change = this.#database.transaction(['conversations', 'turns'], 'readwrite')
    await Promise.all([
      change.objectStore('conversations').clear(),
      change.objectStore('turns').clear(),
      change.done,
    ])
  }
}
