/**
 * The built window alone, in real Chromium: served under the app's content security policy, with a scripted `window.app`
 * instead of the main process.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { Answer, Events, PageId, RequestName, ResultOf } from '../../src/shared/ipc/contract.ts'
import type { AppView } from '../../src/shared/ipc/view.ts'
import { findChromium, launchOptionsFor } from '../../scripts/chromium.mjs'
import { patient } from './patience.ts'
import { SCRIPT } from './sample-script.ts'
import { assetResponse } from '../../src/main/app/assets.ts'

const BUILT = join(import.meta.dirname, '../../dist/renderer')

/** Shown between two windows: a page of another site would cost a new process each time. */
const BLANK = '/blank'

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The stage's `window.app`. */
const SCRIPTED_APP = `
  const listeners = []
  window.stageSay = (name, event) => {
    for (const listener of listeners) if (listener.name === name) listener.hear(event)
  }
  window.app = {
    request: (name, payload) => window.stageAsk(name, payload),
    on(name, hear) {
      const listener = { name, hear }
      listeners.push(listener)
      return () => listeners.splice(listeners.indexOf(listener), 1)
    },
  }`

/** Responses of the main process; a failure is passed as an `Answer`. */
export type Script = {
  readonly [Name in RequestName]?: (
    payload: never,
  ) => ResultOf<Name> | Extract<Answer<unknown>, { ok: false }> | Promise<ResultOf<Name>>
}

export interface StageOptions {
  readonly width?: number
  readonly height?: number
}

/** One open window. */
export interface Play {
  readonly page: Page
  /** The window's requests, in order. */
  readonly asked: { readonly name: string; readonly payload: unknown }[]
  /** Browser messages: policy violations, errors, warnings. */
  readonly complaints: string[]
  readonly say: <Name extends keyof Events>(name: Name, event: Events[Name]) => Promise<void>
}

/** Shows one window after the other in one page: a page of its own would cost ten times as much as loading it again. */
export class WindowStage {
  readonly #server: Server
  readonly #browser: Browser
  readonly #page: Page
  #answer: (name: RequestName, payload: unknown) => Promise<Answer<unknown>> = () => Promise.reject()
  #complain: (text: string) => void = () => {}

  private constructor(server: Server, browser: Browser, page: Page) {
    this.#server = server
    this.#browser = browser
    this.#page = page
  }

  static async start(): Promise<WindowStage> {
    const server = createServer((request, response) => {
      if (request.url === BLANK) {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<link rel="icon" href="data:,">')
        return
      }
      void assetResponse(BUILT, `http://stage${request.url}`).then(async (asset) => {
        response.writeHead(asset.status, Object.fromEntries(asset.headers))
        response.end(new Uint8Array(await asset.arrayBuffer()))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const found = findChromium()
    if (found === undefined) throw new Error('this test needs Chromium, Chrome or Edge; please install one')
    const { executablePath, args } = launchOptionsFor(found)
    const browser = await chromium.launch({ executablePath, args: [...args, ...QUIET] })
    const page = patient(await (await browser.newContext({ locale: 'en-GB' })).newPage())
    const stage = new WindowStage(server, browser, page)
    page.on('console', (line) => ['error', 'warning'].includes(line.type()) && stage.#complain(line.text()))
    page.on('pageerror', (error) => stage.#complain(String(error)))
    await page.exposeFunction('stageAsk', (name: RequestName, payload: unknown) =>
      stage.#answer(name, payload),
    )
    await page.addInitScript(SCRIPTED_APP)
    return stage
  }

  async open(
    view: AppView,
    script: Script = SCRIPT,
    { width = 900, height = 760 }: StageOptions = {},
  ): Promise<Play> {
    const { port } = this.#server.address() as AddressInfo
    const origin = `http://127.0.0.1:${port}`
    const page = this.#page
    // The former window ends before its replies could reach the next one.
    await page.goto(origin + BLANK)
    await page.setViewportSize({ width, height })
    const asked: Play['asked'] = []
    const complaints: string[] = []
    this.#complain = (text) => void complaints.push(text)
    this.#answer = async (name, payload) => {
      asked.push({ name, payload })
      return answerOf(name === 'view.get' ? view : await script[name]?.(payload as never))
    }
    await page.goto(`${origin}/index.html`)
    await page.locator('main').waitFor()
    return {
      page,
      asked,
      complaints,
      say: async (name, event) => {
        await page.evaluate(`stageSay(${JSON.stringify(name)}, ${JSON.stringify(event)})`)
      },
    }
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#server.close()
  }
}

function answerOf(said: unknown): Answer<unknown> {
  const isFailure = typeof said === 'object' && said !== null && 'ok' in said && said.ok === false
  return isFailure ? (said as Answer<unknown>) : { ok: true, result: said }
}

/** The tab of a page. */
export const pageTab = (page: Page, id: PageId) => page.locator(`#pages-tab-${id}`)

/** The button with exactly this name. */
export const byName = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
