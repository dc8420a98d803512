import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { stringify } from 'yaml'
import { isRealElectron, type DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, goTo, type RelayProcess } from '../support/desktop-stage.ts'
import { UpdateFeed } from '../support/update-feed.ts'

const OLD = 'the running version'

let stage: DesktopStage
let relay: RelayProcess
let feed: UpdateFeed
let appImage: string
let app: DesktopApp
let page: Page

/** As an installed AppImage, whose releases are on the feed. */
async function launchInstalled(env: Record<string, string> = {}): Promise<void> {
  const dir = await stage.workshop.dataDir()
  feed = await UpdateFeed.open(join(dir, 'feed'))
  onTestFinished(() => feed.close())
  appImage = join(dir, 'CloudToLocalLLM.AppImage')
  writeFileSync(appImage, OLD, { mode: 0o755 })
  mkdirSync(join(dir, 'resources'))
  const source = {
    provider: 'generic',
    url: feed.url,
    useMultipleRangeRequest: false,
    updaterCacheDirName: 'ctl',
  }
  writeFileSync(join(dir, 'resources/app-update.yml'), stringify(source))
  app = await stage.launchPaired(relay, {
    env: {
      ELECTRON_FORCE_IS_PACKAGED: '1',
      ELECTRON_STAND_IN_RESOURCES: join(dir, 'resources'),
      APPIMAGE: appImage,
      XDG_CACHE_HOME: join(dir, 'cache'),
      ...env,
    },
  })
  onTestFinished(() => app.close())
  page = await app.window()
}

beforeAll(async () => {
  stage = await DesktopStage.start()
  relay = await stage.startRelay()
})
afterAll(() => stage.close())

const offersUpdate = ({ tray }: DesktopApp['state']): boolean =>
  tray?.menu.some(({ label }) => label.includes('9.9.9')) === true

// Electron looks for its feed inside its own folder: there this needs an installed package.
describe.runIf(process.platform === 'linux' && !isRealElectron)('an update (on the stand-in only)', () => {
  it('is found and downloaded, waits for a running request, and is then installed', async () => {
    await launchInstalled()
    const started = `${appImage}.started`
    feed.publish({ version: '9.9.9', channels: ['latest'], script: `echo > '${started}'` })
    const { answer, finish } = await stage.startChat(app, relay.url)
    await app.clickMenu('Check for updates')
    await page.getByText('Version 9.9.9').waitFor()
    await page.getByRole('button', { name: 'Restart to update' }).click()
    await page.getByText('will be installed when the running requests have finished').waitFor()
    await app.until(offersUpdate)
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
    finish()
    expect(await answer).toContain('"done":true')
    expect(await app.program.exit).toBe(0)
    expect(readFileSync(appImage, 'utf8')).not.toBe(OLD)
    await expect.poll(() => existsSync(started)).toBe(true)
  })

  it('is only offered if the user wants to be asked', async () => {
    await launchInstalled({ CLOUDTOLOCALLLM_UPDATES: 'notify' })
    feed.publish({ version: '9.9.9', channels: ['latest'] })
    await app.clickMenu('Check for updates')
    await page.getByText('Version 9.9.9 is available').waitFor()
    await app.until(offersUpdate)
    expect(feed.downloads).toEqual([])
    await page.getByRole('button', { name: 'Download' }).click()
    await page.getByRole('button', { name: 'Restart to update' }).waitFor()
    expect(feed.downloads).toEqual(['/CloudToLocalLLM-9.9.9.AppImage'])
  })

  it('that was tampered with is not installed, and the window shows an error', async () => {
    await launchInstalled()
    feed.publish({ version: '9.9.9', channels: ['latest'] })
    feed.change('latest-linux.yml', (text) => text.replaceAll(/sha512: .{10}/g, 'sha512: AAAAAAAAAA'))
    await goTo(page, 'Diagnostics')
    await page.getByRole('button', { name: 'Check for updates' }).click()
    await page.getByText('is still running').waitFor()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(readFileSync(appImage, 'utf8')).toBe(OLD)
  })
})
