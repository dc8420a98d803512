/**
 * The built window alone, in real Chromium: served under the app's content security policy, with a scripted `window.app`
 * instead of the main process.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { Answer, Events, RequestName, ResultOf } from '../../src/shared/ipc/contract.ts'
import type { AppView } from '../../src/shared/ipc/view.ts'
import { findChromium, launchOptionsFor } from '../../scripts/chromium.mjs'
import { assetResponse } from '../../src/main/app/assets.ts'

const BUILT = join(import.meta.dirname, '../../dist/renderer')

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
  readonly close: () => Promise<void>
}

export class WindowStage {
  readonly #server: Server
  readonly #browser: Browser

  private constructor(server: Server, browser: Browser) {
    this.#server = server
    this.#browser = browser
  }

  static async start(): Promise<WindowStage> {
    const server = createServer((request, response) => {
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
    return new WindowStage(server, browser)
  }

  async open(
    view: AppView,
    script: Script = {},
    { width = 900, height = 760 }: StageOptions = {},
  ): Promise<Play> {
    const { port } = this.#server.address() as AddressInfo
    const context = await this.#browser.newContext({ viewport: { width, height }, locale: 'en-GB' })
    const page = await context.newPage()
    const asked: Play['asked'] = []
    const complaints: string[] = []
    page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complaints.push(line.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.exposeFunction('stageAsk', async (name: RequestName, payload: unknown) => {
      asked.push({ name, payload })
      return answerOf(name === 'view.get' ? view : await script[name]?.(payload as never))
    })
    await page.addInitScript(SCRIPTED_APP)
    await page.goto(`http://127.0.0.1:${port}/index.html`)
    await page.locator('main').waitFor()
    return {
      page,
      asked,
      complaints,
      say: async (name, event) => {
        await page.evaluate(`stageSay(${JSON.stringify(name)}, ${JSON.stringify(event)})`)
      },
      close: () => context.close(),
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
