import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { PAGE_IDS, type PageId } from '../../src/shared/ipc/contract.ts'
import { LANGUAGES } from '../../src/shared/i18n/language.ts'
import {
  connections,
  emptyView,
  firstRunView,
  onlineIn,
  onlineView,
  usageOver,
  withTheme,
} from '../support/sample-view.ts'
import { NEW_KEY, SCRIPT } from '../support/sample-script.ts'
import { checkView, checkLayout } from '../support/window-check.ts'
import { byName, pageTab, WindowStage } from '../support/window-stage.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGES: readonly PageId[] = PAGE_IDS
const THEMES = ['light', 'dark'] as const
/** The theme changes colours, and the width changes the layout: each is examined once. */
const LOOKS = [
  ['light', 380],
  ['light', 900],
  ['dark', 900],
] as const
/** A screenshot contains the whole page. */
const TALL = 1_900

let stage: WindowStage
beforeAll(async () => {
  stage = await WindowStage.start()
})
afterAll(() => stage.close())

const open: WindowStage['open'] = (...given) => stage.open(...given)

/** Opens the history of the requests page. */
async function showStatistics(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Statistics' }).click()
  await page.getByRole('img').first().waitFor()
}

describe.each(LOOKS)('in %s, %d px wide', (theme, width) => {
  const look = `${theme}-${width}`

  it('every page passes the checks', async () => {
    const play = await open(withTheme(onlineView, theme), SCRIPT, { width, height: TALL })
    for (const id of PAGES) {
      await pageTab(play.page, id).click()
      await checkView(play, `${id}-${look}`)
    }
    await pageTab(play.page, 'requests').click()
    await showStatistics(play.page)
    await play.page.getByText('Show as a table').click()
    await checkView(play, `usage-${look}`)
  })

  it('every empty page passes the checks', async () => {
    const play = await open(withTheme(emptyView, theme), SCRIPT, { width })
    for (const id of ['status', 'connect', 'keys', 'requests'] as const) {
      await pageTab(play.page, id).click()
      await checkView(play, `${id}-empty-${look}`)
    }
  })

  it('every dialog and every outcome passes the checks', async () => {
    const play = await open(withTheme(onlineView, theme), SCRIPT, { width })
    const { page } = play
    await byName(page, 'Send a test chat').click()
    await page.locator('.chat').waitFor()
    await checkView(play, `status-chat-${look}`)
    await pageTab(page, 'connect').click()
    await byName(page, 'Add a phone').click()
    await checkView(play, `phone-new-${look}`)
    await byName(page, 'Show QR code').click()
    await page.locator('.qr').waitFor()
    await checkView(play, `phone-made-${look}`)
    await byName(page, 'Done').click()
    await pageTab(page, 'keys').click()
    await byName(page, 'New key').click()
    await page.getByLabel('Manage models').check()
    await page.getByLabel('Selected models').check()
    await checkView(play, `keys-new-${look}`)
    await page.getByLabel('Name').fill('Phone')
    await page.getByLabel('All models, including new ones').check()
    await byName(page, 'Create key').click()
    await page.locator('.secret').waitFor()
    await checkView(play, `keys-created-${look}`)
    await byName(page, 'Done').click()
    await byName(page, 'Edit Phone').click()
    await checkView(play, `keys-edit-${look}`)
    await byName(page, 'Cancel').click()
    await byName(page, 'Revoke This app').click()
    await checkView(play, `keys-revoke-${look}`)
    await byName(page, 'Cancel').click()
    await pageTab(page, 'diagnostics').click()
    await byName(page, 'Run checks').click()
    await page.locator('.check').first().waitFor()
    await checkView(play, `diagnostics-checked-${look}`)
  })

  it('every step of the first run passes the checks', async () => {
    const play = await open(withTheme(firstRunView, theme), SCRIPT, { width })
    const { page } = play
    await checkView(play, `setup-here-${look}`)
    await page.getByRole('tab', { name: 'Set one up' }).click()
    await checkView(play, `setup-create-${look}`)
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await checkView(play, `setup-relay-${look}`)
    await page.getByLabel('Relay address').fill('relay.example.com')
    await byName(page, 'Continue').click()
    await page.getByLabel('One-time code').waitFor()
    await checkView(play, `setup-join-${look}`)
    await play.say('view.changed', {
      ...withTheme(firstRunView, theme),
      setup: { kind: 'browser', issuer: 'accounts.example.com' },
    })
    await checkView(play, `setup-browser-${look}`)
    await play.say('view.changed', withTheme(onlineView, theme))
    await page.locator('.chat').waitFor()
    await checkView(play, `setup-works-${look}`)
  })
})

