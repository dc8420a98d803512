/** The views of the chat page in real Chromium, built by themselves and served under the page's own policy. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { build } from 'vite'
import { launchOptionsFor } from '../../scripts/chromium.mjs'
import { PageFiles } from '../../src/front/page-files.ts'
import type { RequestFacts } from '../../src/front/request-context.ts'
import type { ChatView } from '../../src/web/chat/chat-view.ts'
import { findChromium } from './chromium.ts'
import { taskTimes } from './main-thread.ts'
import { patient } from './patience.ts'
import { ROOT } from './program.ts'
import { until } from './until.ts'

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
    <title>Chat</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="./page.css" />
    <script type="module" src="./stage.js"></script>
  </head>
  <body><div id="page"></div></body>
</html>`

export interface ChatPlay {
  readonly page: Page
  /** Browser messages: policy violations, errors, warnings. */
  readonly complaints: string[]
  readonly show: (view: ChatView) => Promise<void>
  /** Requests of the views, in order. */
  readonly asked: () => Promise<{ readonly name: string; readonly args: readonly unknown[] }[]>
}

export class ChatStage {
  readonly #folder: string
  readonly #server: Server
  readonly #browser: Browser
  /** By their options: a page of its own would cost ten times as much as loading it again. */
  readonly #pages = new Map<string, Promise<Page>>()
  #complaints: string[] = []

  private constructor(folder: string, server: Server, browser: Browser) {
    this.#folder = folder
    this.#server = server
    this.#browser = browser
  }

  static async start(): Promise<ChatStage> {
    const folder = await mkdtemp(join(tmpdir(), 'chat-stage-'))
    await buildInto(folder)
    const pages = new PageFiles(folder)
    const server = createServer((request, response) => {
      const name = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1)
      const facts = { request, response, id: 'stage', commonHeaders: [] } as unknown as RequestFacts
      try {
        pages.respond(facts, name)
      } catch {
        response.writeHead(404).end()
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const browser = await chromium.launch(launchOptionsFor(findChromium().executablePath))
    return new ChatStage(folder, server, browser)
  }

  async open(view: ChatView, options: BrowserContextOptions = {}): Promise<ChatPlay> {
    const { port } = this.#server.address() as AddressInfo
    const id = JSON.stringify(options)
    const opened = this.#pages.get(id) ?? this.#newPage(options)
    this.#pages.set(id, opened)
    const page = await opened
    await page.goto('about:blank')
    const complaints: string[] = []
    this.#complaints = complaints
    await page.goto(`http://127.0.0.1:${port}/`)
    // Not `waitForFunction`, which the page's content security policy forbids.
    await until(() => page.evaluate<boolean>('window.stage !== undefined'))
    const show = (next: ChatView): Promise<void> => page.evaluate(`stage.show(${JSON.stringify(next)})`)
    await show(view)
    return { page, complaints, show, asked: () => page.evaluate('stage.asked') }
  }

  async #newPage(options: BrowserContextOptions): Promise<Page> {
    const context = await this.#browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
    const page = patient(await context.newPage())
    page.on('console', (line) => {
      if (['error', 'warning'].includes(line.type())) this.#complaints.push(line.text())
    })
    page.on('pageerror', (error) => this.#complaints.push(String(error)))
    return page
  }

  /** The longest task of the page's main thread meanwhile, in milliseconds of CPU: other programs do not count. */
  async longestTaskMs(page: Page, work: () => Promise<unknown>): Promise<number> {
    return Math.max(...(await taskTimes(this.#browser, page, work)))
  }

  async close(): Promise<void> {
    await this.#browser.close()
    this.#server.close()
    await rm(this.#folder, { recursive: true })
  }
}

async function buildInto(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    root: join(ROOT, 'src/web'),
    base: './',
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: true,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        input: [join(ROOT, 'src/web/view/stage.test-support.ts'), join(ROOT, 'src/web/style/page.css')],
        output: {
          entryFileNames: ({ name }) => (name.startsWith('stage') ? 'stage.js' : '[name].js'),
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name][extname]',
        },
      },
    },
  })
  await writeFile(join(outDir, 'index.html'), HTML)
}
