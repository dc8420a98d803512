/** The chat page as a phone in a home network gets it: browsers call plain HTTP insecure, and leave many functions out. */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { axeFindings } from '../support/axe.ts'
import { findChromium } from '../support/chromium.ts'
import { answerOn, generations, Phone, slowly as it, WHOLE } from '../support/phone.ts'
import type { Desk } from '../support/stack.ts'

/** An address that reaches this machine in the browser only. */
const HOST = '192.168.1.20'
const ANSWER = 'Like this:\n\n```python\nprint("hello")\n```\n\nThat is all.'

let browser: Browser
beforeAll(async () => {
  const { args, ...options } = launchOptionsFor(findChromium().executablePath)
  browser = await chromium.launch({
    ...options,
    args: [...args, `--host-resolver-rules=MAP ${HOST} 127.0.0.1`],
  })
})
afterAll(() => browser.close())

const phones: Phone[] = []
afterEach(() => {
  expect(phones.splice(0).flatMap(({ complaints }) => complaints)).toEqual([])
})

async function openPhone({ relayUrl, key }: Desk): Promise<Phone> {
  const phone = await Phone.open(browser, `${overLan(relayUrl)}/#k=${key}`)
  phones.push(phone)
  expect(await phone.page.evaluate('isSecureContext')).toBe(false)
  return phone
}

const overLan = (url: string): string => `http://${HOST}:${new URL(url).port}`
const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' })

/** Taps buttons, one after the other. */
async function tap(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole('button', { name, exact: true }).tap()
}

const storedTurns = (page: Page) =>
  page.evaluate(`new Promise((resolve) => {
    indexedDB.open('chat').onsuccess = ({ target: { result: database } }) => {
      const count = database.transaction('turns').objectStore('turns').count()
      count.onsuccess = () => resolve(count.result)
    }
  })`)

/** Pastes what the page has copied. */
async function pasted(page: Page): Promise<string> {
  await composer(page).fill('')
  await composer(page).press('Control+V')
  return composer(page).inputValue()
}

it('the page chats, and takes the key out of its address', async ({ slow, desk }) => {
  const finish = slow.holdAnswers(1)
  const phone = await openPhone(desk)
  await composer(phone.page).waitFor()
  expect(await axeFindings(phone.page)).toEqual([])
  await phone.ask('Hi')
  await phone.shows('token-0')
  expect(await answerOn(phone.page)).not.toContain('token-59')
  finish()
  await phone.shows(WHOLE)
  expect(new URL(phone.page.url()).hash).toBe('')
  expect(await phone.page.content()).not.toContain(desk.key)
  expect(await axeFindings(phone.page)).toEqual([])
  expect(generations(slow)).toBe(1)
})

it('ten seconds without a network and a cut tunnel cost no byte and no second generation', async ({
  slow,
  desk,
}) => {
  const phone = await openPhone(desk)
  await phone.ask('Hi')
  await phone.shows('token-5')
  await phone.context.setOffline(true)
  desk.proxy.cut()
  await delay(10_000)
  await phone.context.setOffline(false)
  await phone.shows('token-59')
  expect([await answerOn(phone.page), generations(slow)]).toEqual([WHOLE, 1])
})

it('two tabs show an answer that is generated once; one can stop and delete what the other reads', async ({
  slow,
  desk,
}) => {
  const phone = await openPhone(desk)
  const second = await phone.context.newPage()
  await second.goto(overLan(desk.relayUrl))
  const tabs = [phone.page, second]
  await phone.ask('Hi')
  await tap(second, 'Conversations', 'Hi')
  for (const tab of tabs) await expect.poll(() => answerOn(tab)).toBe(WHOLE)
  expect(generations(slow)).toBe(1)

  slow.holdAnswers(10)
  await phone.ask('Again')
  await tap(second, 'Stop')
  for (const tab of tabs) await tab.getByText('Stopped', { exact: true }).waitFor()
  for (const tab of tabs) {
    await tab.reload()
    await tab.getByText('Stopped', { exact: true }).waitFor()
  }

  await phone.ask('Once more')
  await phone.shows('token-59 token-0')
  await tap(second, 'Conversations', 'Settings', 'Delete all conversations', 'Delete all')
  for (const tab of tabs) await tab.getByText('What’s on your mind?').waitFor()
  await slow.seen.findLast(({ path }) => path === '/api/chat')?.socketClosedAt
  expect([await storedTurns(second), generations(slow)]).toEqual([0, 3])
})

