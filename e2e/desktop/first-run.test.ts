import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DesktopStage, isOnline } from '../support/desktop-stage.ts'
import { OidcBrowser } from '../support/oidc-browser.ts'
import { AUDIENCE, CLIENT_ID, LocalProvider } from '../support/oidc-provider-here.ts'

let stage: DesktopStage
beforeAll(async () => {
  stage = await DesktopStage.start()
})
afterAll(() => stage.close())

describe('the first run', () => {
  it('shows the window, explains a wrong code, pairs by the right one and ends with an answer from the model', async () => {
    const relay = await stage.startRelay()
    const app = await stage.launch()
    const page = await app.window()
    await app.until(({ windows }) => windows[0]?.isVisible === true)
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await page.getByLabel('Relay address').fill(relay.url)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('One-time code').fill('WRON-GONE')
    await page.getByRole('button', { name: 'Pair' }).click()
    await page.getByText('The pairing code is wrong').waitFor()
    await page.getByLabel('One-time code').fill(await relay.pairingCode())
    await page.getByRole('button', { name: 'Pair' }).click()
    await page.getByRole('heading', { name: 'It works' }).waitFor()
    await expect(page.locator('blockquote').textContent()).resolves.toMatch(/token-0/)
    await page.getByRole('button', { name: 'Copy address' }).click()
    await app.until(({ copied }) => copied === relay.url)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('heading', { name: 'Online' }).waitFor()
    await app.until(isOnline)
  })

  it('signs in with an identity provider in the browser, and stays signed in after a restart', async () => {
    const provider = await LocalProvider.start()
    try {
      const relay = await stage.startRelay({
        OIDC_ISSUER: provider.issuer,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_CLIENT_ID: CLIENT_ID,
      })
      const dataDir = await stage.workshop.dataDir()
      const app = await stage.launch({ dataDir })
      const page = await app.window()
      await page.getByRole('tab', { name: 'I have a relay' }).click()
      await page.getByLabel('Relay address').fill(relay.url)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('button', { name: /^Sign in with/ }).click()
      const { opened } = await app.until((state) => state.opened.length === 1)
      await page.getByText('Waiting for you to sign in').waitFor()
      await new OidcBrowser('alice').visit(opened[0]!)
      await page.getByRole('heading', { name: 'It works' }).waitFor()
      await app.quit()
      expect(await app.program.exit).toBe(0)
      const again = await stage.launch({ dataDir })
      await again.until(isOnline)
    } finally {
      await provider.close()
    }
  })
})
