import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AppApi } from '../../src/shared/ipc/contract.ts'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage, isOnline, statusOf } from '../support/desktop-stage.ts'
import { until } from '../support/until.ts'

declare const window: { readonly app: AppApi }

const isLinux = process.platform === 'linux'

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
  await page.getByRole('heading', { name: 'It works' }).waitFor()
  await expect(page.locator('blockquote').textContent()).resolves.toMatch(/token-0/)
  return { app, ...(await addressOf(app)) }
}

async function addressOf(app: DesktopApp) {
  const copied = async (label: string): Promise<string> => {
    const before = app.state.copied
    await app.clickMenu(label)
    return (await app.until((state) => state.copied !== null && state.copied !== before)).copied ?? ''
  }
  return { url: await copied('Copy URL'), key: await copied('Copy key') }
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
