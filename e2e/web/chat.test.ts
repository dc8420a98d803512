import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import { findChromium } from '../support/chromium.ts'
import { closedAfter } from '../support/fixtures.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { patient } from '../support/patience.ts'
import { answerOn, generations, Phone, slowly, WHOLE } from '../support/phone.ts'
import { Desk, startTestRelay } from '../support/stack.ts'

/** Where tests hold an answer, so that it lasts until they go on. */
const MIDDLE = 10
const OTHER_CHAT = JSON.stringify({ model: 'fake:latest', messages: [] })

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
})
afterAll(() => browser.close())

const it = slowly
const linkTo = ({ relayUrl, key }: Desk): string => `${relayUrl}/#k=${key}`

describe('the chat page on a phone', () => {
  it('opens from a link, chats, and does not expose the key', async ({ slow, desk }) => {
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-0')
    expect(new URL(phone.page.url()).hash).toBe('')
    expect(await phone.page.content()).not.toContain(desk.key)
    expect(generations(slow)).toBe(1)
  })

  it('a network lost in the middle costs no byte and no second generation', async ({ slow, desk }) => {
    const finish = slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-5')
    await phone.context.setOffline(true)
    finish()
    await delay(1_500)
    await phone.context.setOffline(false)
    await phone.shows('token-59')
    expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
  })

  it('a page that the phone froze continues when it becomes visible again', async ({ slow, desk }) => {
    const finish = slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    const { socketClosedAt } = await slow.request('/api/chat')
    await phone.shows('token-5')
    const session = await phone.context.newCDPSession(phone.page)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    finish()
    await socketClosedAt
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await phone.shows('token-59')
    expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
  })

  it('a reload in the middle continues the answer', async ({ slow, desk }) => {
    const finish = slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-5')
    await phone.page.reload()
    finish()
    await phone.shows('token-59')
    expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
  })

  it('“Back” returns from a new chat to the previous answer', async ({ slow, desk }) => {
    const finish = slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-5')
    await phone.page.getByRole('button', { name: 'New chat' }).tap()
    await phone.page.getByText('What’s on your mind?').waitFor()
    await phone.page.goBack()
    finish()
    await phone.shows('token-59')
    expect(generations(slow)).toBe(1)
  })

  it('a browser that stores nothing shows a notice, and can chat', async ({ slow, desk }) => {
    const folder = await mkdtemp(join(tmpdir(), 'blocked-'))
    onTestFinished(() => rm(folder, { recursive: true, maxRetries: 10 }))
    // As “Don’t allow sites to save data on your device” does.
    const preferences = { profile: { default_content_setting_values: { cookies: 2 } } }
    await mkdir(join(folder, 'Default'))
    await writeFile(join(folder, 'Default/Preferences'), JSON.stringify(preferences))
    const options = { ...launchOptionsFor(findChromium().executablePath), locale: 'en-US' }
    const context = patient(await chromium.launchPersistentContext(folder, options))
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(linkTo(desk))
    const other = await context.newPage()
    await other.goto(linkTo(desk))
    await other.getByText('This browser can’t save conversations.').waitFor()
    await page.getByRole('textbox', { name: 'Message' }).fill('Hi')
    await page.getByRole('button', { name: 'Send' }).click()
    await expect.poll(() => answerOn(page)).toBe(WHOLE)
    expect(generations(slow)).toBe(1)
  })

  it('two tabs show the same answer, which is generated once', async ({ slow, desk }) => {
    const finish = slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    const second = await phone.context.newPage()
    await second.goto(desk.relayUrl)
    await phone.ask('Hi')
    await phone.shows('token-5')
    await second.getByRole('button', { name: 'Conversations' }).tap()
    await second.getByRole('button', { name: 'Hi', exact: true }).tap()
    await phone.page.close()
    finish()
    await expect.poll(() => answerOn(second)).toBe(WHOLE)
    expect(generations(slow)).toBe(1)
  })

  it('a key that is revoked in the middle is reported immediately', async ({ slow, desk }) => {
    slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-5')
    await desk.keys.revoke('test')
    await expect.poll(() => phone.page.locator('body').innerText()).toContain('revoked')
    expect(generations(slow)).toBe(1)
  })

  it('Stop stops the model', async ({ slow, desk }) => {
    slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    const asked = await slow.request('/api/chat')
    await phone.shows('token-5')
    await phone.page.getByRole('button', { name: 'Stop' }).tap()
    await asked.socketClosedAt
    await expect.poll(() => phone.page.locator('body').innerText()).toContain('Stopped')
  })

  it('a model server that is not running is reported with what to do, and used once it runs', async ({
    slow,
    desk,
  }) => {
    const { port } = slow
    await slow.close()
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.page.getByText('On your computer, start Ollama').waitFor()
    const started = await FakeUpstream.start({ port })
    onTestFinished(() => started.close())
    await phone.ask('Hi')
    await phone.shows('token-')
    expect(generations(started)).toBe(1)
  })

  it('a model server that stops in the middle is reported in the page’s words', async ({ slow, desk }) => {
    slow.holdAnswers(MIDDLE)
    const phone = await Phone.open(browser, linkTo(desk))
    await phone.ask('Hi')
    await phone.shows('token-5')
    await slow.close()
    const messages = phone.page.getByRole('main', { name: 'Messages' })
    await messages.getByText('The model server stopped in the middle of the answer.').waitFor()
  })

  it('the page waits for an offline desktop, and the answer arrives once it is back', async ({
    slow,
    desk,
  }) => {
    const phone = await Phone.open(browser, linkTo(desk))
    // Without a model, nothing can be sent.
    await phone.page.locator('.model-button-name', { hasText: 'fake' }).waitFor()
    desk.bridge.pause()
    await phone.ask('Hi')
    await expect.poll(() => phone.page.locator('body').innerText()).toContain('offline')
    desk.bridge.resume()
    await phone.shows('token-59')
    expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
  })
})

