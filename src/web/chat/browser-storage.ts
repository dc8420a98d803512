import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { isOutdated, type ChatStorage } from './chat-storage.ts'
import { isFinal, type Conversation, type Turn } from './conversation.ts'

interface Schema extends DBSchema {
  readonly conversations: { key: string; value: Conversation; indexes: { byTime: number } }
  readonly turns: { key: string; value: Turn; indexes: { byConversation: string; byState: string } }
}

/** Errors of a connection that has ended. iOS ends those of a page in the background without telling it. */
const LOST = new Set(['InvalidStateError', 'UnknownError', 'AbortError'])

/** Conversations in IndexedDB. */
export class BrowserStorage implements ChatStorage {
  #database = this.#connect()
  #onReplaced = (): void => {}

  /** Rejects where IndexedDB does not work. */
  static async open(): Promise<BrowserStorage> {
    const storage = new BrowserStorage()
    await storage.#database.catch((cause: unknown) => {
      // Its conversations are safe, and this page says that it has to be reloaded.
      if (!isOutdated(cause)) throw cause
    })
    return storage
  }

  onReplaced(listener: () => void): void {
    this.#onReplaced = listener
  }

  async conversations(): Promise<Conversation[]> {
    const all = await this.#use((database) => database.getAllFromIndex('conversations', 'byTime'))
    return all.toReversed()
  }

  turnsOf(conversationId: string): Promise<Turn[]> {
    return this.#use((database) => database.getAllFromIndex('turns', 'byConversation', conversationId))
  }

  allTurns(): Promise<Turn[]> {
    return this.#use((database) => database.getAll('turns'))
  }

  runningTurns(): Promise<Turn[]> {
    return this.#use((database) => database.getAllFromIndex('turns', 'byState', 'running'))
  }

  add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#use((database) => write(database, conversations, turns, true))
  }

  save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    return this.#use((database) => write(database, conversations, turns, false))
  }

  remove(conversationId: string): Promise<void> {
    return this.#use(async (database) => {
      const change = database.transaction(['conversations', 'turns'], 'readwrite')
      const turns = change.objectStore('turns')
      const ids = await turns.index('byConversation').getAllKeys(conversationId)
      const removals = [
        change.objectStore('conversations').delete(conversationId),
        ...ids.map((id) => turns.delete(id)),
      ]
      await Promise.all([...removals, change.done])
    })
  }

  clear(): Promise<void> {
    return this.#use(async (database) => {
      const change = database.transaction(['conversations', 'turns'], 'readwrite')
      await Promise.all([
        change.objectStore('conversations').clear(),
        change.objectStore('turns').clear(),
        change.done,
      ])
    })
  }

  /** Repeats what failed because the connection has ended, which changes nothing if it was done already. */
  async #use<T>(act: (database: IDBPDatabase<Schema>) => Promise<T>): Promise<T> {
    const connection = this.#database
    try {
      return await act(await connection)
    } catch (cause) {
      if (!(cause instanceof DOMException) || !LOST.has(cause.name)) throw cause
      if (this.#database === connection) this.#database = this.#connect()
      return act(await this.#database)
    }
  }

  #connect(): Promise<IDBPDatabase<Schema>> {
    const connection = openDB<Schema>('chat', 1, {
      upgrade(created) {
        created.createObjectStore('conversations', { keyPath: 'id' }).createIndex('byTime', 'updatedAt')
        const turns = created.createObjectStore('turns', { keyPath: 'id' })
        turns.createIndex('byConversation', 'conversationId')
        turns.createIndex('byState', 'state.kind')
      },
      // Another page deletes the database, or it is a newer page and changes the schema.
      blocking: (_current, next, event) => {
        ;(event.target as IDBDatabase).close()
        if (next === null) this.#replace()
      },
      // The user has deleted the page's data, or the browser's storage has failed.
      terminated: () => this.#replace(),
    })
    // Its users are told of a failure.
    connection.catch(() => {})
    return connection
  }

  #replace(): void {
    this.#database = this.#connect()
    this.#onReplaced()
  }
}

async function write(
  database: IDBPDatabase<Schema>,
  conversations: readonly Conversation[],
  turns: readonly Turn[],
  areNew: boolean,
): Promise<void> {
  const change = database.transaction(['conversations', 'turns'], 'readwrite')
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
