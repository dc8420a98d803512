import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  chat,
  FakeBrowser,
  ScriptedRelay,
  isDone,
  KEY,
  openEngine,
  OTHER_KEY,
  texts,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = new FakeBrowser()
  storage = new MemoryStorage()
})

const open = () => openEngine({ relay, browser, storage })
/** Requests to stop a model. */
const stops = () => relay.asked.filter((asked) => asked.startsWith('DELETE')).length

async function openReady() {
  browser.values.set('key', KEY)
  const tab = open()
  await tab.until(({ access }) => access.kind === 'ready')
  return tab
}

describe('access', () => {
  it('without a key the page asks for one, and takes it out of a link', async () => {
    const { actions, until } = open()
    await until(({ access }) => access.kind === 'noKey')
    actions.useKey('not a key')
    await until(({ notice }) => notice?.kind === 'notAKey')
    actions.useKey(`https://relay.example.com/#k=${KEY}`)
    const { models, notice } = await until(({ access }) => access.kind === 'ready')
    expect([notice, browser.values.get('key'), models[0]?.name]).toEqual([null, KEY, 'fake:latest'])
  })

  it.each([
    [401, {}, 'keyRefused'],
    [503, { 'x-error-code': 'OFFLINE' }, 'desktopOffline'],
    [502, { 'x-desktop-error-code': 'UPSTREAM_UNREACHABLE' }, 'noModelServer'],
    [500, {}, 'failed'],
  ])('status %i %o is shown as %s', async (status, headers, kind) => {
    browser.values.set('key', KEY)
    relay.tags = () => new Response('{"error":"no"}', { status, headers })
    await open().until(({ access }) => access.kind === kind)
  })

  it('a server with only OpenAI’s API is used through it', async () => {
    relay.tags = () => new Response('{}', { status: 404 })
    relay.reply = () => new Response('data: {"choices":[{"delta":{"content":"Yes"}}]}\n\ndata: [DONE]\n\n')
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    expect(texts(await until(isDone))).toEqual(['Hi', 'Yes'])
    expect(relay.asked).toContain('POST v1/chat/completions')
  })

  it('a server with only OpenAI’s API is known on the next visit, also while it is offline', async () => {
    relay.tags = () => new Response('{}', { status: 404 })
    await openReady()
    relay.tags = () => new Response('{}', { status: 503, headers: { 'x-error-code': 'OFFLINE' } })
    const { actions, until } = open()
    await until(({ open: { isLoading } }) => !isLoading)
    actions.send('At once', [])
    await until(({ access, conversations }) => access.kind === 'desktopOffline' && conversations.length > 0)
    actions.newConversation()
    actions.send('Later', [])
    await expect
      .poll(() => relay.asked.filter((asked) => asked.startsWith('POST v1/chat')).length)
      .toBeGreaterThan(1)
    expect(relay.asked).not.toContain('POST api/chat')
  })

  it('forgets the key, and the conversations if asked', async () => {
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await until(isDone)
    actions.forgetThisDevice(false)
    expect((await until(({ access }) => access.kind === 'noKey')).conversations).toHaveLength(1)
    actions.forgetThisDevice(true)
    await until(({ conversations }) => conversations.length === 0)
    expect([await storage.allTurns(), browser.values.size]).toEqual([[], 0])
  })

  it('a new key that another tab stores is used here too', async () => {
    const one = await openReady()
    const two = await openReady()
    relay.tags = () => new Response('{"error":"revoked"}', { status: 401 })
    one.actions.useKey(OTHER_KEY)
    await one.until(({ access }) => access.kind === 'keyRefused')
    await two.until(({ access }) => access.kind === 'keyRefused')
  })
})

