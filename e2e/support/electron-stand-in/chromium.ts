import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page, Request as PageRequest, Route } from 'playwright-core'
import { launchOptionsFor } from '../../../scripts/chromium.mjs'
import { findChromium } from '../chromium.ts'
import { app } from './app.ts'
import { answerOf, session, toAppUrl } from './schemes.ts'

/** Actions of a page that its window can forbid. */
export interface PageOwner {
  /** A navigation that the page initiated. */
  mayNavigate(url: string, isMainFrame: boolean): boolean
  /** A page requests a new window. */
  mayOpen(url: string): boolean
}

const SWITCHES = [
  '--remote-debugging-port=0',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const owners = new Map<Page, PageOwner>()
let running: Promise<BrowserContext> | undefined
/** Navigations that the app itself has begun. */
const ownNavigations = new Set<string>()

/** A page of the one Chromium that shows all windows. */
export async function openPage(owner: PageOwner): Promise<Page> {
  const context = await (running ??= launch())
  const page = await context.newPage()
  owners.set(page, owner)
  page.on('close', () => owners.delete(page))
  return page
}

/** Loads an address that the app chose. */
export async function navigate(page: Page, url: string): Promise<void> {
  ownNavigations.add(url)
  try {
    await page.goto(url)
  } finally {
    ownNavigations.delete(url)
  }
}

async function launch(): Promise<BrowserContext> {
  const { chromium } = await import('playwright-core')
  const profile = await mkdtemp(join(tmpdir(), 'electron-stand-in-'))
  const { executablePath, args } = launchOptionsFor(findChromium().executablePath)
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...args, ...SWITCHES],
    viewport: null,
    // Electron handles signals.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
  // After Playwright's own, which ends Chromium.
  process.on('exit', () => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }))
  await context.route('**/*', (route) => serve(route))
  context.on('page', (page) => void closeStray(page))
  sayWhereDevToolsAre(profile)
  return context
}

/** Prints Electron's line about the remote debugging port, if one was requested. */
function sayWhereDevToolsAre(profile: string): void {
  if (!app.commandLine.hasSwitch('remote-debugging-port')) return
  const [port, path] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
  process.stderr.write(`\nDevTools listening on ws://127.0.0.1:${port}${path}\n`)
}

async function serve(route: Route): Promise<void> {
  const request = route.request()
  const url = toAppUrl(request.url())
  if (!(await isAllowed(request, url))) return route.abort('aborted')
  const answer = await answerOf(
    new Request(url, { method: request.method(), headers: request.headers(), body: request.postData() }),
  )
  if (answer === undefined) return route.continue()
  const { status, headers } = answer
  await route.fulfill({
    status,
    headers: Object.fromEntries(headers),
    body: Buffer.from(await answer.arrayBuffer()),
  })
}

async function isAllowed(request: PageRequest, url: string): Promise<boolean> {
  if (await session.defaultSession.isCancelled(url, request.method())) return false
  if (!request.isNavigationRequest() || ownNavigations.has(request.url())) return true
  const page = pageOf(request)
  const owner = page && owners.get(page)
  if (page === undefined || owner === undefined) return anyOwner().mayOpen(url)
  return owner.mayNavigate(url, request.frame() === page.mainFrame())
}

/** Undefined while Chromium is still making the page: it is one that another page opens. */
function pageOf(request: PageRequest): Page | undefined {
  try {
    return request.frame().page()
  } catch {
    return undefined
  }
}

function anyOwner(): PageOwner {
  const [owner] = owners.values()
  if (owner === undefined) throw new Error('a page without a window')
  return owner
}

/** A page that the app did not open, at an address that needs no request. */
async function closeStray(page: Page): Promise<void> {
  const opener = await page.opener()
  if (opener === null) return
  if (page.url().startsWith('about:')) owners.get(opener)?.mayOpen(page.url())
  await page.close()
}
