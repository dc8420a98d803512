import { beforeEach, describe, expect, it } from 'vitest'
import {
  FakeBrowser,
  isDone,
  openEngine,
  ScriptedRelay,
  stopElsewhere,
  texts,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'

/** An answer that the test continues, and that the desktop keeps. */
class KeptAnswer {
  #text = ''
  readonly #readers: ReadableStreamDefaultController[] = []

  /** Joins it at the byte that the request names. */
  readonly reply = (): Response => {
    const from = Number(/from=(\d+)$/.exec(relay.asked.at(-1) ?? '')?.[1] ?? 0)
    const start = (reader: ReadableStreamDefaultController) => {
      this.#readers.push(reader)
      reader.enqueue(new TextEncoder().encode(this.#text.slice(from)))
    }
    return new Response(new ReadableStream({ start }))
  }

  say(content: string, done = false): void {
    const line = `${JSON.stringify({ message: { content }, done })}\n`
    this.#text += line
    for (const reader of this.#readers) reader.enqueue(new TextEncoder().encode(line))
  }

  breakOff(): void {
    for (const reader of this.#readers) reader.error(new TypeError('cut'))
  }
}

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
let answer: KeptAnswer
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new MemoryStorage()
  answer = new KeptAnswer()
  relay.reply = answer.reply
})

async function open() {
  const tab = openEngine({ relay, browser, storage })
  await tab.until(({ access }) => access.kind === 'ready')
  return tab
}

type Tab = Awaited<ReturnType<typeof open>>

/** One that obtains an answer, and one that was opened before. */
async function openTwo() {
  const other = await open()
  const one = await open()
  one.actions.send('Hi', [])
  await expect.poll(() => relay.bodies.length).toBe(1)
  answer.say('part')
  await one.until((view) => texts(view)[1] === 'part')
  await other.until(({ conversations }) => conversations.length === 1)
  return { one, other }
}

const stops = () => relay.asked.filter((asked) => asked.startsWith('DELETE')).length

describe.each([true, false])('with locks: %s', (hasLocks) => {
  beforeEach(() => void (browser.hasLocks = hasLocks))

  it('a conversation that another tab deletes leaves nothing behind, and its model stops', async () => {
    const { one, other } = await openTwo()
    other.actions.removeAll()
    await one.until(({ open: { turns } }) => turns.length === 0)
    await expect.poll(stops).toBe(1)
    answer.say(' more')
    answer.say('', true)
    one.page.listeners?.onLeave()
    expect([await storage.allTurns(), await storage.conversations()]).toEqual([[], []])
  })

  it('an answer that one tab has ended is not replaced by a slower one’s', async () => {
    const { one } = await openTwo()
    const running = await storage.allTurns()
    one.page.listeners?.onLeave()
    one.actions.stop()
    await one.until(isDone)
    await storage.save([], running)
    const kinds = (await storage.allTurns()).map(({ state }) => state.kind)
    expect(kinds.toSorted()).toEqual(['done', 'stopped'])
  })

  it('an answer that one tab stops ends in the one that obtains it, even if that shows another conversation', async () => {
    const { one, other } = await openTwo()
    other.actions.openConversation(one.engine.view.open.id)
    await other.until(({ open: { isRunning } }) => isRunning)
    one.actions.newConversation()
    await one.until(({ open: { turns } }) => turns.length === 0)
    other.actions.stop()
    await one.until(({ conversations }) => conversations[0]?.isRunning === false)
  })

  it('an answer is shown by a tab that was open before it began, and is whole in both', async () => {
    const { one, other } = await openTwo()
    other.actions.openConversation(one.engine.view.open.id)
    await other.until(({ open: { isRunning } }) => isRunning)
    one.page.listeners?.onLeave()
    answer.say(' and end', true)
    for (const tab of [one, other]) expect(texts(await tab.until(isDone))).toEqual(['Hi', 'part and end'])
  })
})

it('an answer that one tab stops is stopped by the other too, whose request may have run the model again', async () => {
  browser.hasLocks = false
  const { one, other } = await openTwo()
  other.actions.openConversation(one.engine.view.open.id)
  await expect.poll(() => relay.bodies.length).toBe(2)
  one.actions.stop()
  await other.until(isDone)
  await expect.poll(stops).toBe(2)
})

it.each([
  ['change', ({ actions }: Tab) => actions.setSystem('Be brief.')],
  ['message', ({ actions }: Tab) => void actions.send('And then?', [])],
])('a %s in a conversation that another tab has just deleted does not bring it back', async (_what, act) => {
  const { one, other } = await openTwo()
  answer.say('', true)
  await one.until(isDone)
  other.actions.removeAll()
  act(one)
  await one.until(({ conversations }) => conversations.length === 0)
  expect([await storage.allTurns(), await storage.conversations()]).toEqual([[], []])
})

it('an answer that fails in one tab is not continued by another, without its text', async () => {
  const { one, other } = await openTwo()
  other.actions.openConversation(one.engine.view.open.id)
  await other.until(({ open: { isRunning } }) => isRunning)
  const isRejoin = (asked: string) => asked.includes('?from=')
  relay.reply = () => new Response('{"error":"This key was revoked."}', { status: 401 })
  answer.breakOff()
  await other.until(isDone)
  expect(relay.asked.filter(isRejoin).length).toBe(1)
})

it('an answer that another tab has stopped is not requested again by one that was frozen', async () => {
  const { engine, actions, until } = await open()
  actions.send('Hi', [])
  await expect.poll(() => relay.bodies.length).toBe(1)
  await stopElsewhere(storage)
  answer.breakOff()
  await until(isDone)
  expect([engine.view.open.turns[1]?.state.kind, relay.bodies.length]).toEqual(['stopped', 1])
})

it('a question is never stored without its answer, to which another tab would add a second question', async () => {
  const saved: string[][] = []
  const stored = new MemoryStorage()
  storage.add = async (conversations, turns) => {
    saved.push(turns.map(({ role }) => role))
    await stored.add(conversations, turns)
  }
  const { actions } = await open()
  actions.send('Hi', [])
  expect(saved).toEqual([['user', 'assistant']])
})
