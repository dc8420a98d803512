/** Draws the pictures of the documentation into docs/images, from the real pages in Chromium: `npm run pictures`. */
import { mkdir, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { chromium, devices, type Browser, type Page } from 'playwright-core'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { findChromium } from './chromium.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { ROOT } from './program.ts'
import { PHONE, Recorder } from './recorder.ts'
import { onlineView } from './sample-view.ts'
import { Desk, startTestRelay } from './stack.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { WindowStage } from './window-stage.ts'

const FOLDER = join(ROOT, 'docs/images')
const QUALITY = 0.85
const QUESTION = 'Why does a heat pump save energy?'
const ANSWER = `A **heat pump** moves heat instead of making it.

1. A cold liquid evaporates outside and takes heat from the air.
2. A compressor squeezes the vapour, which makes it hot.
3. It condenses inside and gives its heat to your rooms.

| Outside | Heat for 1 kWh |
| ------: | -------------- |
| 7 °C | 4.2 kWh |
| −7 °C | 2.6 kWh |

So 1 kWh of electricity brings 3 to 4 kWh of heat into the house. A heater would give you only 1 kWh.

Insulate first, and use large radiators: the cooler the water in them, the less the pump has to work.`

/** A model that says the next words when it is told to. */
class ToldModel {
  readonly upstream: FakeUpstream
  readonly #words = ANSWER.split(/(?<=\s)/)
  #response: ServerResponse | undefined
  #hasAsked: () => void = () => {}
  readonly asked = new Promise<void>((resolve) => (this.#hasAsked = resolve))

  constructor(upstream: FakeUpstream) {
    this.upstream = upstream
    upstream.models = ['llama3.2:latest']
    upstream.on('POST', '/api/chat', (_request, response) => {
      response.setHeader('content-type', 'application/x-ndjson')
      this.#response = response
      this.#hasAsked()
    })
  }

  get isDone(): boolean {
    return this.#words.length === 0
  }

  say(count: number): void {
    this.#send({ message: { role: 'assistant', content: this.#words.splice(0, count).join('') } })
  }

  end(durationMs: number): void {
    this.#send({
      message: { content: '' },
      done: true,
      eval_count: 168,
      eval_duration: durationMs * 1e6,
      prompt_eval_count: 24,
    })
    this.#response?.end()
  }

  #send(record: object): void {
    this.#response?.write(`${JSON.stringify(record)}\n`)
  }
}

/** A phone asks, loses its network in the middle of the answer, and gets all of it. */
async function record(browser: Browser, encode: Encode): Promise<void> {
  const relay = await startTestRelay()
  const model = new ToldModel(await FakeUpstream.start())
  const desk = await Desk.start(relay, model.upstream.origin)
  const network = await TcpProxy.start(relay.port)
  const context = await browser.newContext({
    ...devices['Pixel 7'],
    viewport: PHONE,
    deviceScaleFactor: 1,
    locale: 'en-US',
  })
  const page = await context.newPage()
  const recorder = await Recorder.start(browser)
  await page.goto(`${network.origin}/#k=${desk.key}`)
  await page.getByText('runs on your own computer').waitFor()
  await recorder.add(page, 'Your own model, on your phone', 2_000)
  await ask(page, recorder)
  await model.asked
  const [askedAt, startedAtMs] = [Date.now(), recorder.durationMs]
  await recorder.add(page, 'Asking the computer at home', 800)
  for (let step = 0; step < 22; step++) await grow(model, page, recorder, 'Words appear as they are made')
  await context.setOffline(true)
  network.cut()
  await page.getByText('Reconnecting').waitFor()
  await recorder.add(page, 'The phone loses its network', 1_500)
  for (let step = 0; step < 12; step++) model.say(2)
  await recorder.add(page, 'The computer goes on without it', 1_500)
  await context.setOffline(false)
  await page.getByText('Reconnecting').waitFor({ state: 'detached' })
  while (!model.isDone) await grow(model, page, recorder, 'Back again: not a word is lost')
  // The page shows the time that viewers see, not the time that drawing took.
  const durationMs = recorder.durationMs - startedAtMs
  await page.clock.setSystemTime(askedAt + durationMs)
  model.end(durationMs)
  await page.getByText('tok/s').waitFor()
  await recorder.add(page, 'Nothing is stored on the way', 4_000)
  await save('recording.webp', recorder.file())
  await page.emulateMedia({ colorScheme: 'dark' })
  await save('phone-dark.webp', await encode(await page.screenshot()))
  await context.close()
  for (const part of [network, desk, relay, model.upstream]) await part.close()
}

async function ask(page: Page, recorder: Recorder): Promise<void> {
  const box = page.getByRole('textbox', { name: 'Message' })
  for (let end = 3; end < QUESTION.length + 3; end += 3) {
    await box.fill(QUESTION.slice(0, end))
    await recorder.add(page, 'Your own model, on your phone', 90)
  }
  await page.getByRole('button', { name: 'Send' }).tap()
}

async function grow(model: ToldModel, page: Page, recorder: Recorder, caption: string): Promise<void> {
  const before = await lengthOf(page)
  model.say(2)
  // A part of the Markdown may be held back until it is clear what it means.
  for (let tries = 0; tries < 20 && (await lengthOf(page)) === before; tries++) await page.waitForTimeout(25)
  await recorder.add(page, caption, 170)
}

function lengthOf(page: Page): Promise<number> {
  return page.locator('.answer').evaluate((answer) => answer.textContent.length)
}

/** The first page of the window. */
async function drawWindow(encode: Encode): Promise<void> {
  const stage = await WindowStage.start()
  const play = await stage.open(onlineView, {}, { width: 960, height: 680 })
  await play.page.locator('#pages-tab-status').click()
  await save('window.webp', await encode(await play.page.screenshot()))
  await stage.close()
}

type Encode = (png: Buffer) => Promise<Buffer>

/** Encodes pictures as WebP with the browser. */
async function encoderOf(browser: Browser): Promise<Encode> {
  const page = await browser.newPage()
  return async (png) => {
    const base64 = await page.evaluate<string>(`(async () => {
      const image = new Image()
      image.src = 'data:image/png;base64,${png.toString('base64')}'
      await image.decode()
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
      canvas.getContext('2d').drawImage(image, 0, 0)
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/webp', ${QUALITY}))
      return new Uint8Array(await blob.arrayBuffer()).toBase64()
    })()`)
    return Buffer.from(base64, 'base64')
  }
}

function save(name: string, bytes: Buffer): Promise<void> {
  return writeFile(join(FOLDER, name), bytes)
}

await mkdir(FOLDER, { recursive: true })
const browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
try {
  const encode = await encoderOf(browser)
  await record(browser, encode)
  await drawWindow(encode)
} finally {
  await browser.close()
}
