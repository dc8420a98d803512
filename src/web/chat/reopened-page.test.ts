import { beforeEach, describe, expect, it } from 'vitest'
import {
  FakeBrowser,
  ScriptedRelay,
  isDone,
  isReady,
  openEngine,
  texts,
  type TabHistory,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
let tab: TabHistory
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new MemoryStorage()
  tab = newTab()
})

const newTab = (): TabHistory => ({ entries: [], listeners: [] })

async function open(history = tab) {
  const page = openEngine({ relay, browser, storage, tab: history })
  await page.until(isReady)
  return page
}

/** Presses the browser's *Back*. */
function goBack(): void {
  tab.entries.pop()
  for (const listener of tab.listeners) listener(tab.entries.at(-1) ?? '')
}

describe('a page that is opened again', () => {
  it('shows the conversation that its tab showed', async () => {
    const first = await open()
    first.actions.send('Hi', [])
    await first.until(isDone)
    const again = await open()
    expect(texts(await again.until(isDone))).toEqual(['Hi', 'Hello there'])
  })

  it('shows the answer that is being generated', async () => {
    relay.reply = () => new Promise(() => {})
    const first = await open()
    first.actions.send('Hi', [])
    await first.until(({ open: { turns } }) => turns.length === 2)
    const relaunched = await open(newTab())
    await relaunched.until(({ open: { isRunning } }) => isRunning)
    expect(texts(relaunched.engine.view)).toEqual(['Hi', ''])
  })

  it('keeps unsent text', async () => {
    const first = await open()
    first.actions.send('Hi', [])
    const { open: made } = await first.until(isDone)
    first.actions.keepDraft(made.id, 'And then')
    first.actions.newConversation()
    await first.until(({ open: { turns } }) => turns.length === 0)
    first.actions.keepDraft('', 'A new one')
    const again = await open()
    expect(again.engine.view.open.draft).toBe('A new one')
    again.actions.openConversation(made.id)
    await again.until(({ open: { draft: text } }) => text === 'And then')
    again.actions.keepDraft(made.id, '')
    again.actions.newConversation()
    await again.until(({ open: { draft: text } }) => text === 'A new one')
    again.actions.openConversation(made.id)
    await again.until(({ open: { id, draft: text } }) => id === made.id && text === '')
  })

  it('forgets that text with its conversation, and all with everything', async () => {
    const { actions, until } = await open()
    actions.send('Hi', [])
    const { open: made } = await until(isDone)
    actions.keepDraft(made.id, 'And then')
    actions.remove(made.id)
    await until(({ conversations }) => conversations.length === 0)
    expect(browser.values.get('drafts')).toBeUndefined()
    actions.keepDraft('', 'Again')
    actions.removeAll()
    expect(browser.values.get('drafts')).toBeUndefined()
  })
})

describe('“Back”', () => {
  it('returns to the previous conversation, and skips a deleted one for an empty one', async () => {
    const { actions, until } = await open()
    actions.send('One', [])
    const { open: one } = await until(isDone)
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    actions.send('Two', [])
    await until((view) => isDone(view) && texts(view)[0] === 'Two')
    goBack()
    await until((view) => texts(view)[0] === 'One')
    actions.newConversation()
    await until(({ open: { turns } }) => turns.length === 0)
    actions.remove(one.id)
    goBack()
    await until(({ open: { turns, isLoading } }) => turns.length === 0 && !isLoading)
    expect(tab.entries).toEqual([''])
  })
})

it('a conversation that another tab deletes is closed', async () => {
  const one = await open()
  one.actions.send('Hi', [])
  const { open: made } = await one.until(isDone)
  const two = await open(newTab())
  two.actions.openConversation(made.id)
  await two.until(isDone)
  one.actions.remove(made.id)
  const { open: shown } = await two.until(({ open: { turns } }) => turns.length === 0)
  expect(shown.isLoading).toBe(false)
})

describe('a file', () => {
  it('preserves everything from export to import, and is named after its conversation', async () => {
    const { actions, until } = await open()
    actions.send('What? A/B: “café” <1>', [])
    const { open: made } = await until(isDone)
    const stored = await storage.allTurns()
    actions.exportAs('json', made.id)
    await expect.poll(() => browser.saved.length).toBe(1)
    const [name, ...lines] = (browser.saved[0] ?? '').split('\n')
    expect(name).toBe('What A B café 1.json')
    const file = new Blob([lines.join('\n')])
    actions.importFrom(file)
    await until(({ notice }) => notice?.kind === 'imported' && notice.count === 0)
    actions.removeAll()
    await until(({ conversations }) => conversations.length === 0)
    actions.importFrom(file)
    await until(({ notice }) => notice?.kind === 'imported' && notice.count === 1)
    expect(await storage.allTurns()).toEqual(stored)
  })

  it('marks an incomplete answer as stopped', async () => {
    relay.reply = () => new Response('{"error":"no"}', { status: 400 })
    const { actions, until } = await open()
    actions.send('Hi', [])
    const { open: made } = await until(isDone)
    expect(made.turns[1]?.state.kind).toBe('failed')
    actions.exportAs('json', null)
    await expect.poll(() => browser.saved.length).toBe(1)
    actions.removeAll()
    actions.importFrom(new Blob([(browser.saved[0] ?? '').split('\n').slice(1).join('\n')]))
    await until(({ notice }) => notice?.kind === 'imported')
    expect((await storage.allTurns()).map(({ state }) => state.kind).toSorted()).toEqual(['done', 'stopped'])
  })

  it('is reported if it cannot be created', async () => {
    const { actions, until } = await open()
    storage.allTurns = () => Promise.reject(new Error('no'))
    actions.exportAs('json', null)
    await until(({ notice }) => notice?.kind === 'exportFailed')
  })
})
