/** Actions while the browser's storage, the relay or the next frame takes its time. */
import { beforeEach, expect, it } from 'vitest'
import {
  FakeBrowser,
  isDone,
  isReady,
  openEngine,
  ScriptedRelay,
  stopElsewhere,
  texts,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'
import type { Conversation, Turn } from './conversation.ts'

/** Reads at once, and responds when the test allows it. */
class SlowStorage extends MemoryStorage {
  #list = Promise.resolve()
  #turns = Promise.resolve()

  /** @returns lets the responses through */
  hold(): () => void {
    const letThrough = this.holdTurns()
    this.#list = this.#turns
    return letThrough
  }

  holdTurns(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turns = promise
    return resolve
  }

  override async conversations(): Promise<Conversation[]> {
    const found = await super.conversations()
    await this.#list
    return found
  }

  override async turnsOf(conversationId: string): Promise<Turn[]> {
    const found = await super.turnsOf(conversationId)
    await this.#turns
    return found
  }
}

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: SlowStorage
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new SlowStorage()
})

/** A page with one conversation, which is closed. */
async function openWithOne() {
  const page = openEngine({ relay, browser, storage })
  await page.until(isReady)
  page.actions.send('Hi', [])
  const { open: made } = await page.until(isDone)
  page.actions.newConversation()
  await page.until(({ open: { turns } }) => turns.length === 0)
  return { ...page, made }
}

/** Stores another answer, which a page that has ended did not obtain. */
async function addRunning({ parameters }: Pick<Conversation, 'parameters'>): Promise<Turn> {
  const [answer] = (await storage.allTurns()).filter(({ role }) => role === 'assistant')
  if (answer === undefined) throw new Error('no answer')
  const run = { name: 'n1', api: 'ollama', offset: 0, asked: { system: '', parameters } } as const
  const turn: Turn = { ...answer, id: 'running', state: { kind: 'running', run } }
  await storage.save([], [turn])
  return turn
}

it('a message waits until its conversation has been read', async () => {
  const { actions, until, made } = await openWithOne()
  const letThrough = storage.hold()
  actions.openConversation(made.id)
  expect(actions.send('And then?', [])).toBe(false)
  letThrough()
  await until(isDone)
  expect(actions.send('And then?', [])).toBe(true)
  const { open } = await until((view) => isDone(view) && texts(view).length === 4)
  expect(open.turns[0]?.branch.count).toBe(1)
})

it('a conversation that is deleted while the list is read again stays deleted', async () => {
  const { engine, actions, until, made } = await openWithOne()
  const letThrough = storage.hold()
  browser.page().tell(null)
  actions.remove(made.id)
  letThrough()
  await until(({ conversations }) => conversations.length === 0)
  await storage.conversations()
  expect(engine.view.conversations).toEqual([])
})

it('an answer is not continued if its conversation is deleted while it is read', async () => {
  const { actions, until, made } = await openWithOne()
  await addRunning(made)
  const letThrough = storage.hold()
  actions.openConversation(made.id)
  actions.remove(made.id)
  const { length } = relay.bodies
  letThrough()
  await until(({ conversations }) => conversations.length === 0)
  await storage.turnsOf(made.id)
  await new Promise((resolve) => setTimeout(resolve, 0))
  expect(relay.bodies.length).toBe(length)
})

it('an answer that another tab stops while its question is read is not requested', async () => {
  const { made } = await openWithOne()
  const turn = await addRunning(made)
  const { length } = relay.bodies
  // The first read finds it running, the second one finds its question.
  const read = storage.turnsOf.bind(storage)
  let reads = 0
  storage.turnsOf = async (id) => {
    const found = await read(id)
    if (++reads === 2) await storage.save([], [{ ...turn, state: { kind: 'stopped' } }])
    return found
  }
  const { until } = openEngine({ relay, browser, storage, tab: { entries: [''], listeners: [] } })
  await expect.poll(() => reads).toBe(3)
  await until(({ conversations }) => conversations[0]?.isRunning === false)
  expect(relay.bodies.length).toBe(length)
})

it('text that waits to be stored is forgotten with its conversation', async () => {
  const { actions, until, made } = await openWithOne()
  actions.remove(made.id)
  await until(({ conversations }) => conversations.length === 0)
  actions.keepDraft(made.id, 'And then')
  expect(browser.values.get('drafts')).toBeUndefined()
})

it('a page that is hidden before its next frame shows what follows', async () => {
  const { engine, actions, page, until } = await openWithOne()
  page.beforeFrame = () => {}
  actions.send('Hi', [])
  page.beforeFrame = (callback) => queueMicrotask(callback)
  page.listeners?.onLeave()
  expect(engine.view.open.isRunning).toBe(true)
  await until(isDone)
})

it('a key that is refused while the models are listed stays refused', async () => {
  const { actions, page, until } = await openWithOne()
  const { promise, resolve } = Promise.withResolvers<Response>()
  const models = relay.tags()
  relay.tags = () => promise
  page.listeners?.onWake()
  relay.reply = () => new Response('{"error":"This key was revoked."}', { status: 401 })
  actions.send('Hi', [])
  await until(({ access }) => access.kind === 'keyRefused')
  const { length } = relay.asked
  resolve(models)
  await expect.poll(() => relay.asked.length).toBeGreaterThan(length)
  await new Promise((next) => setTimeout(next, 0))
  await until(({ access }) => access.kind === 'keyRefused')
})

it('a stop in another tab is not lost because the answer grows while it is read', async () => {
  browser.hasLocks = false
  const reader = Promise.withResolvers<ReadableStreamDefaultController>()
  const say = async (content: string): Promise<void> =>
    (await reader.promise).enqueue(new TextEncoder().encode(`${JSON.stringify({ message: { content } })}\n`))
  relay.reply = () => new Response(new ReadableStream({ start: reader.resolve }))
  const { engine, actions, until } = openEngine({ relay, browser, storage })
  await until(isReady)
  actions.send('Hi', [])
  await say('part')
  await until((view) => texts(view)[1] === 'part')
  await stopElsewhere(storage)
  const letThrough = storage.holdTurns()
  browser.page().tell(engine.view.open.id)
  // By then, the turns are being read.
  await new Promise((next) => setTimeout(next, 0))
  await say(' more')
  await until((view) => texts(view)[1] === 'part more')
  letThrough()
  const { open } = await until(isDone)
  expect(open.turns[1]?.state.kind).toBe('stopped')
})