it('a browser that has the page loses it when the relay switches it off', async ({ upstream }) => {
  const first = await startTestRelay({})
  const phone = await Phone.open(browser, first.url)
  await phone.page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  await phone.page.reload()
  await first.close()
  const second = await closedAfter(startTestRelay({ port: first.port, chatPage: 'false' }))
  await closedAfter(Desk.start(second, upstream.origin))
  await phone.page.goto(first.url)
  await expect.poll(() => phone.page.locator('h1').innerText()).toContain('relay')
  await expect
    .poll(() =>
      phone.page.evaluate('navigator.serviceWorker.getRegistrations().then(({ length }) => length)'),
    )
    .toBe(0)
})

it('with two desktops that share a key, an interrupted answer is taken from the one that makes it', async ({
  slow,
  relay,
  desk,
}) => {
  const second = await closedAfter(Desk.start(relay, slow.origin, { deviceName: 'attic' }))
  const [shared] = desk.keys.list()
  if (shared === undefined) throw new Error('the first desktop has no key')
  const { scopes, models, expiresAt, requestsPerMinute, maxConcurrent } = shared
  const facts = { name: 'shared', scopes, models, expiresAt, requestsPerMinute, maxConcurrent }
  await second.keys.create(facts, desk.key)
  const headers = { ...desk.authorization, 'x-device': desk.identity.deviceId }
  const tags = () => fetch(`${relay.url}/api/tags`, { headers: desk.authorization })
  await expect.poll(async () => (await tags()).headers.get('x-devices')).toBe('2/2')
  const finish = slow.holdAnswers(MIDDLE)
  // The first desktop is busy, so the page chooses the second. Later the first would be preferred.
  const other = new AbortController()
  const busy = fetch(`${relay.url}/api/chat`, {
    method: 'POST',
    headers,
    body: OTHER_CHAT,
    signal: other.signal,
  })
  await slow.request('/api/chat')
  const phone = await Phone.open(browser, linkTo(desk))
  await phone.ask('Hi')
  await phone.shows('token-5')
  other.abort()
  await busy.catch(() => {})
  await phone.page.reload()
  finish()
  await phone.shows('token-59')
  expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 2])
})

it('a relay that restarts in the middle of an answer costs no byte', async ({ slow }) => {
  const signingKey = await createSigningKey()
  const first = await startTestRelay({}, { signingKey })
  const desk = await closedAfter(Desk.start(first, slow.origin))
  const finish = slow.holdAnswers(MIDDLE)
  const phone = await Phone.open(browser, linkTo(desk))
  await phone.ask('Hi')
  await phone.shows('token-5')
  await first.close()
  await closedAfter(startTestRelay({ port: first.port }, { signingKey }))
  finish()
  await phone.shows('token-59')
  expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
})
