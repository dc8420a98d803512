import { once } from 'node:events'
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppApi } from '../../src/shared/ipc/contract.ts'
import { homeAddress } from '../../src/main/app/own-network.ts'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, isOnline, statusOf } from '../support/desktop-stage.ts'
import { until } from '../support/until.ts'

declare const window: { readonly app: AppApi }

const isLinux = process.platform === 'linux'
const home = await homeAddress()

let stage: DesktopStage
beforeAll(async () => {
  stage = await DesktopStage.start()
})
afterAll(() => stage.close())

/** An app that runs its own relay. @returns also its URL and the default key */
async function launchWithOwnRelay(dataDir: string) {
  const app = await stage.launch({ dataDir })
  const page = await app.window()
  await page.getByLabel('Only this computer').check()
  await page.getByRole('button', { name: 'Start' }).click()
  const problem = page.locator('.message.error')
  await page.getByRole('heading', { name: 'It works' }).or(problem).waitFor()
  expect(await problem.allTextContents()).toEqual([])
  await expect(page.locator('blockquote').textContent()).resolves.toMatch(/token-0/)
  return { app, ...(await addressOf(app)) }
}

async function addressOf(app: DesktopApp) {
  const copied = async (label: string): Promise<string> => {
    const before = app.state.copied
    await app.clickMenu(label)
    return (await app.until((state) => state.copied !== null && state.copied !== before)).copied ?? ''
  }
  return { url: await copied('Copy address'), key: await copied('Copy key') }
}

const pageAt = async (url: string): Promise<string> => {
  const response = await fetch(url, { headers: { accept: 'text/html' } })
  return response.text()
}

const isServed = async (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  )

describe('the built-in relay', () => {
  it('answers the first chat, serves clients and the chat page, ends with the app, and returns with it at the same URL', async () => {
    const dataDir = await stage.workshop.dataDir()
    const { app, url, key } = await launchWithOwnRelay(dataDir)
    await until(async () => (await statusOf(url, key)) === 200)
    expect(await pageAt(url)).toContain('<!doctype html>')
    await app.quit()
    expect(await app.program.exit).toBe(0)
    expect(await isServed(url)).toBe(false)

    const other = createServer().listen(Number(new URL(url).port), '127.0.0.1')
    await once(other, 'listening')
    const again = await stage.launch({ dataDir })
    const page = await again.window()
    await page.getByText(/Another program is using port \d+/).waitFor()
    other.close()
    await again.until(isOnline)
    await until(async () => (await statusOf(url, key)) === 200)
  })

  it.skipIf(!isLinux)(
    `returns after a crash, and ends for good when the device uses another relay${isLinux ? '' : ' (not tried here: reads /proc)'}`,
    async () => {
      const dataDir = await stage.workshop.dataDir()
      const { app, url, key } = await launchWithOwnRelay(dataDir)
      const pid = await listenerAt(url)
      process.kill(pid, 'SIGKILL')
      await until(async () => (await listenerAt(url).catch(() => pid)) !== pid)
      await until(async () => (await statusOf(url, key)) === 200)

      const relay = await stage.startRelay()
      const other = { url: relay.url, code: await relay.pairingCode() }
      const page = await app.window()
      const answer = await page.evaluate((given) => window.app.request('relay.pair', given), other)
      expect(answer).toMatchObject({ ok: true })
      await until(async () => !(await isServed(url)))
      const file = join(dataDir, 'built-in-relay.json')
      await until(async () => JSON.parse(await readFile(file, 'utf8')) === null)
    },
  )

  it.skipIf(home === null)(
    `is opened to the home network, and closed again${home === null ? ' (not tried here: no private address)' : ''}`,
    async () => {
      const app = await stage.launch()
      const page = await app.window()
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByRole('heading', { name: 'It works' }).waitFor()
      const url = await page.getByText(`http://${home}:`).first().textContent()
      expect((await fetch(url!, { headers: { accept: 'text/html' } })).status).toBe(200)
      await page.getByRole('button', { name: 'Add a phone' }).click()
      await page.getByRole('button', { name: 'Show QR code' }).click()
      await page.getByText('only on the same network as this computer').waitFor()
      await page.getByRole('button', { name: 'Done' }).last().click()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByText('Anyone on your home network can read the traffic').waitFor()
      await page.getByRole('button', { name: 'Change relay' }).click()
      await page.getByLabel('Only this computer').check()
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByRole('heading', { name: 'It works' }).waitFor()
      await page.getByText('http://127.0.0.1:').first().waitFor()
      await expect(fetch(url!)).rejects.toThrow('fetch failed')
    },
  )

  it.skipIf(home === null)(
    `is for this computer only in another network, until the user allows it${home === null ? ' (not tried here: no private address)' : ''}`,
    async () => {
      const dataDir = await stage.workshop.dataDir()
      const { app, url, key } = await launchWithOwnRelay(dataDir)
      await app.quit()
      await app.program.exit
      const file = join(dataDir, 'built-in-relay.json')
      const kept = JSON.parse(await readFile(file, 'utf8'))
      const elsewhere = { subnet: '10.99.0.0/24', gateway: 'dc:39:6f:12:34:56' }
      await writeFile(file, JSON.stringify({ ...kept, reach: 'network', networks: [elsewhere] }))

      const page = await (await stage.launch({ dataDir })).window()
      await page.getByText('Not reachable on this network').waitFor()
      await until(async () => (await statusOf(url, key)) === 200)
      const outside = url.replace('127.0.0.1', home!)
      expect(await isServed(outside)).toBe(false)
      await page.getByRole('button', { name: 'Allow on this network' }).click()
      await page.getByText(outside).first().waitFor()
      await until(async () => (await statusOf(outside, key)) === 200)
    },
  )

  it.skipIf(home !== null)(
    `says that there is no home network, and can be for this computer${home === null ? '' : ' (not tried here: there is one)'}`,
    async () => {
      const page = await (await stage.launch()).window()
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByText('This computer is not connected to a network.').waitFor()
      await page.getByLabel('Only this computer').check()
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByRole('heading', { name: 'It works' }).waitFor()
    },
  )
})

/** Process that listens at this port of this machine. */
async function listenerAt(url: string): Promise<number> {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')
  const rows = (await readFile('/proc/net/tcp', 'utf8')).split('\n').map((row) => row.trim().split(/\s+/))
  const inode = rows.find(([, local, , state]) => local === `0100007F:${port}` && state === '0A')?.[9]
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
    const targets = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
    if (targets.includes(`socket:[${inode}]`)) return Number(pid)
  }
  throw new Error(`no process listens at ${url}`)
}