it.each(THEMES)('every state of the tunnel is shown correctly in %s', async (theme) => {
  const play = await open(withTheme(onlineView, theme), SCRIPT, { width: 640 })
  for (const connection of Object.values(connections)) {
    await play.say('view.changed', { ...withTheme(onlineView, theme), connection })
    const hero = play.page.locator(`.hero[data-kind=${connection.kind}]`)
    expect(await hero.getByRole('heading').textContent()).toBe(connection.title)
    expect(await hero.getByRole('button').allTextContents()).toEqual(
      connection.actions.map(({ label }) => label),
    )
    expect(await byName(play.page, 'Send a test chat').isEnabled()).toBe(connection.kind === 'online')
    await checkView(play, `connection-${connection.kind}-${theme}`)
  }
})

describe.each(LANGUAGES.filter((language) => language !== 'en'))('in %s', (language) => {
  it('every page fits into the window', async () => {
    const view = onlineIn(language)
    const play = await open(view, SCRIPT, { width: 380, height: TALL })
    const { page } = play
    expect(await page.evaluate('document.documentElement.lang')).toBe(language)
    // The longest words, and other glyphs.
    for (const width of language === 'de' || language === 'ja' ? [380, 1_280] : [380]) {
      await page.setViewportSize({ width, height: TALL })
      for (const id of PAGES) {
        await pageTab(page, id).click()
        await checkLayout(play, `${id}-${language}-${width}`)
      }
      await pageTab(page, 'requests').click()
      await page.locator('#views-tab-usage').click()
      await page.getByRole('img').first().waitFor()
      await checkLayout(play, `usage-${language}-${width}`)
    }
    await play.say('view.changed', { ...view, setup: firstRunView.setup })
    await page.setViewportSize({ width: 380, height: 900 })
    await checkLayout(play, `setup-${language}-380`)
  })
})

describe('usage statistics', () => {
  it('have the same figures in a chart and in a table, for the chosen days', async () => {
    const { page, asked } = await open(onlineView)
    await pageTab(page, 'requests').click()
    await showStatistics(page)
    expect(asked.at(-1)).toEqual({ name: 'usage.get', payload: { days: 30 } })
    await page.getByLabel('Period').selectOption('7')
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'usage.get', payload: { days: 7 } })
    await expect.poll(() => page.locator('.chart').first().locator('g').count()).toBe(7)
    await page.locator('summary').focus()
    await page.keyboard.press('Enter')
    const used = usageOver(7).days.filter(({ requests }) => requests > 0)
    const rows = page.getByRole('table').first().getByRole('row')
    expect(await rows.count()).toBe(1 + used.length)
    const highest = Math.max(...used.map(({ requests }) => requests))
    expect(await page.getByRole('img', { name: /^Requests/ }).getAttribute('aria-label')).toContain(
      `Highest: ${highest} on`,
    )
    await page.getByText('Unknown model').waitFor()
    await page.getByText('Without a key').waitFor()
  })

  it('are exported as a file, and deleted only after a question', async () => {
    const { page, asked } = await open(onlineView)
    await pageTab(page, 'requests').click()
    await showStatistics(page)
    await byName(page, 'Export CSV…').click()
    await page.getByText('/home/me/cloudtolocalllm-usage.csv').waitFor()
    await byName(page, 'Delete usage statistics').click()
    await page.keyboard.press('Escape')
    expect(asked.some(({ name }) => name === 'usage.clear')).toBe(false)
    await byName(page, 'Delete usage statistics').click()
    await byName(page, 'Delete').click()
    await expect.poll(() => asked.slice(-2).map(({ name }) => name)).toEqual(['usage.clear', 'usage.get'])
  })

  it('say that they are empty, turned off, managed or unavailable', async () => {
    let usage = { ...usageOver(30), days: [], models: [], keys: [] }
    const { page, asked, say } = await open(onlineView, { ...SCRIPT, 'usage.get': () => usage })
    const { settings } = onlineView
    await pageTab(page, 'requests').click()
    await page.getByRole('tab', { name: 'Statistics' }).click()
    await page.getByText('No statistics yet').waitFor()
    const off = { ...settings, values: { ...settings.values, keepUsage: false } }
    await say('view.changed', { ...onlineView, settings: off })
    await byName(page, 'Turn on').click()
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'settings.patch', payload: { keepUsage: true } })
    await say('view.changed', { ...onlineView, settings: { ...off, locked: ['keepUsage'] } })
    await page.getByText('Managed by your organization.').waitFor()
    expect(await byName(page, 'Turn on').count()).toBe(0)
    usage = { ...usage, isAvailable: false }
    await page.getByLabel('Period').selectOption('90')
    await page.getByText('Not available in this version').waitFor()
  })
})

