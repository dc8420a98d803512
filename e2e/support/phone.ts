import { setTimeout as delay } from 'node:timers/promises'
import { devices, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import type { FakeUpstream } from './fake-upstream.ts'
import { fresh } from './fixtures.ts'
import { patient } from './patience.ts'

const TOKENS = 60
const INTERVAL_MS = 50
/** The answer of the slow model server. */
export const WHOLE = Array.from({ length: TOKENS }, (_, index) => `token-${index}`).join(' ')

/** The phone of a user who opens the link that the desktop shows. */
export class Phone {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors and warnings of all tabs, except requests that failed. */
  readonly complaints: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    context.on('console', (line) => {
      const isLost = line.text().startsWith('Failed to load resource')
      if (['error', 'warning'].includes(line.type()) && !isLost) this.complaints.push(line.text())
    })
    context.on('weberror', (error) => this.complaints.push(String(error.error())))
  }

  static async open(browser: Browser, link: string): Promise<Phone> {
    const context = patient(await browser.newContext({ ...devices['Pixel 7'], locale: 'en-US' }))
    onTestFinished(() => context.close())
    const phone = new Phone(context, await context.newPage())
    await phone.page.goto(link)
    return phone
  }

  async ask(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Message' }).fill(text)
    await this.page.getByRole('button', { name: 'Send' }).tap()
  }

  /** Waits until the answer contains the text. */
  async shows(text: string): Promise<void> {
    await expect.poll(() => answerOn(this.page)).toContain(text)
  }
}

export async function answerOn(page: Page): Promise<string> {
  const texts = await page.locator('.answer .markdown').allInnerTexts()
  return texts.join(' ').replaceAll(/\s+/g, ' ').trim()
}

/** Each answer of the upstream lasts three seconds, or as long as a test holds it. */
export const slowly = fresh.extend('slow', async ({ upstream }) => {
  upstream.on('POST', '/api/chat', async (_request, response, seen) => {
    await seen.json()
    response.setHeader('content-type', 'application/x-ndjson')
    for (let index = 0; index < TOKENS && !response.destroyed; index++) {
      await upstream.held(index)
      const record = { message: { role: 'assistant', content: `token-${index} ` } }
      response.write(`${JSON.stringify(record)}\n`)
      await delay(INTERVAL_MS)
    }
    const figures = { eval_count: TOKENS, eval_duration: 3e9, prompt_eval_count: 9 }
    response.end(`${JSON.stringify({ message: { content: '' }, done: true, ...figures })}\n`)
  })
  return upstream
})

export const generations = ({ seen }: FakeUpstream): number =>
  seen.filter(({ path }) => path === '/api/chat').length
