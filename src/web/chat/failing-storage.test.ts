/** A browser whose storage is full, or fails: nothing is lost while the page is open, and nothing waits forever. */
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeBrowser, isDone, isReady, openEngine, ScriptedRelay, texts } from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'
import type { ChatView } from './chat-view.ts'
import type { Conversation, Turn } from './conversation.ts'
import { NO_PARAMETERS } from './initial-view.ts'
import { Library } from './library.ts'

const QUESTION: Turn = {
  id: 'q',
  conversationId: 'c',
  parentId: '',
  role: 'user',
  text: 'Hi',
  thinking: '',
  images: [],
  model: null,
  createdAt: 1,
  figures: null,
  state: { kind: 'done' },
}

/** Takes nothing while it is full, and gives nothing while it is broken. */
class FailingStorage extends MemoryStorage {
  isFull = false
  isBroken = false

  override async add(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    this.#takes()
    return super.add(conversations, turns)
  }

  override async save(conversations: readonly Conversation[], turns: readonly Turn[]): Promise<void> {
    this.#takes()
    return super.save(conversations, turns)
  }

  override async remove(conversationId: string): Promise<void> {
    this.#works()
    return super.remove(conversationId)
  }

  override async conversations(): Promise<Conversation[]> {
    this.#works()
    return super.conversations()
  }

  override async turnsOf(conversationId: string): Promise<Turn[]> {
    this.#works()
    return super.turnsOf(conversationId)
  }

  #takes(): void {
    this.#works()
    if (this.isFull) throw new DOMException('no room', 'QuotaExceededError')
  }

  #works(): void {
    if (this.isBroken) throw new DOMException('closed', 'InvalidStateError')
  }
}

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: FailingStorage
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new FailingStorage()
})

async function open() {
  const page = openEngine({ relay, browser, storage })
  await page.until(isReady)
  const ask = async (text: string): Promise<ChatView> => {
    const { length } = texts(page.engine.view)
    page.actions.send(text, [])
    return page.until((view) => isDone(view) && texts(view).length === length + 2)
  }
  return { ...page, ask }
}

/** The messages in a page that is opened later. */
async function shownLater(conversationId: string): Promise<string[]> {
  const later = openEngine({ relay, browser, storage, tab: { entries: [conversationId], listeners: [] } })
  return texts(await later.until(isDone))
}

const ANSWER = 'Hello there'
const isFull = ({ notice }: ChatView): boolean => notice?.kind === 'storageFull'

