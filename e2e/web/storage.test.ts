/** Changes of the browser's storage while the page is open. */
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { findChromium } from '../support/chromium.ts'
import { answerOn, Phone, slowly as it, WHOLE } from '../support/phone.ts'
import type { Desk } from '../support/stack.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
})
afterAll(() => browser.close())

/** Opens the page, and another one that has its storage but does not run it. */
async function openWithOther({ relayUrl, key }: Desk): Promise<{ phone: Phone; other: Page }> {
  const phone = await Phone.open(browser, `${relayUrl}/#k=${key}`)
  const other = await phone.context.newPage()
  await other.goto(`${relayUrl}/health`)
  return { phone, other }
}

/** Makes a request to IndexedDB. Resolves with the name of its first event. */
function request(page: Page, code: string): Promise<string> {
  return page.evaluate(`new Promise((resolve) => {
    window.request = indexedDB.${code}
    for (const name of ['success', 'blocked', 'error']) request.addEventListener(name, () => resolve(name))
  })`)
}

it('data that the user deletes is gone, and what follows is stored', async ({ slow: _slow, desk }) => {
  const { phone } = await openWithOther(desk)
  await phone.ask('Deleted')
  await phone.shows('token-5')
  const session = await phone.context.newCDPSession(phone.page)
  await session.send('Storage.clearDataForOrigin', { origin: desk.relayUrl, storageTypes: 'indexeddb' })
  await phone.page.getByText('What’s on your mind?').waitFor()
  await phone.ask('Next')
  await phone.shows('token-59')
  await phone.page.reload()
  await expect.poll(() => answerOn(phone.page)).toBe(WHOLE)
})

it('a newer version of the page in another tab is reported, with what to do', async ({
  slow: _slow,
  desk,
}) => {
  const { phone, other } = await openWithOther(desk)
  await phone.ask('Hi')
  await phone.shows('token-5')
  expect(await request(other, "open('chat', 2)")).toBe('success')
  await phone.page.getByText('A newer version of this page is in use').waitFor()
  await phone.shows('token-59')
  await phone.page.reload()
  await phone.page.getByText('reload the page').waitFor()
})

it('the page opens while another one keeps it from its storage', async ({ slow: _slow, desk }) => {
  const { phone, other } = await openWithOther(desk)
  await phone.page.goto('about:blank')
  expect(await request(other, "open('chat')")).toBe('success')
  await other.evaluate('window.opened = request.result')
  expect(await request(other, "deleteDatabase('chat')")).toBe('blocked')
  await phone.page.goto(desk.relayUrl)
  await phone.page.getByText('This browser can’t save conversations.').waitFor()
})
