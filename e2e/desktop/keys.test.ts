import { Ollama } from 'ollama'
import OpenAI from 'openai'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, statusOf, type RelayProcess } from '../support/desktop-stage.ts'
import { textOf } from '../support/fake-answers.ts'

let stage: DesktopStage
let relay: RelayProcess
let app: DesktopApp
let page: Page
beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
  app = await stage.launchPaired(relay)
  page = await app.window()
})
afterAll(async () => {
  await stage.close()
})

const WHOLE = textOf({ tokens: 5, intervalMs: 0, marker: 'token', padBytes: 0, load_ms: 0, breakBy: 'close' })

/** Makes a key in the window, as a user does. */
async function createKey(name: string): Promise<string> {
  await goTo(page, 'Keys')
  await page.getByRole('button', { name: 'New key' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByRole('button', { name: 'Create key' }).click()
  const key = await page.locator('code.secret').textContent()
  await page.getByRole('button', { name: 'Done' }).click()
  return key ?? ''
}

describe('a key created in the window', () => {
  it('serves the real ollama and openai clients from outside', async () => {
    const key = await createKey('Phone')
    const messages = [{ role: 'user' as const, content: 'hello' }]
    const ollama = new Ollama({ host: `${relay.url}/k/${key}` })
    const chat = await ollama.chat({ model: 'fake', messages })
    expect(chat.message.content).toBe(WHOLE)
    const openai = new OpenAI({ baseURL: `${relay.url}/v1`, apiKey: key })
    const stream = await openai.chat.completions.create({ model: 'fake', messages, stream: true })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    expect(text).toBe(WHOLE)
  })

  it('appears in the list of requests with names and figures, without content', async () => {
    await goTo(page, 'Requests')
    await page.getByRole('cell', { name: 'Chat', exact: false }).first().waitFor()
    const rows = (await page.getByRole('table').textContent()) ?? ''
    expect(rows).toContain('Phone')
    expect(rows).not.toContain('hello')
    expect(rows).not.toContain('token-0')
  })

  it('is refused immediately after it is revoked', async () => {
    const key = await createKey('Laptop')
    await expect.poll(() => statusOf(relay.url, key)).toBe(200)
    await page.getByRole('button', { name: 'Revoke Laptop' }).click()
    await page.getByRole('button', { name: 'Revoke key' }).click()
    await page.getByRole('button', { name: 'Revoke Laptop' }).waitFor({ state: 'detached' })
    expect(await statusOf(relay.url, key)).toBe(401)
  })
})

describe('the test chat', () => {
  it('goes through the relay and back', async () => {
    await goTo(page, 'Status')
    const seen = stage.upstream.seen.length
    await page.getByRole('button', { name: 'Send a test chat' }).click()
    await expect(page.locator('blockquote').textContent()).resolves.toContain('token-0')
    expect(stage.upstream.seen.length).toBeGreaterThan(seen)
  })
})

describe('the tray', () => {
  it('copies the URL and the key, which work together', async () => {
    await app.clickMenu('Copy address')
    const { copied: url } = await app.until(({ copied }) => copied === relay.url)
    await app.clickMenu('Copy key')
    const { copied: key } = await app.until(({ copied }) => copied !== url && copied !== null)
    await expect.poll(() => statusOf(url!, key!)).toBe(200)
  })
})
