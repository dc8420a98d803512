import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, type RelayProcess } from '../support/desktop-stage.ts'
import { takePicture } from '../support/picture.ts'

const SIZES = [
  [960, 720],
  [380, 720],
] as const

let stage: DesktopStage
let relay: RelayProcess
beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
})
afterAll(async () => {
  await stage.close()
})

/** Asserts that the page fits into the window, in both themes and sizes. */
async function expectFits(app: DesktopApp, page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark']) {
    await page.evaluate(`window.app.request('settings.patch', { theme: '${theme}' })`)
    await expect
      .poll(() =>
        page.evaluate(
          '[matchMedia("(prefers-color-scheme: dark)").matches, document.documentElement.dataset.theme]',
        ),
      )
      .toEqual([theme === 'dark', theme])
    for (const [width, height] of SIZES) {
      await app.resize(width, height)
      await expect.poll(() => page.evaluate('innerWidth')).toBe(width)
      await page.evaluate(`document.querySelector('main').scrollTo(0, 0)`)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await takePicture(page, `app-${name}-${theme}-${width}`)
    }
  }
}

describe('everything fits', () => {
  it('for each step of the first run', async () => {
    const app = await stage.launch()
    const page = await app.window()
    await expectFits(app, page, 'first-run-1-here')
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await page.getByLabel('Relay address').fill(relay.url)
    await expectFits(app, page, 'first-run-1-relay')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('One-time code').fill(await relay.pairingCode())
    await expectFits(app, page, 'first-run-2-device')
    await page.getByRole('button', { name: 'Pair' }).click()
    await page.getByRole('heading', { name: 'It works' }).waitFor()
    await expectFits(app, page, 'first-run-3-works')
  })

  it('for every page', async () => {
    const app = await stage.launchPaired(relay)
    const page = await app.window()
    await page.getByRole('button', { name: 'Send a test chat' }).click()
    await page.locator('blockquote').waitFor()
    for (const name of ['Status', 'Connect', 'Keys', 'Requests', 'Jobs', 'Devices', 'Settings']) {
      await goTo(page, name)
      await expectFits(app, page, name.toLowerCase())
    }
    await goTo(page, 'Requests')
    await page.getByRole('tab', { name: 'Statistics' }).click()
    // Older runtimes have no database for them.
    await page.locator('.chart, .empty').first().waitFor()
    await expectFits(app, page, 'statistics')
    await goTo(page, 'Diagnostics')
    await page.getByRole('button', { name: 'Run checks' }).click()
    await page.getByRole('button', { name: 'Run again' }).waitFor()
    await expectFits(app, page, 'diagnostics')
    const checks = {
      de: ['Prüfungen starten', ' antwortet ein Relay'],
      ja: ['チェックを実行', ' でリレーが応答しています'],
    }
    for (const [language, [start, relay]] of Object.entries(checks)) {
      await page.evaluate(`window.app.request('settings.patch', { language: '${language}' })`)
      await expect.poll(() => page.evaluate('document.documentElement.lang')).toBe(language)
      await page.getByRole('button', { name: start }).click()
      await page.getByText(relay!).waitFor()
      expect(await page.locator('.checks').innerText()).not.toMatch(/\b(?:the|this|is)\b/i)
      await expectFits(app, page, `diagnostics-${language}`)
    }
  })
})
