import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DesktopApp } from '../support/desktop-app.ts'
import { DesktopStage } from '../support/desktop-stage.ts'

let stage: DesktopStage
let app: DesktopApp
let page: Page
beforeAll(async () => {
  stage = await DesktopStage.start()
  app = await stage.launchPaired(await stage.startRelay())
  page = await app.window()
})
afterAll(async () => {
  await stage.close()
})

describe('a compromised page', () => {
  it.each([
    ['an unknown request', `'files.read', { path: '/etc/passwd' }`, 'NOT_FOUND'],
    ['a name of every object', `'constructor'`, 'NOT_FOUND'],
    ['a payload that is too much', `'keys.revoke', { id: 'x', force: true }`, 'BAD_REQUEST'],
    ['a payload of another type', `'settings.setLaunchAtLogin', { on: 'yes' }`, 'BAD_REQUEST'],
    ['no payload', `'relay.pair'`, 'BAD_REQUEST'],
    ['a link of its own', `'link.open', 'https://evil.example/'`, 'BAD_REQUEST'],
  ])('is refused %s', async (_what, args, code) => {
    expect(await page.evaluate(`window.app.request(${args})`)).toMatchObject({ ok: false, error: { code } })
  })

  it('finds nothing of Node or Electron', async () => {
    expect(await page.evaluate('[typeof require, typeof process, typeof module]')).toEqual(
      Array.from({ length: 3 }, () => 'undefined'),
    )
    expect(await page.evaluate('Object.keys(window.app).sort().join()')).toBe('on,request')
  })

  it('cannot navigate or open windows', async () => {
    const url = page.url()
    const windows = app.state.windows.length
    for (const attempt of [
      `location.href = 'https://evil.example/'`,
      `window.open('https://evil.example/')`,
      `document.body.append(Object.assign(document.createElement('a'), { id: 'away', href: 'https://evil.example/', target: '_blank' })); document.getElementById('away').click()`,
    ])
      await page.evaluate(`void (() => { ${attempt} })()`)
    expect(await page.evaluate('window.app.request("view.get").then(({ ok }) => ok)')).toBe(true)
    expect(page.url()).toBe(url)
    expect(app.state.windows).toHaveLength(windows)
    expect(app.state.opened).toEqual([])
  })

  it('cannot reach the network or run foreign scripts', async () => {
    const violated = `new Promise((resolve) => document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)))`
    const fetched = page.evaluate(violated)
    await page.evaluate(`void fetch('https://evil.example/').catch(() => {})`)
    expect(await fetched).toBe('connect-src')
    const loaded = page.evaluate(violated)
    await page.evaluate(
      `void document.body.append(Object.assign(document.createElement('script'), { src: 'https://evil.example/x.js' }))`,
    )
    expect(await loaded).toBe('script-src-elem')
  })

  it('gets no permissions', async () => {
    for (const name of ['geolocation', 'notifications', 'camera', 'microphone'])
      expect(
        await page.evaluate(`navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`),
      ).toBe('denied')
  })
})