test('jobs show their progress, and are cancelled, retried, saved and deleted', async () => {
  const { page, asked } = await open(onlineView)
  await pageTab(page, 'jobs').click()
  await page.getByText('4.2 GB of 14 GB, 23 MB/s, 6m 50s left').waitFor()
  await page.getByText('181 of 500 requests, 2 failed').waitFor()
  await page.getByText('Jobs wait while clients use the models.').waitFor()
  const percents = `[...document.querySelectorAll('progress')].map(({ value }) => Math.round(value))`
  expect(await page.evaluate(percents)).toEqual([30, 37])
  const changes = () => asked.filter(({ name }) => /^jobs\.(?!list)/.test(name))
  await byName(page, 'Cancel gpt-oss:20b').click()
  await page.locator('#page').getByRole('button', { name: 'Retry' }).click()
  await byName(page, 'Save result of llama3.2:latest').click()
  await page.getByText('/home/me/cloudtolocalllm-job.json').waitFor()
  await byName(page, 'Delete llama3.2:latest').last().click()
  await expect.poll(changes).toEqual([
    { name: 'jobs.cancel', payload: { id: 'job_pull' } },
    { name: 'jobs.retry', payload: { id: 'job_bad' } },
    { name: 'jobs.save', payload: { id: 'resp_1' } },
    { name: 'jobs.remove', payload: { id: 'job_bad' } },
  ])
})

test('a page without a relay leads to the setup', async () => {
  const { page, asked } = await open({ ...onlineView, relay: null, endpoint: null })
  for (const id of ['connect', 'devices'] as const) {
    await pageTab(page, id).click()
    await byName(page, 'Connect to a relay').click()
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'action.run', payload: 'signInAgain' })
  }
})

describe('a new snapshot', () => {
  it('leaves focus, half-typed text and scroll position alone', async () => {
    const { page, say } = await open(onlineView)
    await pageTab(page, 'settings').click()
    await page.getByLabel('Concurrent requests').fill('12')
    const before = await page.evaluate(`document.querySelector('.main').scrollTop`)
    await say('view.changed', { ...onlineView, version: '0.2.0', keys: [], requests: [] })
    expect(await page.getByLabel('Concurrent requests').inputValue()).toBe('12')
    expect(await page.evaluate('document.activeElement.id')).toBe('maxConcurrent')
    expect(await page.evaluate(`document.querySelector('.main').scrollTop`)).toBe(before)
  })

  it('preserves an open dialog and its content', async () => {
    const { page, say } = await open(onlineView)
    await pageTab(page, 'keys').click()
    await byName(page, 'New key').click()
    await page.getByLabel('Name').fill('Pho')
    await page.getByLabel('Manage models').check()
    await page.getByLabel('Name').focus()
    await say('view.changed', { ...onlineView, keys: [] })
    await page.keyboard.type('ne')
    expect(await page.getByLabel('Name').inputValue()).toBe('Phone')
    expect(await page.getByLabel('Manage models').isChecked()).toBe(true)
  })

  it('keeps a row’s element when others are inserted before it', async () => {
    const { page, say } = await open(onlineView)
    await pageTab(page, 'requests').click()
    await page.evaluate(`document.querySelectorAll('.request')[2].seen = true`)
    const [first] = onlineView.requests
    await say('view.changed', { ...onlineView, requests: [{ ...first!, id: 'new' }, ...onlineView.requests] })
    expect(
      await page.evaluate(`[...document.querySelectorAll('.request')].findIndex((row) => row.seen)`),
    ).toBe(3)
  })

  it('that arrives before the first frame of a page leaves the window working', async () => {
    const { page, complaints } = await open(onlineView)
    for (const id of PAGES) {
      // In one task: the page is drawn twice without a frame in between, so its effects run in the middle of the second.
      await page.evaluate(
        `Promise.resolve(stageSay('page.show', '${id}')).then(() => stageSay('view.changed', ${JSON.stringify(onlineView)}))`,
      )
      await pageTab(page, 'status').click()
      await byName(page, 'Send a test chat').waitFor()
    }
    expect(complaints).toEqual([])
  })

  it('is shown at the location given by the main process', async () => {
    const { page, say } = await open(onlineView)
    await say('page.show', 'keys')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Keys')
  })
})

