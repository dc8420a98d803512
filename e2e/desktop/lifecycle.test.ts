import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DesktopStage, goTo, isOnline, type RelayProcess } from '../support/desktop-stage.ts'

let stage: DesktopStage
let relay: RelayProcess
beforeEach(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
})
afterEach(async () => {
  await stage.close()
})

const isShown = ({ windows }: { windows: readonly { isVisible: boolean }[] }): boolean =>
  windows.some(({ isVisible }) => isVisible)

describe('the close button', () => {
  it('keeps the app running in the tray, notifies the user once, and the tray reopens the window', async () => {
    const app = await stage.launchPaired(relay)
    await app.until(({ tray }) => tray?.menu.some(({ label }) => label === 'Hide window') === true)
    await app.closeWindow()
    await app.until((state) => !isShown(state) && state.notifications.length === 1)
    expect(app.state.notifications[0]?.title).toBe('CloudToLocalLLM is still running')
    await app.clickMenu('Show window')
    await app.until(isShown)
    await app.window()
    await app.closeWindow()
    await app.until((state) => !isShown(state))
    expect(app.state.notifications).toHaveLength(1)
    expect(isOnline(app.state)).toBe(true)
  })

  it.runIf(process.platform === 'linux')('quits where no tray could bring the window back', async () => {
    const app = await stage.launchWithoutTray()
    await app.window()
    await app.until(isShown)
    await app.closeWindow()
    expect(await app.program.exit).toBe(0)
  })
})

describe('a second launch', () => {
  it('shows the first one’s window and exits', async () => {
    const app = await stage.launchPaired(relay)
    await app.window()
    await app.closeWindow()
    await app.until((state) => !isShown(state))
    expect(await app.startSecond()).toBe(0)
    await app.until(isShown)
  })

  it('forwards a deep link, which only fills in the form', async () => {
    const app = await stage.launch()
    const page = await app.window()
    const link = 'cloudtolocalllm://pair?relay=https%3A%2F%2Frelay.test%2F&code=ABCD-1234'
    expect(await app.startSecond(link)).toBe(0)
    await expect.poll(() => page.getByLabel('Relay address').inputValue()).toBe('https://relay.test/')
  })
})

describe('the start', () => {
  it('is hidden in the tray when the system starts the app at login', async () => {
    const dataDir = await stage.workshop.dataDir()
    const first = await stage.launchPaired(relay, { dataDir })
    await first.quit()
    await first.program.exit
    const app = await stage.launch({ dataDir, args: ['--autostart'] })
    await app.until(isOnline)
    expect(app.state.windows).toEqual([])
  })

  it('shows the window at the first run, however the app was started', async () => {
    const app = await stage.launch({ args: ['--autostart'] })
    await app.until(isShown)
  })

  it.runIf(process.platform === 'linux')(
    'shows the window where there is no tray, even if it is set to start without one',
    async () => {
      const dataDir = await stage.workshop.dataDir()
      const first = await stage.launchPaired(relay, { dataDir })
      const page = await first.window()
      await goTo(page, 'Settings')
      await page.getByLabel('Start minimized').click()
      await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor({ state: 'attached' })
      await first.quit()
      await first.program.exit
      const app = await stage.launchWithoutTray({ dataDir })
      await app.until(isShown)
      expect(app.state.tray).toBeNull()
    },
  )
})

describe('the end', () => {
  it('is clean when the operating system terminates the app', async () => {
    const app = await stage.launchPaired(relay)
    app.program.kill()
    expect(await app.program.exit).toBe(0)
  })

  it('is immediate, with an explanation, if another process uses the data directory', async () => {
    const dataDir = await stage.workshop.dataDir()
    const args = [
      'bridge',
      '--json',
      '--relay',
      relay.url,
      '--pair',
      relay.pairingCode,
      '--data-dir',
      dataDir,
    ]
    const bridge = stage.workshop.run(args)
    await bridge.stdout.json(({ event }) => event === 'online')
    const app = await stage.launch({ dataDir })
    expect(await app.program.exit).toBe(1)
    expect(app.program.stderr.seen.join('\n')).toMatch(/already/)
  })
})

describe('a page that crashes', () => {
  it('is reloaded once, and the tunnel is not affected', async () => {
    const app = await stage.launchPaired(relay)
    const page = await app.window()
    const next = page.context().waitForEvent('page')
    await page.goto('chrome://crash').catch(() => {})
    const again = await next
    await again.getByRole('heading', { name: 'Online' }).waitFor()
    expect(isOnline(app.state)).toBe(true)
  })
})

describe('starting at login', () => {
  it('is off until the user enables it, and then shows the system’s setting', async () => {
    const app = await stage.launchPaired(relay, { env: { ELECTRON_FORCE_IS_PACKAGED: '1' } })
    const page = await app.window()
    await goTo(page, 'Settings')
    const box = page.getByLabel('Start at login')
    await expect.poll(() => box.isChecked()).toBe(false)
    await box.click()
    await expect.poll(() => box.isChecked()).toBe(true)
    const entry = join(app.configHome, 'autostart/cloudtolocalllm.desktop')
    if (process.platform === 'linux') await expect.poll(() => existsSync(entry)).toBe(true)
  })
})