describe('conversations', () => {
  it('are sent with their history, system prompt and parameters, and titled by the first message', async () => {
    const { actions, until } = await openReady()
    actions.setSystem('Be brief.')
    actions.setParameters({ temperature: 0.5, contextTokens: 8192 })
    actions.send('Hi\nand more', [])
    const view = await until(isDone)
    expect(texts(view)).toEqual(['Hi\nand more', 'Hello there'])
    expect(view.open).toMatchObject({
      title: 'Hi',
      model: 'fake:latest',
      contextUsed: { tokens: 7, limit: 4096 },
    })
    actions.send('Again', [])
    await until((next) => next.open.turns.length === 4 && isDone(next))
    expect(relay.bodies[1]).toEqual({
      model: 'fake:latest',
      stream: true,
      options: { temperature: 0.5, num_ctx: 8192 },
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi\nand more' },
        { role: 'assistant', content: 'Hello there' },
        { role: 'user', content: 'Again' },
      ],
    })
  })

  it('images are sent as base64', async () => {
    const { actions, until } = await openReady()
    actions.send('', [new Blob(['abc'], { type: 'image/png' })])
    await until(isDone)
    expect(relay.bodies[0]?.['messages']).toEqual([{ role: 'user', content: '', images: ['YWJj'] }])
  })

  it('regenerate and edit make branches that can be switched', async () => {
    const { actions, until } = await openReady()
    actions.send('One', [])
    const first = await until(isDone)
    relay.reply = () => chat('Second')
    actions.regenerate(first.open.turns[1]?.id ?? '')
    const second = await until((view) => isDone(view) && texts(view)[1] === 'Second')
    expect(second.open.turns[1]?.branch).toEqual({ index: 1, count: 2 })
    actions.showBranch(second.open.turns[1]?.id ?? '', 0)
    await until((view) => texts(view)[1] === 'Hello there')
    actions.edit(first.open.turns[0]?.id ?? '', 'Two')
    const edited = await until((view) => isDone(view) && texts(view)[0] === 'Two')
    expect(edited.open.turns[0]?.branch).toEqual({ index: 1, count: 2 })
    expect(relay.bodies.at(-1)?.['messages']).toEqual([{ role: 'user', content: 'Two' }])
  })

  it('are found by their text, exported and imported', async () => {
    const { actions, until } = await openReady()
    actions.send('A llama on the hill', [])
    await until(isDone)
    actions.search('LLAMA')
    const { conversations } = await until((view) => view.conversations[0]?.excerpt !== null)
    expect(conversations[0]?.excerpt).toEqual({ before: 'A ', match: 'llama', after: ' on the hill' })
    actions.search('nothing')
    await until((view) => view.conversations.length === 0)
    actions.search('')
    actions.exportAs('markdown', null)
    actions.exportAs('json', null)
    await expect.poll(() => browser.saved.length).toBe(2)
    expect(browser.saved[0]).toContain('**You:**\n\nA llama on the hill\n\n**fake:latest:**\n\nHello there')
    actions.removeAll()
    await until((view) => view.conversations.length === 0)
    actions.importFrom(new Blob([browser.saved[1]?.split('\n').slice(1).join('\n') ?? '']))
    await until((view) => view.conversations.length === 1)
    actions.importFrom(new Blob(['{}']))
    await until(({ notice }) => notice?.kind === 'notAnExport')
  })

  it('a rename and a deletion are stored', async () => {
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    const { open: made } = await until(isDone)
    actions.rename(made.id, ' Greetings ')
    expect((await storage.conversations())[0]?.title).toBe('Greetings')
    actions.remove(made.id)
    const view = await until(({ conversations }) => conversations.length === 0)
    expect([view.open.turns, await storage.allTurns()]).toEqual([[], []])
  })
})