describe('a key', () => {
  it('can be created with the keyboard alone, is shown once, and disappears once it is saved', async () => {
    const { page, asked } = await open(onlineView)
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('Tab', 'ArrowDown', 'ArrowDown')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Keys')
    // The page itself can be scrolled, then comes its first button.
    await press('Tab', 'Tab', 'Enter')
    await page.keyboard.type('Tablet')
    await press('Enter')
    await page.locator('.secret').waitFor()
    expect(asked.find(({ name }) => name === 'keys.create')?.payload).toEqual({
      name: 'Tablet',
      scopes: ['inference', 'read'],
      models: null,
      expiresInDays: null,
      requestsPerMinute: null,
      maxConcurrent: null,
    })
    // Escape, pressed in haste, would lose it.
    await press('Escape', 'Escape')
    expect(await page.locator('.secret').textContent()).toBe(NEW_KEY)
    await byName(page, 'Copy key').press('Enter')
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'text.copy', payload: { text: NEW_KEY } })
    await byName(page, 'Done').press('Enter')
    await expect.poll(() => page.content()).not.toContain(NEW_KEY)
    expect(await page.evaluate('document.activeElement.textContent')).toBe('New key')
  })

  it('that was created stays visible when the tray opens another page', async () => {
    const { page, say } = await open(onlineView)
    await pageTab(page, 'keys').click()
    await byName(page, 'New key').click()
    await page.getByLabel('Name').fill('Phone')
    await byName(page, 'Create key').click()
    await page.locator('.secret').waitFor()
    await say('page.show', 'settings')
    expect(await page.locator('.secret').textContent()).toBe(NEW_KEY)
  })

  it('that cannot be created shows the reason beside the input', async () => {
    const message = 'There are too many keys.'
    const { page } = await open(onlineView, {
      'keys.create': () => ({ ok: false, error: { code: 'BAD_REQUEST', message } }),
    })
    await pageTab(page, 'keys').click()
    await byName(page, 'New key').click()
    await byName(page, 'Create key').click()
    expect(await page.locator('dialog [role=alert]').textContent()).toBe('Give the key a name.')
    await page.getByLabel('Name').fill('Phone')
    await byName(page, 'Create key').click()
    await page.getByText(message).waitFor()
    expect(await page.getByLabel('Name').inputValue()).toBe('Phone')
  })

  it('is revoked only after confirmation, and the focus stays on the page', async () => {
    const { page, asked, say } = await open(onlineView)
    await pageTab(page, 'keys').click()
    await byName(page, 'Revoke Phone').click()
    await page.keyboard.press('Escape')
    await byName(page, 'Revoke Phone').click()
    expect(asked.some(({ name }) => name === 'keys.revoke')).toBe(false)
    await say('view.changed', { ...onlineView, keys: [] })
    await byName(page, 'Revoke key').click()
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'keys.revoke', payload: { id: 'k2' } })
    await page.locator('dialog').waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.className')).toBe('main')
  })
})

