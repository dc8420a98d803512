import { readFile } from 'node:fs/promises'
import { chromium, devices, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { checkChat } from '../support/chat-check.ts'
import { READY, STATES } from '../support/chat-sample.ts'
import { ChatStage } from '../support/chat-stage.ts'
import { findChromium } from '../support/chromium.ts'
import { fresh } from '../support/fixtures.ts'
import { patient } from '../support/patience.ts'
import { takePicture } from '../support/picture.ts'
import { JOB_ENTRIES } from '../support/sample-jobs.ts'

const PHONE = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true }
const SMALL = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }
const WITH_JOBS = { ...READY, jobs: { entries: JOB_ENTRIES, problem: null } }

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const sheet = (page: Page) => page.getByRole('dialog', { name: 'Jobs' })

async function openJobs(page: Page): Promise<void> {
  await button(page, 'Conversations').click()
  await button(page, 'Jobs').click()
  await sheet(page).waitFor()
}

describe('the view of the jobs', () => {
  let stage: ChatStage
  beforeAll(async () => {
    stage = await ChatStage.start()
  })
  afterAll(() => stage.close())

  it.each([
    ['light', PHONE],
    ['dark', PHONE],
    ['light', SMALL],
  ] as const)('passes the checks in %s', async (colorScheme, size) => {
    const play = await stage.open(WITH_JOBS, { ...size, colorScheme })
    await openJobs(play.page)
    const look = `${colorScheme}-${size.viewport.width}`
    await checkChat(play, 'jobs')
    await takePicture(play.page, `chat/jobs-${look}`)
    await play.show({ ...READY, jobs: { entries: [], problem: { kind: 'cannotManage' } } })
    await checkChat(play, 'no jobs')
    await takePicture(play.page, `chat/jobs-none-${look}`)
    await play.show({ ...STATES['desktop-offline']!, jobs: { entries: null, problem: null } })
    await checkChat(play, 'jobs of an offline desktop')
    await takePicture(play.page, `chat/jobs-offline-${look}`)
  })

  it('fits in German', async () => {
    const play = await stage.open(WITH_JOBS, { ...SMALL, locale: 'de-DE' })
    await button(play.page, 'Unterhaltungen').click()
    await button(play.page, 'Aufträge').click()
    await checkChat(play, 'jobs in German')
    await takePicture(play.page, 'chat/jobs-de-320')
  })

  it('shows progress, and offers what can be done with each job', async () => {
    const { page, asked } = await stage.open(WITH_JOBS, PHONE)
    await openJobs(page)
    const rows = sheet(page).getByRole('listitem')
    expect(await rows.count()).toBe(JOB_ENTRIES.length)
    expect(await rows.nth(0).innerText()).toContain('4.2 GB of 14 GB · 23 MB/s · 6m 50s left')
    expect(await rows.nth(1).innerText()).toContain('181 of 500 requests · 2 failed')
    expect(await rows.nth(2).innerText()).toContain('workstation · Number 3 in the queue')
    const actionsOf = async (index: number) => rows.nth(index).getByRole('button').allInnerTexts()
    expect(await Promise.all([0, 3, 4, 5].map(actionsOf))).toEqual([
      ['Cancel'],
      ['Save result', 'Delete'],
      ['Retry', 'Delete'],
      ['Retry', 'Delete'],
    ])
    const requests = async () => (await asked()).map(({ name }) => name).filter((name) => /job/i.test(name))
    // An effect, which runs after the sheet has been painted.
    await expect.poll(requests).toEqual(['watchJobs'])
    await button(page, 'Cancel nomic-embed-text:latest').click()
    await page.keyboard.press('Escape')
    await sheet(page).waitFor({ state: 'detached' })
    await expect.poll(requests).toEqual(['watchJobs', 'changeJob', 'watchJobs'])
  })

  it('keeps the name of a model until its download is queued', async () => {
    const { page, show } = await stage.open({ ...READY, jobs: { entries: [], problem: null } }, PHONE)
    await openJobs(page)
    const name = page.getByRole('textbox', { name: 'Download a model' })
    await name.fill('llama3.2')
    await button(page, 'Download').click()
    await show({ ...READY, jobs: { entries: [], problem: { kind: 'cannotManage' } } })
    await page.getByText('This key can’t download models.').waitFor()
    expect(await name.inputValue()).toBe('llama3.2')
    await button(page, 'Download').click()
    const [pulling] = JOB_ENTRIES
    const entry = { ...pulling!, job: { ...pulling!.job, model: 'llama3.2:latest' } }
    await show({ ...READY, jobs: { entries: [entry], problem: null } })
    await expect.poll(() => name.inputValue()).toBe('')
  })
})

describe('on a phone', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
  })
  afterAll(() => browser.close())

  fresh('a batch that a laptop queued is followed, and its results are saved', async ({ desk, upstream }) => {
    let answered = 0
    const gate = Promise.withResolvers<void>()
    upstream.on('POST', '/v1/chat/completions', async (_request, response, seen) => {
      await seen.json()
      if (++answered > 2) await gate.promise
      const message = { role: 'assistant', content: `answer ${answered}` }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] }))
    })
    const headers = { authorization: `Bearer ${desk.key}` }
    const lines = [1, 2, 3, 4].map((n) =>
      JSON.stringify({
        custom_id: `prompt-${n}`,
        method: 'POST',
        url: '/v1/chat/completions',
        body: { model: 'fake:latest', messages: [{ role: 'user', content: `${n}` }] },
      }),
    )
    const form = new FormData()
    form.set('purpose', 'batch')
    form.set('file', new Blob([lines.join('\n')]), 'prompts.jsonl')
    const file = await fetch(`${desk.relayUrl}/v1/files`, { method: 'POST', headers, body: form })
    const { id } = (await file.json()) as { id: string }
    const made = await fetch(`${desk.relayUrl}/v1/batches`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        input_file_id: id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
    })
    expect(made.status).toBe(200)

    const context = patient(await browser.newContext({ ...devices['Pixel 7'], locale: 'en-US' }))
    onTestFinished(() => context.close())
    const page = await context.newPage()
    await page.goto(`${desk.relayUrl}/#k=${desk.key}`)
    await button(page, 'Conversations').tap()
    await button(page, 'Jobs').tap()
    await page.getByText('2 of 4 requests').waitFor()
    gate.resolve()
    await page.getByText('4 of 4 requests').waitFor()
    const download = page.waitForEvent('download')
    await button(page, 'Save result of fake:latest').tap()
    const saved = await readFile(await (await download).path(), 'utf8')
    const ids = saved
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { custom_id: string }).custom_id)
    expect(ids).toEqual(['prompt-1', 'prompt-2', 'prompt-3', 'prompt-4'])
    await button(page, 'Delete fake:latest').tap()
    await page.getByText('Downloads and batches will appear here.').waitFor()
    const list = await fetch(`${desk.relayUrl}/api/jobs`, { headers })
    expect(await list.json()).toEqual({ jobs: [], has_more: false })
  })
})
