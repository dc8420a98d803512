import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, type RelayProcess } from '../support/desktop-stage.ts'

let stage: DesktopStage
let relay: RelayProcess
let app: DesktopApp
let page: Page
let key: string
let canKeepJobs = true
beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
  app = await stage.launchPaired(relay)
  page = await app.window()
  await app.clickMenu('Copy key')
  key = (await app.until(({ copied }) => copied?.startsWith('ctl_') === true)).copied ?? ''
  await goTo(page, 'Jobs')
  const empty = page.locator('.empty')
  await empty.waitFor()
  canKeepJobs = !(await empty.textContent())?.includes('Not available')
})
afterAll(() => stage.close())

const byName = (name: string) => page.getByRole('button', { name, exact: true })
const cardOf = (model: string) => page.locator('.job').filter({ hasText: model })

/** From now on, downloads report this fraction of their size, as often as Ollama does. @returns the next one's response */
function holdDownloads(percent: number): Promise<ServerResponse> {
  const asked = Promise.withResolvers<ServerResponse>()
  const layer = { status: 'pulling d', digest: 'sha256:d', total: 1e9, completed: percent * 1e7 }
  stage.upstream.on('POST', '/api/pull', (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const timer = setInterval(() => response.write(toLine(layer)), 60)
    for (const event of ['finish', 'close']) response.on(event, () => clearInterval(timer))
    asked.resolve(response)
  })
  return asked.promise
}

const toLine = (record: object): string => `${JSON.stringify(record)}\n`
const DONE = toLine({ status: 'success' })

function submit(path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return fetch(`${relay.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

describe('jobs', () => {
  it('a download shows its percentage on the page and in the tray, and can be cancelled and retried', async (context) => {
    if (!canKeepJobs) context.skip('this Electron’s Node has no node:sqlite')
    const asked = holdDownloads(42)
    await goTo(page, 'Status')
    await page.getByText('Download a model').click()
    await page.getByLabel('Model', { exact: true }).fill('gpt-oss:20b')
    await byName('Download').click()
    const response = await asked
    await app.until(({ tray }) => tray?.toolTip.includes('Downloading gpt-oss:20b: 42%') === true)
    await page.getByText('Downloading gpt-oss:20b: 420 MB of 1 GB').waitFor()
    const closed = once(response, 'close')
    await goTo(page, 'Jobs')
    await byName('Cancel gpt-oss:20b').click()
    await cardOf('gpt-oss:20b').getByText('Cancelled').waitFor()
    // The model server is told to stop.
    await closed
    await app.until(({ tray }) => tray?.toolTip.includes('Downloading') === false)
    stage.upstream.on('POST', '/api/pull', (_request, answer) => {
      answer.writeHead(200, { 'content-type': 'application/x-ndjson' })
      answer.end(DONE)
    })
    await byName('Retry gpt-oss:20b').click()
    await cardOf('gpt-oss:20b').getByText('Done').waitFor()
  })

  it('a download that a client started is shown in the tray and on the status page', async (context) => {
    if (!canKeepJobs) context.skip('this Electron’s Node has no node:sqlite')
    await goTo(page, 'Keys')
    await byName('Edit default').click()
    await page.getByLabel('Manage models').check()
    await byName('Save').click()
    const asked = holdDownloads(15)
    await expect
      .poll(async () => (await submit('/api/jobs', { type: 'pull', model: 'qwen3:8b' })).status)
      .toBeLessThan(300)
    await app.until(({ tray }) => tray?.toolTip.includes('Downloading qwen3:8b: 15%') === true)
    await goTo(page, 'Status')
    await page.getByText('Downloading qwen3:8b: 150 MB of 1 GB').waitFor()
    ;(await asked).end(DONE)
    await app.until(({ tray }) => tray?.toolTip.includes('Downloading') === false)
  })

  it('a result is saved as a file that only its owner can read', async (context) => {
    if (!canKeepJobs) context.skip('this Electron’s Node has no node:sqlite')
    const body = { model: 'fake', messages: [{ role: 'user', content: 'hello' }], stream: false }
    const submitted = await submit('/api/jobs', { type: 'request', path: '/api/chat', body })
    expect(await submitted.text()).toContain('"queued"')
    await goTo(page, 'Jobs')
    const path = join(await stage.workshop.dataDir(), 'result.json')
    await byName('Save result of fake').waitFor()
    // Cancelling the system's dialog shows no message.
    await app.answerDialog(null)
    await byName('Save result of fake').click()
    await app.until(({ dialogs }) => dialogs.at(-1)?.isAnswered === true)
    expect(await page.getByText('Saved as').count()).toBe(0)
    await app.answerDialog(path)
    await byName('Save result of fake').click()
    await page.getByText(`Saved as ${path}`).waitFor()
    expect(await readFile(path, 'utf8')).toContain('token-0')
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})
