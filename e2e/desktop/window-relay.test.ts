import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LANGUAGES } from '../../src/shared/i18n/language.ts'
import type { AppView, SetupView } from '../../src/shared/ipc/view.ts'
import type { BuiltInRelayStart } from '../../src/shared/ipc/relay-view.ts'
import { SCRIPT } from '../support/sample-script.ts'
import { builtInView, firstRunView, onlineView, withTheme } from '../support/sample-view.ts'
import { checkLayout, checkView } from '../support/window-check.ts'
import { byName, pageTab, WindowStage } from '../support/window-stage.ts'

const TALL = 1_900

let stage: WindowStage
beforeAll(async () => {
  stage = await WindowStage.start()
})
afterAll(() => stage.close())

const open: WindowStage['open'] = (...given) => stage.open(...given)
const tab = (window: Page, name: string) => window.getByRole('tab', { name, exact: true })
const heading = (window: Page) => window.getByRole('heading', { level: 1 }).textContent()
const isChosen = (window: Page, name: string) => tab(window, name).getAttribute('aria-selected')
const again: SetupView = { kind: 'needed', suggestion: null, canCancel: true }

describe('a relay in the first run', () => {
  it('is the built-in one unless the user chooses another, and is for the home network', async () => {
    const { page: window, asked, say } = await open(firstRunView)
    expect(await window.getByLabel('Home network').isChecked()).toBe(true)
    await byName(window, 'Start').click()
    const reach = 'network'
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'builtInRelay.start', payload: { reach } })
    await say('view.changed', builtInView())
    await window.getByText('Hello! I am here.').waitFor()
    expect(await window.getByRole('main').textContent()).toContain('http://192.168.1.5:3001')
    await byName(window, 'Add a phone').click()
    await byName(window, 'Show QR code').click()
    await window.getByText('only on the same network as this computer').waitFor()
  })

  it('can be for this computer only, and is started with the keyboard alone', async () => {
    const { page: window, asked, say } = await open(firstRunView)
    for (const key of ['Tab', 'Tab', 'ArrowDown', 'Enter']) await window.keyboard.press(key)
    const reach = 'computer'
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'builtInRelay.start', payload: { reach } })
    await say('view.changed', builtInView({ reach }))
    await window.getByText('Hello! I am here.').waitFor()
    expect(await byName(window, 'Add a phone').count()).toBe(0)
  })

  it('starts once, however often the button is pressed', async () => {
    const started = Promise.withResolvers<BuiltInRelayStart>()
    const { page: window, asked } = await open(firstRunView, {
      ...SCRIPT,
      'builtInRelay.start': () => started.promise,
    })
    const button = byName(window, 'Start')
    await button.click()
    await expect.poll(() => button.getAttribute('aria-disabled')).toBe('true')
    await button.press('Enter')
    started.resolve({ failure: null })
    await expect.poll(() => button.getAttribute('aria-disabled')).toBeNull()
    expect(asked.filter(({ name }) => name === 'builtInRelay.start')).toHaveLength(1)
  })

  it.each([
    ['portInUse', 'Another program is using the relay’s port. Close that program, then try again.'],
    ['noNetwork', 'This computer is not connected to a network.'],
    ['stopped', 'The relay stopped unexpectedly. Try again.'],
  ] as const)('that cannot start (%s): shows why, and can be started again', async (failure, text) => {
    let result: BuiltInRelayStart = { failure }
    const play = await open(
      firstRunView,
      { ...SCRIPT, 'builtInRelay.start': () => result },
      { width: 380, height: TALL },
    )
    const { page: window, asked } = play
    await byName(window, 'Start').click()
    const alert = window.locator('main [role=alert]')
    await alert.getByText(text).waitFor()
    await checkView(play, `setup-here-${failure}-light-380`)
    if (failure === 'stopped') {
      await byName(window, 'Open log folder').click()
      await expect.poll(() => asked.at(-1)).toEqual({ name: 'action.run', payload: 'openLogs' })
    }
    result = { failure: null }
    await byName(window, 'Start').click()
    await alert.waitFor({ state: 'detached' })
  })

  it('that cannot start for another reason: shows the error', async () => {
    const message = 'The system keychain cannot be used right now.'
    const { page: window } = await open(firstRunView, {
      ...SCRIPT,
      'builtInRelay.start': () => ({ ok: false, error: { code: 'SECRETS_UNAVAILABLE', message } }),
    })
    await byName(window, 'Start').click()
    await window.locator('main [role=alert]').getByText(message).waitFor()
  })
})

