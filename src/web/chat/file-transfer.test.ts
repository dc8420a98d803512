/** Import of files that differ from what is here, or that this page has not written. */
import { beforeEach, describe, expect, it } from 'vitest'
import {
  chat,
  FakeBrowser,
  isDone,
  isReady,
  openEngine,
  ScriptedRelay,
  texts,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'
import { MAX_FILE_CHARS } from './export-file.ts'

interface Written {
  readonly version: number
  readonly conversations: readonly Record<string, unknown>[]
  readonly turns: readonly Record<string, unknown>[]
}

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new MemoryStorage()
})

/** A page with one conversation, and its file. */
async function openWithFile() {
  const page = openEngine({ relay, browser, storage })
  await page.until(isReady)
  page.actions.send('Hi', [])
  await page.until(isDone)
  page.actions.exportAs('json', null)
  await expect.poll(() => browser.saved.length).toBe(1)
  const file = JSON.parse((browser.saved[0] ?? '').split('\n').slice(1).join('\n')) as Written
  const give = (changed: object): void =>
    page.actions.importFrom(new Blob([JSON.stringify({ ...file, ...changed })]))
  return { ...page, file, give }
}

/** The turns of the file, and another question and answer. */
function withNewer({ turns }: Written): Written['turns'] {
  const answer = turns.find(({ role }) => role === 'assistant')
  const question = { ...answer, id: 'q', parentId: answer?.['id'], role: 'user', text: 'And then?' }
  return [...turns, question, { ...answer, id: 'a', parentId: 'q', text: 'Goodbye' }]
}

describe('a conversation that is here already', () => {
  it('gets the messages that it lacks', async () => {
    const { file, give, until } = await openWithFile()
    give({ turns: withNewer(file) })
    const view = await until(({ notice }) => notice?.kind === 'imported')
    expect(view.notice).toMatchObject({ count: 1 })
    expect(texts(await until((now) => texts(now).length === 4)).slice(2)).toEqual(['And then?', 'Goodbye'])
    give({ turns: withNewer(file) })
    await until(({ notice }) => notice?.kind === 'imported' && notice.count === 0)
  })

  it('keeps its own messages and the answer that is being generated', async () => {
    const { actions, give, file, until } = await openWithFile()
    const { promise, resolve } = Promise.withResolvers<Response>()
    relay.reply = () => promise
    actions.send('More', [])
    await until(({ open: { isRunning } }) => isRunning)
    const turns = await storage.allTurns()
    const other = turns.map((turn) => ({ ...turn, text: 'from the file', state: { kind: 'done' } }))
    give({ turns: [...other, ...withNewer(file).slice(-2)] })
    await until(({ notice }) => notice?.kind === 'imported' && notice.count === 1)
    resolve(chat('Whole'))
    const { open } = await until(isDone)
    expect(open.turns[0]?.text).toBe('Hi')
    expect((await storage.allTurns()).map(({ text }) => text)).toContain('Whole')
  })
})

describe('a file', () => {
  it('of a newer version of the page is not read in part', async () => {
    const { give, until, file } = await openWithFile()
    const [conversation] = file.conversations
    give({ version: 2, conversations: [{ ...conversation, id: 'other' }] })
    expect((await until(({ notice }) => notice?.kind === 'newerExport')).conversations).toHaveLength(1)
  })

  it('is announced while it is read', async () => {
    const { actions, until } = await openWithFile()
    const { promise, resolve } = Promise.withResolvers<string>()
    const slow = new Blob()
    slow.text = () => promise
    actions.importFrom(slow)
    await until(({ notice }) => notice?.kind === 'importing')
    resolve('')
    await until(({ notice }) => notice?.kind === 'notAnExport')
  })

  it('without conversations is no export', async () => {
    const { give, until } = await openWithFile()
    give({ conversations: [], turns: [] })
    await until(({ notice }) => notice?.kind === 'notAnExport')
  })

  it('that no browser can read as a text is too large', async () => {
    const { actions, until } = await openWithFile()
    const huge = Object.defineProperty(new Blob(), 'size', { value: MAX_FILE_CHARS + 1 })
    actions.importFrom(huge)
    await until(({ notice }) => notice?.kind === 'importTooLarge')
  })

  it('cannot give a conversation the id of a new one, or figures that fill the screen', async () => {
    const { give, until, file } = await openWithFile()
    const [conversation] = file.conversations
    const figures = { tokens: 1e300, durationMs: 1e300, promptTokens: null, tokensPerS: null }
    give({
      conversations: [
        { ...conversation, id: '' },
        { ...conversation, id: 'c' },
      ],
      turns: [{ ...file.turns[0], id: 't', conversationId: 'c', figures }],
    })
    const { notice } = await until((view) => view.notice?.kind === 'imported')
    expect(notice).toMatchObject({ count: 1 })
    const [turn] = await storage.turnsOf('c')
    expect(turn?.figures).toBeNull()
  })
})