describe('settings', () => {
  it('that are managed by the environment are locked, and show it', async () => {
    const locked = [
      'upstream',
      'deviceName',
      'ownerScopes',
      'maxConcurrent',
      'keepUsage',
      'jobsPaused',
      'jobsOnlyAtNight',
      'jobsOnBattery',
      'startMinimized',
      'trayStyle',
      'updateMode',
      'updateChannel',
      'allowPrivilegedUpdates',
      'theme',
      'language',
      'notifyNewClient',
      'notifyRelayDown',
      'notifyUpdate',
    ]
    const { page } = await open({ ...onlineView, settings: { ...onlineView.settings, locked } })
    await pageTab(page, 'settings').click()
    const controls = page.locator('#page').locator('input, select')
    const free = await controls.evaluateAll((all) =>
      all.filter((control) => !('disabled' in control && control.disabled)).map(({ id }) => id),
    )
    expect(free).toEqual(['launchAtLogin'])
    expect(await page.getByText('Managed by your organization.').count()).toBe(18)
  })

  it('that are refused stay as entered, with the reason next to them', async () => {
    const message = 'That is no address.'
    const { page, asked } = await open(onlineView, {
      'settings.patch': () => ({ ok: false, error: { code: 'CONFIG_INVALID', message } }),
    })
    await pageTab(page, 'settings').click()
    await page.getByLabel('Use a custom address').check()
    const field = page.getByLabel('Model server address')
    await field.fill('nowhere')
    await field.press('Enter')
    await page.locator('#upstream-error').waitFor()
    expect(asked.at(-1)).toEqual({ name: 'settings.patch', payload: { upstream: 'nowhere' } })
    expect(await field.inputValue()).toBe('nowhere')
    expect(await field.getAttribute('aria-describedby')).toContain('upstream-error')
    expect(await page.locator('#upstream-error').textContent()).toBe(message)
    await page.getByLabel('Start minimized').click()
    await page.locator('#startMinimized-error').waitFor()
    expect(await page.getByLabel('Start minimized').isChecked()).toBe(false)
  })

  it('appear saved immediately, before the next snapshot arrives', async () => {
    const { page, say, asked } = await open(onlineView)
    await pageTab(page, 'settings').click()
    const control = page.getByLabel('Start at login')
    await control.click()
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ name: 'settings.setLaunchAtLogin', payload: { on: true } })
    await page.locator('[role=status]').getByText('Saved', { exact: true }).waitFor({ state: 'attached' })
    expect(await control.isChecked()).toBe(true)
    // It was switched off elsewhere.
    await say('view.changed', { ...onlineView, version: '0.2.0' })
    expect(await control.isChecked()).toBe(false)
  })

  it('can use a detected server', async () => {
    const { page, asked } = await open(onlineView)
    await pageTab(page, 'settings').click()
    await byName(page, 'Search for servers').click()
    await byName(page, 'Use LM Studio at http://127.0.0.1:1234').click()
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ name: 'settings.patch', payload: { upstream: 'http://127.0.0.1:1234' } })
  })
})

async function enterAddress(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'I have a relay' }).click()
  await page.getByLabel('Relay address').fill('relay.example.com')
  await byName(page, 'Continue').click()
}

describe('the first run', () => {
  it('ends with an answer from the model, then goes to the status page', async () => {
    const { page, asked, say } = await open(firstRunView)
    for (const key of ['Tab', 'ArrowRight', 'Tab']) await page.keyboard.press(key)
    await page.keyboard.type('relay.example.com')
    await page.keyboard.press('Enter')
    await page.getByLabel('One-time code').waitFor()
    // The step begins in its field.
    await page.keyboard.type(' ABCD-EFGH ')
    await page.keyboard.press('Enter')
    await expect
      .poll(() => asked.at(-1))
      .toEqual({ name: 'relay.pair', payload: { url: 'https://relay.example.com/', code: 'ABCD-EFGH' } })
    await say('view.changed', { ...onlineView, connection: connections.connecting })
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Connecting')
    await say('view.changed', onlineView)
    await page.getByText('Hello! I am here.').waitFor()
    await say('view.changed', { ...onlineView, version: '0.2.0' })
    expect(asked.filter(({ name }) => name === 'chat.try')).toHaveLength(1)
    await byName(page, 'Done').click()
    expect(await pageTab(page, 'status').getAttribute('aria-selected')).toBe('true')
  })

  it('shows the error of a wrong code next to the code', async () => {
    const { page } = await open(firstRunView, {
      ...SCRIPT,
      'relay.pair': () => ({
        ok: false,
        error: { code: 'PAIRING_CODE_INVALID', message: 'The code is wrong.' },
      }),
    })
    await enterAddress(page)
    await page.getByLabel('One-time code').fill('AAAA-AAAA')
    await byName(page, 'Pair').click()
    await expect.poll(() => page.locator('#pairing-code-error').textContent()).toBe('The code is wrong.')
  })

  it('shows the values from a link, once, and names the link as their source', async () => {
    const setup = {
      kind: 'needed',
      canCancel: false,
      suggestion: { relayUrl: 'https://relay.example.com/', code: 'ABCD-EFGH' },
    } as const
    const { page, say } = await open(firstRunView)
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await page.getByLabel('Relay address').fill('https://typed.example')
    await say('view.changed', { ...firstRunView, setup })
    expect(await page.getByLabel('Relay address').inputValue()).toBe('https://relay.example.com/')
    await byName(page, 'Continue').click()
    await page.getByText('Filled in from a link').waitFor()
    expect(await page.getByLabel('One-time code').inputValue()).toBe('ABCD-EFGH')
    await page.getByLabel('One-time code').fill('WXYZ-WXYZ')
    await say('view.changed', { ...firstRunView, setup, version: '0.2.0' })
    expect(await page.getByLabel('One-time code').inputValue()).toBe('WXYZ-WXYZ')
  })

  it('shows the error of a failed sign-in next to the button', async () => {
    const { page, say } = await open(firstRunView)
    await enterAddress(page)
    await page.getByLabel('One-time code').waitFor()
    await say('view.changed', { ...firstRunView, setup: { kind: 'failed', message: 'Nobody signed in.' } })
    expect(await page.locator('section.card [role=alert]').textContent()).toBe('Nobody signed in.')
    expect(await page.locator('form [role=alert]').count()).toBe(0)
  })

  it('can be cancelled while the browser is open', async () => {
    const { page, asked } = await open({
      ...firstRunView,
      setup: { kind: 'browser', issuer: 'accounts.example.com' },
    })
    await byName(page, 'Cancel').click()
    await expect.poll(() => asked.at(-1)?.name).toBe('signIn.cancel')
  })
})

