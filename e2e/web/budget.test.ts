import { chromium, devices, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { findChromium } from '../support/chromium.ts'
import { fresh as it } from '../support/fixtures.ts'
import { patient } from '../support/patience.ts'
import { taskTimes } from '../support/main-thread.ts'
import type { Desk } from '../support/stack.ts'

const MAX_BYTES = 120_000
/** The page, its script and its style. Another language than English is one more. */
const MAX_FILES = 3
const MAX_TASK_MS = 100
/** Lighthouse calls a page good that is interactive within this time on a slow phone. */
const MAX_READY_MS = 3_800
/** Lighthouse's slow phone: a CPU a quarter as fast, and "slow 4G". */
const CPU_SLOWDOWN = 4
const RTT_MS = 150
const BYTES_PER_MS = 200
/** Connection, page, files, list of models. */
const ROUND_TRIPS = 4
/** Shorter tasks, such as frames of an animation, do not delay the page. */
const MIN_TASK_MS = 5

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
})
afterAll(() => browser.close())

/** A file of the page that a browser received. */
interface Loaded {
  readonly path: string
  readonly bytes: number
  readonly isFromWorker: boolean
}

/** A phone that counts the files of the page. */
async function countingPhone(): Promise<{ context: BrowserContext; page: Page; loaded: Loaded[] }> {
  const context = patient(await browser.newContext({ ...devices['Pixel 7'], locale: 'en-US' }))
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.enable')
  const responses = new Map<string, Omit<Loaded, 'bytes'>>()
  const loaded: Loaded[] = []
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const path = new URL(response.url).pathname
    const isFile = path === '/' || path.startsWith('/chat/')
    if (isFile) responses.set(requestId, { path, isFromWorker: response.fromServiceWorker === true })
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength: bytes }) => {
    const response = responses.get(requestId)
    if (response !== undefined) loaded.push({ ...response, bytes })
  })
  return { context, page, loaded }
}

const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true })
const linkTo = ({ relayUrl, key }: Desk): string => `${relayUrl}/#k=${key}`
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The first visit of a phone. */
async function loadOn(desk: Desk) {
  const { context, page, loaded } = await countingPhone()
  const tasksMs = await taskTimes(browser, page, async () => {
    await page.goto(linkTo(desk))
    await composer(page).waitFor()
  })
  // The browser may already have asked for the icon and the manifest, which do not delay the page.
  const shell = loaded.filter(({ path }) => path === '/' || /\.(?:js|css)$/.test(path))
  await context.close()
  const bytes = sum(shell.map((file) => file.bytes))
  // Simulated from CPU time, as Lighthouse does: the time itself depends on what else the machine does.
  const busyMs = sum(tasksMs.filter((ms) => ms >= MIN_TASK_MS))
  const readyMs = ROUND_TRIPS * RTT_MS + bytes / BYTES_PER_MS + CPU_SLOWDOWN * busyMs
  return { shell, bytes, longestMs: Math.max(...tasksMs), readyMs }
}

describe('the chat page', () => {
  it('is small, and ready on a slow phone within Lighthouse’s limit', async ({ desk, annotate }) => {
    // The fastest of some loads: whatever else the machine does only adds to the CPU time.
    const loads = [await loadOn(desk), await loadOn(desk), await loadOn(desk)]
    const { shell, bytes, longestMs, readyMs } = loads.toSorted((x, y) => x.readyMs - y.readyMs)[0]!
    await annotate(
      `${shell.length} files, ${bytes} bytes, longest task ${longestMs} ms, ready after ${readyMs} ms`,
    )
    expect(shell.length).toBeLessThanOrEqual(MAX_FILES)
    expect(bytes).toBeLessThan(MAX_BYTES)
    expect(longestMs).toBeLessThan(MAX_TASK_MS)
    expect(readyMs).toBeLessThan(MAX_READY_MS)
  })

  it('reloads no file on the next visit, and opens without a network', async ({ desk }) => {
    const { context, page, loaded } = await countingPhone()
    await page.goto(linkTo(desk))
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    const before = loaded.length
    await page.reload()
    await composer(page).waitFor()
    const again = loaded.slice(before)
    expect(again.length).toBeGreaterThan(0)
    expect(again.filter(({ isFromWorker }) => !isFromWorker)).toEqual([])
    await context.setOffline(true)
    await page.reload()
    // Chromium reports the lost network to the page, or lets its requests fail.
    await page.getByText(/You’re offline|Can’t reach the relay/).waitFor()
  })
})
