/** An owner with several desktops, of which one disconnects. */
import { beforeEach, describe, expect, it } from 'vitest'
import { chat, FakeBrowser, isDone, openEngine, ScriptedRelay, texts } from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'

const TUNNEL = { connected: true, accepts: true, models: ['fake'], loaded: null }
const STUDY = { ...TUNNEL, deviceId: 'study', deviceName: 'Study', streams: 0 }
const ATTIC = { ...TUNNEL, deviceId: 'attic', deviceName: 'Attic', streams: 1 }
const gone = (): Response =>
  new Response('{}', { status: 404, headers: { 'x-error-code': 'DEVICE_UNKNOWN', 'retry-after': '9' } })

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
beforeEach(() => {
  relay = new ScriptedRelay()
  relay.tunnels = [STUDY, ATTIC]
  relay.tags = () => Response.json({ models: [{ name: 'fake:latest' }] }, { headers: { 'x-devices': '2/2' } })
  relay.reply = () => (relay.pinned.at(-1)?.endsWith('study') === true ? gone() : chat('Hello'))
  browser = FakeBrowser.withKey()
  storage = new MemoryStorage()
})

async function open() {
  const page = openEngine({ relay, browser, storage })
  await page.until(({ access }) => access.kind === 'ready')
  return page
}

describe('a desktop that has disconnected since the last check', () => {
  it('leaves an answer that it has not begun to another one that has the model', async () => {
    const { actions, until } = await open()
    relay.tunnels = [ATTIC]
    actions.send('Hi', [])
    expect(texts(await until(isDone))).toEqual(['Hi', 'Hello'])
    expect(relay.pinned).toEqual(['POST study', 'POST attic'])
  })

  it('is waited for if no other one has the model', async () => {
    const { actions, until, engine } = await open()
    relay.tunnels = [{ ...ATTIC, models: ['other'] }]
    actions.send('Hi', [])
    await until(({ open: { turns } }) => {
      const { state } = turns[1] ?? {}
      return state?.kind === 'waiting' && state.for.kind === 'desktopOffline'
    })
    expect([relay.pinned, engine.view.open.isRunning]).toEqual([['POST study'], true])
  })

  it('the page that is opened next asks the desktop to which the answer has moved', async () => {
    const { actions, until, page } = await open()
    relay.tunnels = [ATTIC]
    relay.reply = () => (relay.pinned.at(-1)?.endsWith('study') === true ? gone() : new Promise(() => {}))
    actions.send('Hi', [])
    await until(() => relay.pinned.length === 2)
    page.close()
    relay.tunnels = [STUDY, ATTIC]
    relay.reply = () => chat('Hello')
    const again = await open()
    await again.until(isDone)
    expect(relay.pinned).toEqual(['POST study', 'POST attic', 'POST attic'])
  })

  it('is asked again to stop the model, since it may come back', async () => {
    const half = new TextEncoder().encode(`${JSON.stringify({ message: { content: 'Half' } })}\n`)
    relay.reply = () => new Response(new ReadableStream({ start: (reader) => reader.enqueue(half) }))
    const { actions, until } = await open()
    actions.send('Hi', [])
    await until((view) => texts(view)[1] === 'Half')
    relay.stop = () => {
      relay.stop = () => new Response(null, { status: 204 })
      return gone()
    }
    actions.stop()
    await expect.poll(() => relay.pinned).toEqual(['POST study', 'DELETE study', 'DELETE study'])
  })
})

it('a desktop that was the only one is asked for the rest of its answer when there are more', async () => {
  relay.tunnels = [STUDY]
  relay.tags = () => Response.json({ models: [{ name: 'fake:latest' }] })
  relay.reply = () => chat('Hello')
  const { actions, until, engine } = await open()
  actions.send('Hi', [])
  await until(isDone)
  expect(relay.pinned).toEqual(['POST study'])
  // Its name says nothing where there is no other.
  expect(engine.view.models[0]?.device).toBeNull()
})