describe('full storage', () => {
  it('keeps a conversation while others are opened, and another tab stores its own', async () => {
    const { actions, until, ask } = await open()
    storage.isFull = true
    const { open: made } = await ask('Hi')
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    browser.page().tell(null)
    await until(isFull)
    actions.openConversation(made.id)
    expect(texts(await until(isDone))).toEqual(['Hi', ANSWER])
  })

  it('an answer arrives in a conversation that is no longer open', async () => {
    const { actions, until } = await open()
    storage.isFull = true
    const { promise, resolve } = Promise.withResolvers<Response>()
    const reply = relay.reply
    relay.reply = () => promise
    actions.send('Hi', [])
    const { open: made } = await until(isFull)
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    resolve(await reply())
    await until(({ conversations }) => conversations[0]?.isRunning === false)
    actions.openConversation(made.id)
    expect(texts(await until(isDone))).toEqual(['Hi', ANSWER])
  })

  it('stores everything once there is room, and says no longer that there is none', async () => {
    const { actions, until, ask } = await open()
    const { open: old } = await ask('Old')
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    const { open: made } = await ask('One')
    storage.isFull = true
    await ask('Two')
    await until(isFull)
    storage.isFull = false
    actions.remove(old.id)
    await until(({ notice }) => notice === null)
    expect(await shownLater(made.id)).toEqual(['One', ANSWER, 'Two', ANSWER])
  })

  it('a message in another conversation is another attempt', async () => {
    const { actions, until, ask } = await open()
    storage.isFull = true
    const { open: made } = await ask('One')
    await until(isFull)
    storage.isFull = false
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    await ask('Two')
    await until(({ notice }) => notice === null)
    expect(await shownLater(made.id)).toEqual(['One', ANSWER])
  })

  it('tries again after a while, without reporting it again', async () => {
    const later: (() => void)[] = []
    const after = (_delayMs: number, act: () => void) => {
      later.push(act)
      return () => {}
    }
    const problems: unknown[] = []
    const library = new Library({
      storage,
      ports: { now: () => 1, newId: () => 'c', after },
      notices: { storageIs: (problem) => void problems.push(problem) },
      onChange: () => {},
      onSaved: () => {},
    })
    storage.isFull = true
    const draft = library.draft(null, '', NO_PARAMETERS)
    library.put(draft, [QUESTION])
    await expect.poll(() => later.length).toBe(1)
    later.pop()?.()
    await expect.poll(() => later.length).toBe(1)
    storage.isFull = false
    later.pop()?.()
    await expect.poll(() => problems).toEqual([{ kind: 'storageFull' }, null])
    expect(await storage.allTurns()).toEqual([QUESTION])
  })

  it('a growing answer does not report it again', async () => {
    const reader = Promise.withResolvers<ReadableStreamDefaultController>()
    const say = async (content: string): Promise<void> =>
      (await reader.promise).enqueue(
        new TextEncoder().encode(`${JSON.stringify({ message: { content } })}\n`),
      )
    relay.reply = () => new Response(new ReadableStream({ start: reader.resolve }))
    const { actions, until, page } = await open()
    storage.isFull = true
    actions.send('Hi', [])
    await until(isFull)
    actions.dismissNotice()
    await say('part')
    await until((view) => texts(view)[1] === 'part')
    page.listeners?.onLeave()
    await new Promise((next) => setTimeout(next, 0))
    expect((await until(({ notice }) => notice === null)).open.isRunning).toBe(true)
  })

  it('a file contains what could not be stored', async () => {
    const { actions, until, ask } = await open()
    storage.isFull = true
    const { open: made } = await ask('Hi')
    await until(isFull)
    actions.exportAs('json', null)
    await expect.poll(() => browser.saved.length).toBe(1)
    actions.exportAs('markdown', made.id)
    await expect.poll(() => browser.saved.length).toBe(2)
    expect(browser.saved.map((file) => file.includes(ANSWER))).toEqual([true, true])
  })

  it('imported conversations appear only if they are stored', async () => {
    const { actions, until, ask } = await open()
    await ask('Hi')
    actions.exportAs('json', null)
    await expect.poll(() => browser.saved.length).toBe(1)
    actions.removeAll()
    await until(({ conversations }) => conversations.length === 0)
    storage.isFull = true
    actions.importFrom(new Blob([(browser.saved[0] ?? '').split('\n').slice(1).join('\n')]))
    expect((await until(isFull)).conversations).toEqual([])
  })
})

describe('storage that fails', () => {
  it('answers a message all the same', async () => {
    const { until, ask } = await open()
    storage.isBroken = true
    expect(texts(await ask('Hi'))).toEqual(['Hi', ANSWER])
    await until(({ notice }) => notice?.kind === 'storageFailed')
  })

  it('reports a conversation that it cannot read, and shows another', async () => {
    const { actions, until, ask } = await open()
    const { open: made } = await ask('Hi')
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    storage.isBroken = true
    actions.openConversation(made.id)
    const { open: shown } = await until(({ notice }) => notice?.kind === 'readFailed')
    expect([shown.isLoading, shown.turns]).toEqual([false, []])
  })

  it('reports conversations that it cannot read', async () => {
    storage.isBroken = true
    const { until } = await open()
    await until(({ notice }) => notice?.kind === 'readFailed')
  })

  it('reports a conversation that it cannot delete', async () => {
    const { actions, until, ask } = await open()
    const { open: made } = await ask('Hi')
    storage.isBroken = true
    actions.remove(made.id)
    await until(({ notice }) => notice?.kind === 'deleteFailed')
  })

  it('an image that cannot be read ends the answer instead of delaying it forever', async () => {
    const { actions, until } = await open()
    const image = new Blob(['image'], { type: 'image/jpeg' })
    image.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotReadableError'))
    actions.send('Hi', [image])
    const { open: shown } = await until(isDone)
    expect(shown.turns[1]?.state).toMatchObject({ kind: 'failed', problem: { kind: 'readFailed' } })
  })
})