it('code and answers can be copied', async ({ upstream, desk }) => {
  upstream.on('POST', '/api/chat', (_request, response) => {
    response.end(`${JSON.stringify({ message: { content: ANSWER }, done: true })}\n`)
  })
  const phone = await openPhone(desk)
  await phone.ask('How?')
  await tap(phone.page, 'Copy code')
  expect(await pasted(phone.page)).toBe('print("hello")')
  await tap(phone.page, 'Copy answer')
  expect(await pasted(phone.page)).toBe(ANSWER)
})

it('an image from a file is sent', async ({ upstream, desk }) => {
  upstream.on('POST', '/api/show', (_request, response) => {
    response.end(JSON.stringify({ details: {}, model_info: {}, capabilities: ['completion', 'vision'] }))
  })
  const phone = await openPhone(desk)
  const buffer = await phone.page.screenshot()
  const file = { name: 'photo.png', mimeType: 'image/png', buffer }
  await phone.page.locator('input[type=file]').setInputFiles(file)
  await phone.page.getByRole('button', { name: 'Remove image 1' }).waitFor()
  await phone.ask('What is this?')
  const asked = await upstream.request('/api/chat')
  const { messages } = (await asked.json()) as { messages: { images: string[] }[] }
  expect(messages[0]?.images[0]).toMatch(/^\/9j\//)
  await phone.page.locator('.turn img').waitFor()
})

it('a reload continues the answer, everything else works, and nothing is offered that cannot', async ({
  slow,
  desk,
}) => {
  const phone = await openPhone(desk)
  const { page } = phone
  await phone.ask('Where is the needle?')
  await phone.shows('token-5')
  await page.reload()
  await phone.shows(WHOLE)
  await tap(page, 'Conversations')
  await page.getByRole('searchbox').fill('token-42')
  await page.locator('mark', { hasText: 'token-42' }).waitFor()
  await page.getByRole('searchbox').fill('')

  await tap(page, 'Jobs')
  await page.getByText('Downloads and batches will appear here.').waitFor()
  await tap(page, 'Close')

  await tap(page, 'Conversations', 'Settings')
  await page.getByText('Not encrypted: this page uses HTTP.').waitFor()
  expect(await page.getByText('Install app').count()).toBe(0)
  expect(await axeFindings(page)).toEqual([])
  const download = page.waitForEvent('download')
  await tap(page, 'Export all as Markdown')
  expect(await readFile(await (await download).path(), 'utf8')).toContain('token-59')
  await tap(page, 'Delete all conversations', 'Delete all')
  await page.getByText('What’s on your mind?').waitFor()

  await tap(page, 'Conversations', 'Settings', 'Forget this device', 'Forget')
  await page.getByLabel('Key or link').waitFor()
  await page.reload()
  await page.getByLabel('Key or link').fill(desk.key)
  expect(await axeFindings(page)).toEqual([])
  await tap(page, 'Connect')
  await composer(page).waitFor()
  expect(generations(slow)).toBe(1)
})

it('the page says where to look while the computer cannot be reached', async ({ desk }) => {
  const phone = await openPhone(desk)
  await composer(phone.page).waitFor()
  await phone.context.route('**/api/**', (route) => route.abort())
  await phone.page.reload()
  await phone.page.getByText('Check that CloudToLocalLLM is open on your computer').waitFor()
})