test('markup in names and errors stays text', async () => {
  const evil = '<img src=x onerror="document.title=1"><b>&amp;'
  const { page, complaints } = await open(
    {
      ...onlineView,
      connection: { ...onlineView.connection, title: evil, detail: evil },
      upstream: { ...onlineView.upstream, title: evil, models: [evil] },
      keys: onlineView.keys.map((key) => ({ ...key, name: evil, models: [evil] })),
      requests: onlineView.requests.map((request) => ({ ...request, model: evil, key: evil, error: evil })),
    },
    { ...SCRIPT, 'doctor.run': () => ({ ok: false, error: { code: 'INTERNAL', message: evil } }) },
  )
  for (const id of PAGES) {
    await pageTab(page, id).click()
    expect(await page.locator('img, b').count()).toBe(0)
  }
  await byName(page, 'Run checks').click()
  await page.locator('.notice').getByText(evil).waitFor()
  await byName(page, 'Dismiss').click()
  expect(await page.locator('.notice').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('bidirectional marks are made visible, in text and in attributes', async () => {
  const [first, ...others] = onlineView.keys
  const { page } = await open({ ...onlineView, keys: [{ ...first!, name: 'my\u202Ephone' }, ...others] })
  await pageTab(page, 'keys').click()
  await page.getByRole('cell').getByText('my\uFFFDphone').waitFor()
  await byName(page, 'Revoke my\uFFFDphone').click()
  await page.getByRole('heading', { name: 'Revoke “my\uFFFDphone”?' }).waitFor()
})

test('the countdown to the next attempt decreases', async () => {
  const { page } = await open({
    ...onlineView,
    connection: { ...connections.waiting, retryAt: Date.now() + 3_000 },
  })
  await page.getByText('Trying again now').waitFor()
})

test('copying is announced', async () => {
  const { page, asked } = await open(onlineView)
  await pageTab(page, 'connect').click()
  await page.getByRole('tab', { name: 'PowerShell' }).press('ArrowRight')
  expect(await page.getByRole('tabpanel', { name: 'curl' }).textContent()).toContain('Bearer YOUR_KEY')
  await byName(page, 'Copy the lines for curl').click()
  await page.locator('[role=status]').getByText('Copied', { exact: true }).waitFor({ state: 'attached' })
  expect(asked.at(-1)).toEqual({ name: 'endpoint.copy', payload: 'curl' })
})

test('the preload script needs only what a sandbox provides', async () => {
  const script = await readFile(join(ROOT, 'dist/preload/preload.cjs'), 'utf8')
  expect([...script.matchAll(/\b(?:require|import)\b[^;\n]*/g)].map(String)).toEqual(['require("electron")'])
})
