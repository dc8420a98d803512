/** A key that is replaced while the desktop makes an answer for it: answers belong to the key that requested them. */
import { beforeEach, expect, it } from 'vitest'
import {
  chat,
  FakeBrowser,
  isDone,
  KEY,
  openEngine,
  OTHER_KEY,
  ScriptedRelay,
  texts,
} from './chat-engine.test-support.ts'
import { MemoryStorage } from './chat-storage.ts'

const HALF = new TextEncoder().encode(`${JSON.stringify({ message: { content: 'Half' } })}\n`)

let relay: ScriptedRelay
let browser: FakeBrowser
let storage: MemoryStorage
let revoked: string | undefined
beforeEach(() => {
  relay = new ScriptedRelay()
  browser = FakeBrowser.withKey()
  storage = new MemoryStorage()
  revoked = undefined
})

async function open() {
  const page = openEngine({ relay, browser, storage })
  await page.until(({ access }) => access.kind === 'ready')
  return page
}

/** The key was replaced in the middle of an answer, and the page was closed. */
async function replaceKey(): Promise<void> {
  relay.reply = () => new Response(new ReadableStream({ start: (reader) => reader.enqueue(HALF) }))
  const { actions, page, until } = await open()
  actions.send('Hi', [])
  await until((view) => texts(view)[1] === 'Half')
  actions.useKey(OTHER_KEY)
  page.listeners?.onLeave()
  page.close()
  relay.reply = () => {
    const key = relay.keys.at(-1)
    if (key === revoked) return new Response('{"error":"This key was revoked."}', { status: 401 })
    return key === KEY ? chat(' and the rest') : new Response('{}', { status: 404 })
  }
}

it('the rest of the answer arrives after a reload, and what follows uses the new key', async () => {
  await replaceKey()
  const { actions, until } = await open()
  expect(texts(await until(isDone))).toEqual(['Hi', 'Half and the rest'])
  relay.reply = () => chat('Hello')
  actions.send('And then?', [])
  await until((view) => isDone(view) && texts(view).length === 4)
  expect(relay.keys).toEqual([KEY, KEY, OTHER_KEY])
})

it('a former key that was revoked meanwhile does not concern the new one', async () => {
  await replaceKey()
  revoked = KEY
  const { until } = await open()
  const { access, open: shown } = await until(isDone)
  expect([access.kind, shown.turns[1]?.state]).toMatchObject(['ready', { problem: { kind: 'answerLost' } }])
})

it('the former key is forgotten with the last answer that needs it, and with the device', async () => {
  await replaceKey()
  const { actions, until } = await open()
  expect(browser.values.get('formerKey')).toContain(KEY)
  await until(isDone)
  await open()
  await expect.poll(() => browser.values.get('formerKey')).toBeUndefined()
  await replaceKey()
  actions.forgetThisDevice(false)
  expect([...browser.values.values()].join(' ')).not.toContain('ctl_')
})
