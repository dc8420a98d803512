import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, isOnline, stateIn, type RelayProcess } from '../support/desktop-stage.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { freePort } from '../support/free-port.ts'

let stage: DesktopStage
let relay: RelayProcess
let app: DesktopApp
let page: Page
let upstream: FakeUpstream
beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay({}, String(await freePort()))
  app = await stage.launchPaired(relay)
  page = await app.window()
  upstream = stage.upstream
})
afterAll(async () => {
  await stage.close()
  await upstream.close()
})

/** The shape of the icon, as its file is called. */
const shapeOf = (state: DesktopApp['state']): string =>
  /(online|connecting|attention|off)/.exec(state.tray?.image?.split(/[/\\]/).at(-1) ?? '')?.[0] ?? ''

const heading = (name: string): Promise<void> => page.getByRole('heading', { name, exact: true }).waitFor()

describe('the icon, the menu and the window', () => {
  it('follow a relay that stops and restarts', async () => {
    await goTo(page, 'Status')
    await heading('Online')
    await app.until((state) => shapeOf(state) === 'online')
    relay.program.kill()
    await relay.program.exit
    await app.until((state) => shapeOf(state) === 'connecting' && stateIn({ state }) === 'Reconnecting')
    await heading('Reconnecting')
    relay = await stage.startRelay({}, new URL(relay.url).port, relay.dataDir)
    await app.clickMenu('Reconnect now')
    await app.until((state) => shapeOf(state) === 'online' && isOnline(state))
    await heading('Online')
  })

  it('announce when the model server has stopped, and when it is back', async () => {
    const { port } = upstream
    await upstream.close()
    // The chat reveals it, unless the app's own check was faster and has disabled the button.
    await page
      .getByRole('button', { name: /^Send/ })
      .click({ timeout: 5_000 })
      .catch(() => {})
    await app.until((state) => shapeOf(state) === 'attention')
    await page.getByText('no model server is responding').waitFor()
    upstream = await FakeUpstream.start({ port })
    await app.until((state) => shapeOf(state) === 'online')
    await page.getByText('Running', { exact: true }).waitFor()
  })

  it('pause and resume', async () => {
    await app.clickMenu('Pause')
    await app.until((state) => shapeOf(state) === 'off' && stateIn({ state }) === 'Paused')
    await heading('Paused')
    await page.getByRole('button', { name: 'Resume' }).click()
    await app.until(isOnline)
    await heading('Online')
  })

  it('redial immediately after sleep', async () => {
    await app.emitPower('suspend')
    await app.until((state) => stateIn({ state }) === 'Asleep')
    await app.emitPower('resume')
    await app.emitPower('resume')
    await app.until(isOnline)
  })
})

describe('the tooltip', () => {
  it('names the app, the state and the round trip', async () => {
    const { tray } = await app.until(({ tray }) => tray?.toolTip.endsWith(' ms') === true)
    expect(tray?.toolTip).toMatch(/^CloudToLocalLLM · Online · \d+ ms$/)
  })
})
