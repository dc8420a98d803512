import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, type RelayProcess } from '../support/desktop-stage.ts'

let stage: DesktopStage
let relay: RelayProcess
let app: DesktopApp
let page: Page
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-files-'))
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
  // Locked by an administrator through the environment.
  app = await stage.launchPaired(relay, { env: { CLOUDTOLOCALLLM_UPDATES: 'off' } })
  page = await app.window()
})
afterAll(async () => {
  await stage.close()
  await rm(dir, { recursive: true, force: true })
})

/** The key of the snippets. */
async function defaultKey(): Promise<string> {
  await app.clickMenu('Copy key')
  const { copied } = await app.until((state) => state.copied !== null)
  return copied!
}

async function savedBounds(): Promise<unknown> {
  return JSON.parse(await readFile(join(app.dataDir, 'settings.json'), 'utf8')).windowBounds
}

describe('settings', () => {
  it('can be exported to a file without secrets, and imported again', async () => {
    const file = join(dir, 'settings.json')
    const key = await defaultKey()
    await goTo(page, 'Settings')
    const field = page.getByLabel('Concurrent requests')
    await field.fill('12')
    await field.blur()
    await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Export settings' }).click()
    await app.answerDialog(file)
    await page.getByText(`Saved as ${file}`).waitFor()
    const text = await readFile(file, 'utf8')
    expect(text).toContain('"maxConcurrent": 12')
    expect(text).not.toContain(key)
    await writeFile(file, text.replace('"maxConcurrent": 12', '"maxConcurrent": 34'))
    await page.getByRole('button', { name: 'Import settings' }).click()
    await app.answerDialog(file)
    await expect.poll(() => field.inputValue()).toBe('34')
  })

  it('stay unchanged if the user cancels', async () => {
    await goTo(page, 'Settings')
    await page.getByRole('button', { name: 'Import settings' }).click()
    await app.answerDialog(null)
    await page.getByRole('button', { name: 'Import settings', disabled: false }).waitFor()
    expect(await page.getByLabel('Concurrent requests').inputValue()).toBe('34')
  })

  it('that are managed by the environment are locked, and show it', async () => {
    await goTo(page, 'Settings')
    const mode = page.getByLabel('Install updates')
    expect(await mode.isDisabled()).toBe(true)
    await page.getByText('Managed by your organization').waitFor()
  })

  it('apply the theme to the window and menus alike', async () => {
    await goTo(page, 'Settings')
    await page.getByLabel('Theme').selectOption('dark')
    await app.until(({ theme }) => theme === 'dark')
    await page.getByLabel('Theme').selectOption('light')
    await app.until(({ theme }) => theme === 'light')
  })

  it('take the icon out of the tray and put it back', async () => {
    await goTo(page, 'Settings')
    await page.getByLabel('Tray icon').selectOption('hidden')
    await app.until(({ tray }) => tray === null)
    await page.getByLabel('Tray icon').selectOption('light')
    const { tray } = await app.until((state) => state.tray !== null)
    if (process.platform === 'linux') expect(tray?.image).toMatch(/online-light\.png$/)
  })

  it('remember the size of the window', async () => {
    await app.resize(700, 650)
    await app.closeWindow()
    await app.until(({ windows }) => windows.length === 0)
    await expect.poll(savedBounds).toMatchObject({ width: 700, height: 650 })
    await app.clickTray()
    await app.until(({ windows }) => windows[0]?.bounds.width === 700 && windows[0].bounds.height === 650)
    page = await app.window()
  })
})

describe('a page of the window', () => {
  it('is scrolled to its top when opened', async () => {
    await goTo(page, 'Settings')
    const scrolled = `document.querySelector('main').scrollTop`
    await page.evaluate(`document.querySelector('main').scrollTo(0, 400)`)
    expect(await page.evaluate(scrolled)).toBe(400)
    await goTo(page, 'Diagnostics')
    expect(await page.evaluate(scrolled)).toBe(0)
  })
})

describe('diagnostics', () => {
  it('check everything, and can be saved to a file without secrets', async () => {
    const file = join(dir, 'report.txt')
    const key = await defaultKey()
    await goTo(page, 'Diagnostics')
    await page.getByRole('button', { name: 'Run checks' }).click()
    await page.getByRole('button', { name: 'Run again' }).waitFor()
    await page.getByRole('heading', { name: 'Relay' }).waitFor()
    await page.getByRole('button', { name: 'Export report' }).click()
    await app.answerDialog(file)
    await page.getByText('Saved as').waitFor()
    const report = await readFile(file, 'utf8')
    expect(report).toMatch(/relay/i)
    expect(report).not.toContain(key)
  })

  it('open the folder of the logs', async () => {
    await goTo(page, 'Diagnostics')
    await page.getByRole('button', { name: 'Open log folder' }).click()
    const { opened } = await app.until((state) => state.opened.length === 1)
    expect(opened[0]).toBe(join(app.dataDir, 'logs'))
    expect(await readFile(join(app.dataDir, 'logs/app.log'), 'utf8')).not.toContain(await defaultKey())
  })
})

describe('the address for a client', () => {
  it('is marked as reachable from this computer only, without an offer to connect a phone', async () => {
    await goTo(page, 'Connect')
    await page.getByText('Only this computer can reach this relay').waitFor()
    expect(await page.getByRole('button', { name: 'Add a phone' }).count()).toBe(0)
  })

  it('contains the key in the copied lines, not in those shown', async () => {
    const key = await defaultKey()
    expect(await page.getByRole('tabpanel').first().textContent()).not.toContain(key)
    await page.getByRole('button', { name: 'Copy the lines for Ollama CLI' }).click()
    await app.until(({ copied }) => copied?.includes(`${relay.url}/k/${key}`) === true)
  })
})