describe('the ways to a relay', () => {
  it('are reached with the arrow keys, which no field interrupts, and keep the choice that was made', async () => {
    const { page: window } = await open(firstRunView)
    await window.getByLabel('Only this computer').check()
    await tab(window, 'Try it here').focus()
    for (const name of ['I have a relay', 'Set one up', 'Try it here']) {
      await window.keyboard.press('ArrowRight')
      expect(await isChosen(window, name)).toBe('true')
    }
    expect(await window.getByLabel('Only this computer').isChecked()).toBe(true)
  })

  const suggestion = { relayUrl: 'https://relay.example.com/', code: 'ABCD-EFGH' }
  it.each<[string, AppView, string, string]>([
    ['a link', { ...firstRunView, setup: { ...again, suggestion } }, '', suggestion.relayUrl],
    ['a failed sign-in', { ...firstRunView, setup: { kind: 'failed', message: 'No.' } }, 'No.', ''],
    ['another relay', { ...onlineView, setup: again }, 'Change relay', 'https://relay.example.com/'],
  ])('begin with the address after %s', async (_case, view, text, address) => {
    const { page: window } = await open(view)
    expect(await isChosen(window, 'I have a relay')).toBe('true')
    const field = window.getByLabel('Relay address')
    expect(await field.inputValue()).toBe(address)
    expect(await window.evaluate('document.activeElement.id')).toBe('relay-url')
    expect(await window.locator('main').textContent()).toContain(text)
  })

  it('begin with the reach of a built-in relay, whose loopback address is nobody’s to enter', async () => {
    const { page: window } = await open({ ...builtInView({ reach: 'computer' }), setup: again })
    expect(await heading(window)).toBe('Change relay')
    expect(await window.getByLabel('Only this computer').isChecked()).toBe(true)
    await tab(window, 'I have a relay').click()
    expect(await window.getByLabel('Relay address').inputValue()).toBe('')
  })
})

describe('the built-in relay', () => {
  it('is shown with its reach, and is changed or stopped in the settings', async () => {
    const { page: window, asked } = await open(builtInView())
    const card = window.locator('section.card', { hasText: 'Built-in relay' })
    expect(await card.textContent()).toContain('Reachable fromHome network')
    expect(await card.textContent()).toContain('http://192.168.1.5:3001')
    await pageTab(window, 'connect').click()
    await window.getByText('Only devices on the same network can reach this relay').waitFor()
    await pageTab(window, 'settings').click()
    await byName(window, 'Stop relay…').click()
    await byName(window, 'Cancel').click()
    await byName(window, 'Change relay').click()
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'action.run', payload: 'signInAgain' })
    await byName(window, 'Stop relay…').click()
    await byName(window, 'Stop relay').click()
    await expect.poll(() => asked.at(-1)?.name).toBe('signOut')
  })

  it.each(['portInUse', 'stopped'] as const)('that does not run (%s) is a problem', async (failure) => {
    const play = await open(builtInView({ failure }), SCRIPT, { width: 380, height: TALL })
    const problem = play.page.getByRole('note').filter({ hasText: 'The built-in relay is not running' })
    expect(await problem.getByRole('button').allTextContents()).toEqual(
      failure === 'stopped' ? ['Open log folder'] : ['Change relay'],
    )
    await checkView(play, `status-${failure}-light-380`)
  })

  it.each([
    ['en', 'light', 380],
    ['de', 'dark', 900],
  ] as const)(
    'asks before it opens to another network (%s, %s, %d px wide)',
    async (language, theme, width) => {
      const view = builtInView({ reach: 'computer', closed: 'untrusted' }, language)
      const play = await open(withTheme(view, theme), SCRIPT, { width, height: TALL })
      await checkView(play, `status-closed-${language}-${theme}-${width}`)
      const button = language === 'en' ? 'Allow on this network' : 'In diesem Netzwerk erlauben'
      await byName(play.page, button).click()
      await expect.poll(() => play.asked.at(-1)).toEqual({ name: 'action.run', payload: 'allowNetwork' })
      await pageTab(play.page, 'connect').click()
      expect(await play.page.getByRole('button', { name: /phone|Telefon/ }).count()).toBe(0)
      await checkView(play, `connect-closed-${language}-${theme}-${width}`)
    },
  )

  it.each([
    ['network', 'light', 380],
    ['computer', 'dark', 900],
  ] as const)('for the %s passes the checks in %s, %d px wide', async (reach, theme, width) => {
    const view = builtInView({ reach })
    const play = await open(withTheme(view, theme), SCRIPT, { width, height: TALL })
    for (const id of ['status', 'connect', 'settings'] as const) {
      await pageTab(play.page, id).click()
      await checkView(play, `${id}-${reach}-${theme}-${width}`)
    }
  })

  it.each(LANGUAGES.filter((language) => language !== 'en'))(
    'fits into a narrow window in %s',
    async (language) => {
      const view = builtInView({}, language)
      const play = await open(view, SCRIPT, { width: 380, height: TALL })
      for (const id of ['status', 'connect', 'settings'] as const) {
        await pageTab(play.page, id).click()
        await checkLayout(play, `${id}-network-${language}-380`)
      }
      await play.say('view.changed', builtInView({ reach: 'computer', closed: 'untrusted' }, language))
      await pageTab(play.page, 'status').click()
      await checkLayout(play, `status-closed-${language}-380`)
      await play.say('view.changed', { ...view, setup: again })
      await checkLayout(play, `setup-change-${language}-380`)
    },
  )
})