describe('answers', () => {
  it('reasoning in tags is shown separately', async () => {
    relay.reply = () => chat('<thi', 'nk>let me see</th', 'ink>\n\nYes')
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    const [, answer] = (await until(isDone)).open.turns
    expect([answer?.thinking, answer?.text]).toEqual(['let me see', 'Yes'])
  })

  it('a page opened after the answer has started continues it without a new request', async () => {
    relay.reply = () => halfThen(never)
    const first = await openReady()
    first.actions.send('Hi', [])
    await first.until((view) => texts(view)[1] === 'Half')
    first.page.listeners?.onLeave()
    await expect.poll(() => relay.asked.at(-1)).toMatch(/^GET v1\/stream\/id\d+\?from=31$/)
    // The tab is closed: nothing holds its lock, and it stops reading.
    browser = Object.assign(new FakeBrowser(), { values: browser.values })
    relay.reply = () => chat(' and the rest')
    const second = await openReady()
    second.actions.openConversation(first.engine.view.open.id)
    expect(texts(await second.until(isDone))).toEqual(['Hi', 'Half and the rest'])
    expect(relay.bodies).toHaveLength(1)
  })

  it('stop keeps the text and stops the model', async () => {
    relay.reply = () => endless('Half')
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await until((view) => texts(view)[1] === 'Half')
    actions.stop()
    const view = await until(isDone)
    expect(view.open.turns[1]).toMatchObject({ text: 'Half', state: { kind: 'stopped' } })
    await expect.poll(() => relay.asked.at(-1)).toMatch(/^DELETE v1\/stream\//)
  })

  it('a key that is revoked in the middle is reported, and the answer continues with a new one', async () => {
    relay.reply = () => halfThen(() => new Response('{"error":"This key was revoked."}', { status: 401 }))
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await until(({ access }) => access.kind === 'keyRefused')
    await until((view) => view.open.turns[1]?.state.kind === 'failed')
    relay.reply = () => chat(' and the rest')
    actions.useKey(OTHER_KEY)
    expect(texts(await until(isDone))).toEqual(['Hi', 'Half and the rest'])
  })

  it('a refusal of the former key does not concern the new one, and the answer continues', async () => {
    const refused = Promise.withResolvers<Response>()
    relay.reply = () =>
      halfThen(() => {
        relay.reply = () => chat(' and the rest')
        return refused.promise
      })
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await until((view) => texts(view)[1] === 'Half')
    actions.useKey(OTHER_KEY)
    refused.resolve(new Response('{"error":"This key was revoked."}', { status: 401 }))
    const view = await until((now) => isDone(now) && now.access.kind === 'ready')
    expect(texts(view)).toEqual(['Hi', 'Half and the rest'])
  })

  it('with several desktops, every request for an answer goes to the same one', async () => {
    const tunnel = { connected: true, accepts: true, models: ['Fake'], loaded: null }
    relay.tunnels = [
      { ...tunnel, deviceId: 'd1', deviceName: 'Study', streams: 3 },
      { ...tunnel, deviceId: 'd2', deviceName: 'Attic', streams: 1 },
      { ...tunnel, deviceId: 'd3', deviceName: 'Shed', streams: 0, models: [] },
      { ...tunnel, deviceId: 'd4', deviceName: 'Away', streams: 0, connected: false },
    ]
    relay.tags = () =>
      Response.json({ models: [{ name: 'fake:latest' }] }, { headers: { 'x-devices': '3/4' } })
    const { actions, until, engine } = await openReady()
    expect(engine.view.models[0]?.device).toBe('Study, Attic')
    const gone = new Response('{}', { status: 404, headers: { 'x-error-code': 'DEVICE_UNKNOWN' } })
    relay.reply = () =>
      halfThen(() => {
        relay.reply = () => chat(' and the rest')
        return gone
      })
    actions.send('Hi', [])
    expect(texts(await until(isDone))).toEqual(['Hi', 'Half and the rest'])
    expect(relay.pinned).toEqual(['POST d2', 'POST d2', 'GET d2', 'GET d2'])
  })

  it('one of two tabs obtains an answer, and the other shows it', async () => {
    const one = await openReady()
    const two = await openReady()
    one.actions.send('Hi', [])
    const { open: made } = await one.until(isDone)
    await two.until(({ conversations }) => conversations.length === 1)
    two.actions.openConversation(made.id)
    expect(texts(await two.until(isDone))).toEqual(['Hi', 'Hello there'])
    expect(relay.bodies).toHaveLength(1)
  })
})

describe('edge cases', () => {
  it('an answer is obtained even if storage is full', async () => {
    storage.add = storage.save = async () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    const view = await until((v) => texts(v)[1] === 'Hello there')
    expect(view.notice).not.toBeNull()
  })
  it('a conversation for which storage had no room is stored whole once it has', async () => {
    const isFull = vi.spyOn(storage, 'add').mockRejectedValue(new DOMException('full', 'QuotaExceededError'))
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await until((view) => isDone(view) && view.notice !== null)
    isFull.mockRestore()
    actions.send('And then?', [])
    await until((view) => isDone(view) && texts(view).length === 4)
    expect((await storage.allTurns()).map(({ text }) => text)).toEqual([
      'Hi',
      'Hello there',
      'And then?',
      'Hello there',
    ])
  })
  it('a repeated request has the same body, whatever has changed since', async () => {
    let tries = 0
    let go = () => {}
    const gate = new Promise<void>((r) => {
      go = r
    })
    relay.reply = async () => {
      if (tries++ === 0) {
        await gate
        throw new TypeError('cut')
      }
      return chat('x')
    }
    const { actions, until } = await openReady()
    actions.send('Hi', [])
    await expect.poll(() => relay.bodies.length).toBe(1)
    actions.setSystem('Changed.')
    actions.setParameters({ temperature: 1 })
    go()
    await until((v) => texts(v)[1] === 'x')
    expect(relay.bodies[1]).toEqual(relay.bodies[0])
  })
  it('an answer stopped in another tab stays stopped in the tab that reads it', async () => {
    const one = await openReady()
    let fail = () => {}
    relay.reply = () =>
      new Response(
        new ReadableStream({
          start(c) {
            c.enqueue(new TextEncoder().encode('{"message":{"content":"part"}}\n'))
            fail = () =>
              c.enqueue(
                new TextEncoder().encode('{"error":"This answer was stopped before it was complete."}\n'),
              )
          },
        }),
      )
    one.actions.send('Hi', [])
    const view = await one.until((v) => texts(v)[1] === 'part')
    one.page.listeners?.onLeave()
    const two = await openReady()
    await two.until((v) => v.conversations.length === 1)
    two.actions.openConversation(view.open.id)
    await two.until((v) => v.open.turns.length === 2)
    relay.reply = () => Response.json([])
    two.actions.stop()
    await expect.poll(stops).toBeGreaterThan(0)
    fail()
    await expect
      .poll(async () => [
        one.engine.view.open.turns[1]?.state.kind,
        two.engine.view.open.turns[1]?.state.kind,
        (await storage.allTurns()).find((t) => t.role === 'assistant')?.state.kind,
      ])
      .toEqual(['stopped', 'stopped', 'stopped'])
  })
  it('deleting a conversation that is not open stops its model', async () => {
    const { actions, until, engine } = await openReady()
    relay.reply = () => endless('part')
    actions.send('Hi', [])
    const view = await until((v) => texts(v)[1] === 'part')
    actions.newConversation()
    await until((v) => v.open.id !== view.open.id)
    actions.remove(view.open.id)
    await expect
      .poll(async () => [stops(), (await storage.allTurns()).length, engine.view.conversations.length])
      .toEqual([1, 0, 0])
  })
  it('deleting everything stops the model', async () => {
    const { actions, until } = await openReady()
    relay.reply = () => endless('part')
    actions.send('Hi', [])
    await until((v) => texts(v)[1] === 'part')
    actions.removeAll()
    await expect.poll(async () => [stops(), (await storage.allTurns()).length]).toEqual([1, 0])
  })
  it('an answer is complete after its conversation was closed and reopened', async () => {
    const { actions, until } = await openReady()
    let c!: ReadableStreamDefaultController
    relay.reply = () =>
      new Response(
        new ReadableStream({
          start(x) {
            c = x
            x.enqueue(new TextEncoder().encode('{"message":{"content":"one "}}\n'))
          },
        }),
      )
    actions.send('Hi', [])
    const view = await until((v) => texts(v)[1] === 'one ')
    actions.newConversation()
    await until((v) => v.open.id !== view.open.id)
    c.enqueue(new TextEncoder().encode('{"message":{"content":"two "}}\n'))
    // It has been read.
    await expect.poll(() => c.desiredSize).toBe(1)
    actions.openConversation(view.open.id)
    await until((v) => texts(v)[1] === 'one two ')
    c.enqueue(new TextEncoder().encode('{"message":{"content":"three"},"done":true}\n'))
    await until((v) => texts(v)[1] === 'one two three' && isDone(v))
    expect((await storage.allTurns()).find((t) => t.role === 'assistant')?.text).toBe('one two three')
  })
})

/** An answer whose connection breaks, and the response to the attempt to continue. */
function halfThen(next: ScriptedRelay['reply']): Response {
  relay.reply = next
  return new Response('{"message":{"content":"Half"}}\n')
}

const never = (): Promise<Response> => new Promise(() => {})

function endless(word: string): Response {
  const line = new TextEncoder().encode(`${JSON.stringify({ message: { content: word } })}\n`)
  return new Response(new ReadableStream({ start: (controller) => controller.enqueue(line) }))
}
