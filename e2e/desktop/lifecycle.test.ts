import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquire } from '../../src/bridge/data-dir/owner-lock.ts'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, isOnline } from '../support/desktop-stage.ts'

let stage: DesktopStage
beforeAll(async () => {
  stage = await DesktopStage.start()
})
afterAll(() => stage.close())

const isShown = ({ windows }: { windows: readonly { isVisible: boolean }[] }): boolean =>
  windows.some(({ isVisible }) => isVisible)

const offers =
  (row: string) =>
  ({ tray }: DesktopApp['state']): boolean =>
    tray?.menu.some(({ label }) => label === row) === true

/** Starting takes longer than a test: this one app has several lives on one data directory. */
describe('a paired app', () => {
  let app: DesktopApp
  beforeAll(async () => {
    const env = { ELECTRON_FORCE_IS_PACKAGED: '1', CLOUDTOLOCALLLM_UPDATES: 'off' }
    app = await stage.launchPaired(await stage.startRelay(), { env })
  })

  async function switchOn(label: string): Promise<void> {
    const page = await app.window()
    await goTo(page, 'Settings')
    const box = page.getByLabel(label)
    await expect.poll(() => box.isChecked()).toBe(false)
    await box.click()
    await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor({ state: 'attached' })
    await expect.poll(() => box.isChecked()).toBe(true)
  }

  it('starts at login once the user has enabled it, and shows the system’s setting', async () => {
    await switchOn('Start at login')
    const entry = join(app.configHome, 'autostart/cloudtolocalllm.desktop')
    if (process.platform === 'linux') await expect.poll(() => existsSync(entry)).toBe(true)
  })

  it('reloads a page that crashes once, and the tunnel is not affected', async () => {
    const page = await app.window()
    const next = page.context().waitForEvent('page')
    await page.goto('chrome://crash').catch(() => {})
    const again = await next
    await again.getByRole('heading', { name: 'Online' }).waitFor()
    expect(isOnline(app.state)).toBe(true)
  })

  it('keeps running in the tray after its window is closed, and notifies the user once', async () => {
    await app.until(offers('Hide window'))
    await app.closeWindow()
    await app.until((state) => !isShown(state) && state.notifications.length === 1)
    await app.until(offers('Show window'))
    expect(app.state.notifications[0]?.title).toBe('CloudToLocalLLM is still running')
    await app.clickMenu('Show window')
    await app.until(isShown)
    await app.window()
    await app.closeWindow()
    await app.until((state) => !isShown(state))
    expect(app.state.notifications).toHaveLength(1)
    expect(isOnline(app.state)).toBe(true)
  })

  it('shows its window at a second launch, which exits', async () => {
    expect(await app.startSecond()).toBe(0)
    await app.until(isShown)
  })

  it('exits cleanly when the operating system terminates it', async () => {
    app.program.kill()
    expect(await app.program.exit).toBe(0)
  })

  it('stays hidden in the tray when the system starts it at login', async () => {
    app = await stage.launch({ dataDir: app.dataDir, args: ['--autostart'] })
    await app.until(isOnline)
    expect(app.state.windows).toEqual([])
  })

  it.runIf(process.platform === 'linux')(
    'shows its window if there is no tray, even if it is set to start minimized, and quits with it',
    async () => {
      await app.clickTray()
      await app.until(isShown)
      await switchOn('Start minimized')
      await app.quit()
      await app.program.exit
      app = await stage.launchWithoutTray({ dataDir: app.dataDir })
      await app.until(isShown)
      expect(app.state.tray).toBeNull()
      await app.window()
      await app.closeWindow()
      expect(await app.program.exit).toBe(0)
    },
  )
})

it('the first run shows the window, however the app was started; a deep link only fills in the form', async () => {
  const app = await stage.launch({ args: ['--autostart'] })
  await app.until(isShown)
  const page = await app.window()
  const link = 'cloudtolocalllm://pair?relay=https%3A%2F%2Frelay.test%2F&code=ABCD-1234'
  expect(await app.startSecond(link)).toBe(0)
  await expect.poll(() => page.getByLabel('Relay address').inputValue()).toBe('https://relay.test/')
})

it('a link to another relay fills in the form of a paired app too, which stays online until it is submitted', async () => {
  const app = await stage.launchPaired(await stage.startRelay())
  const page = await app.window()
  const link = 'cloudtolocalllm://pair?relay=https%3A%2F%2Frelay.test%2F&code=ABCD-1234'
  expect(await app.startSecond(link)).toBe(0)
  await expect.poll(() => page.getByLabel('Relay address').inputValue()).toBe('https://relay.test/')
  expect(isOnline(app.state)).toBe(true)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('heading', { name: 'Online' }).waitFor()
  // The next sign-in starts without the values of the link.
  await page.evaluate(`window.app.request('action.run', 'signInAgain')`)
  await expect.poll(() => page.getByLabel('Relay address').inputValue()).not.toContain('relay.test')
})

it('a data directory that another process uses ends the app immediately, with an explanation', async () => {
  const dataDir = await stage.workshop.dataDir()
  const holder = await acquire(dataDir)
  try {
    const app = await stage.launch({ dataDir })
    expect(await app.program.exit).toBe(1)
    expect(app.program.stderr.seen.join('\n')).toMatch(/already/)
  } finally {
    await holder.close()
  }
})
