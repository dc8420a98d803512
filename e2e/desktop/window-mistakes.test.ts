import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCRIPT } from '../support/sample-script.ts'
import { connections, firstRunView, onlineView } from '../support/sample-view.ts'
import { byName, pageTab, WindowStage } from '../support/window-stage.ts'

let stage: WindowStage
beforeAll(async () => {
  stage = await WindowStage.start()
})
afterAll(() => stage.close())

const open: WindowStage['open'] = (...given) => stage.open(...given)
const refusing = (code: 'RELAY_UNREACHABLE' | 'CONFIG_INVALID', message: string) => () =>
  ({ ok: false, error: { code, message } }) as const

describe('invalid input', () => {
  it.each(['ABCD-EFGH', 'abcd efgh', 'ctl_kkxj2r62ohebgjlpzyzq_7Lp7OUMRPKlfq3iL'])(
    '%s as a relay’s address: asks for the address, without connecting',
    async (text) => {
      const { page, asked } = await open(firstRunView)
      await page.getByRole('tab', { name: 'I have a relay' }).click()
      await page.getByLabel('Relay address').fill(text)
      await byName(page, 'Continue').click()
      await page.getByText('This is a key or a pairing code.').waitFor()
      expect(asked.map(({ name }) => name)).not.toContain('relay.look')
    },
  )

  it('limits that are not numbers: the key is not created, and the field shows why', async () => {
    const { page, asked } = await open(onlineView)
    await pageTab(page, 'keys').click()
    await byName(page, 'New key').click()
    await page.getByLabel('Name').fill('Guest')
    await page.getByText('Limits').click()
    const rate = page.getByLabel('Requests per minute')
    for (const text of ['0', '-5', '1e', 'many', '1.5', '9999999']) {
      await rate.fill(text)
      await byName(page, 'Create key').click()
      await page.locator('#key-rate-error').waitFor()
      expect(await rate.inputValue()).toBe(text)
    }
    expect(asked.map(({ name }) => name)).not.toContain('keys.create')
    await rate.fill(' 20 ')
    await byName(page, 'Create key').click()
    await page.locator('.secret').waitFor()
    expect(asked.at(-1)?.payload).toMatchObject({ requestsPerMinute: 20 })
  })

  it('invalid settings: stay as entered, show the reason, and are not sent', async () => {
    const { page, asked } = await open(onlineView)
    await pageTab(page, 'settings').click()
    const field = page.getByLabel('Concurrent requests')
    for (const text of ['0', '-3', 'abc', '', '999999']) {
      await field.fill(text)
      await field.press('Enter')
      await page.getByText('Enter a whole number from 1 to 10,000.').waitFor()
      expect(await field.inputValue()).toBe(text)
    }
    await page.getByLabel('Name', { exact: true }).fill('  ')
    await page.getByLabel('Name', { exact: true }).press('Enter')
    await page.getByText('Give this computer a name.').waitFor()
    expect(asked.map(({ name }) => name)).not.toContain('settings.patch')
    await field.fill('12')
    await field.press('Enter')
    await expect.poll(() => asked.at(-1)).toEqual({ name: 'settings.patch', payload: { maxConcurrent: 12 } })
    expect(await page.locator('#maxConcurrent-error').count()).toBe(0)
  })

  it('an invalid model name: the reason is beside the field', async () => {
    const message = 'This is not a valid model name. An example is llama3.2.'
    const { page } = await open(onlineView, {
      ...SCRIPT,
      'model.pull': refusing('CONFIG_INVALID', message),
    })
    await page.getByText('Download a model').click()
    await page.getByLabel('Model', { exact: true }).fill('no such model!')
    await byName(page, 'Download').click()
    await expect.poll(() => page.locator('#pull-model-error').textContent()).toBe(message)
  })
})

describe('the setup does not claim', () => {
  it('to be online without a model server', async () => {
    const { page, say } = await open(firstRunView)
    const { upstream } = onlineView
    await say('view.changed', { ...onlineView, upstream: { ...upstream, kind: 'down', models: [] } })
    await page.getByRole('heading', { name: 'Almost there' }).waitFor()
    await say('view.changed', onlineView)
    await page.getByRole('heading', { name: 'It works' }).waitFor()
  })

  it('that a revoked sign-in stays active', async () => {
    const setup = { kind: 'needed', suggestion: null, canCancel: true } as const
    const { page, say } = await open({ ...onlineView, setup })
    const promise = page.getByText('The current connection stays active')
    await promise.waitFor()
    await say('view.changed', { ...onlineView, setup, connection: connections.blocked })
    await promise.waitFor({ state: 'detached' })
  })
})

it('a notice does not cover the end of a page, and disappears with the page', async () => {
  const { page } = await open(
    onlineView,
    { ...SCRIPT, 'action.run': refusing('RELAY_UNREACHABLE', 'The relay cannot be reached.') },
    { width: 380, height: 480 },
  )
  await byName(page, 'Reconnect').click()
  const notice = page.locator('.notice')
  await notice.waitFor()
  const button = byName(page, 'Send a test chat')
  await page.evaluate(`document.querySelector('.main').scrollTo(0, 1e6)`)
  const [below, above] = [await notice.boundingBox(), await button.boundingBox()]
  expect(above!.y + above!.height).toBeLessThan(below!.y)
  await pageTab(page, 'keys').click()
  await expect.poll(() => notice.count()).toBe(0)
})

it.each(['light', 'dark'] as const)(
  'selected tabs are readable in high contrast on %s',
  async (colorScheme) => {
    const { page } = await open(onlineView)
    await page.emulateMedia({ forcedColors: 'active', colorScheme })
    try {
      await pageTab(page, 'requests').click()
      for (const id of ['pages-tab-requests', 'views-tab-recent']) {
        const [text, background, highlight] = await page.evaluate<string[]>(`(() => {
        const { color, backgroundColor } = getComputedStyle(document.getElementById('${id}'))
        const probe = document.body.appendChild(document.createElement('i'))
        Object.assign(probe.style, { backgroundColor: 'Highlight', forcedColorAdjust: 'none' })
        const wanted = getComputedStyle(probe).backgroundColor
        probe.remove()
        return [color, backgroundColor, wanted]
      })()`)
        expect([id, background]).toEqual([id, highlight])
        expect(text).not.toBe(background)
      }
    } finally {
      await page.emulateMedia({ forcedColors: null, colorScheme: null })
    }
  },
)

describe('a slow request', () => {
  it('of a dialog keeps it open, and its failure is shown on another page too', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const revoke = async () => {
      await promise
      return refusing('RELAY_UNREACHABLE', 'The key was not revoked.')() as never
    }
    const { page, say } = await open(onlineView, { ...SCRIPT, 'keys.revoke': revoke })
    await pageTab(page, 'keys').click()
    await byName(page, 'Revoke Phone').click()
    await byName(page, 'Revoke key').click()
    await page.keyboard.press('Escape')
    expect(await byName(page, 'Cancel').isDisabled()).toBe(true)
    await say('page.show', 'status')
    await page.locator('dialog').waitFor({ state: 'detached' })
    await pageTab(page, 'keys').click()
    await byName(page, 'Edit Phone').click()
    resolve()
    await page.locator('.notice').getByText('The key was not revoked.').waitFor()
    expect(await page.locator('dialog h2').textContent()).toBe('Edit key')
  })

  it('for a relay’s offer does not open it after the user has chosen another way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = async () => {
      await promise
      return SCRIPT['relay.look']?.(undefined as never) as never
    }
    const { page, say } = await open(firstRunView, { ...SCRIPT, 'relay.look': look })
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await page.getByLabel('Relay address').fill('relay.example.com')
    await byName(page, 'Continue').click()
    // The answer arrives before the next frame.
    await page.evaluate('window.setTimeout = window.requestAnimationFrame = () => 0')
    await page.getByRole('tab', { name: 'Try it here' }).click()
    resolve()
    await say('view.changed', firstRunView)
    await page.getByRole('tab', { name: 'I have a relay' }).click()
    await expect.poll(() => byName(page, 'Continue').getAttribute('aria-disabled')).toBeNull()
  })

  it('of a page that was left does not keep the same page from loading', async () => {
    const lists: (() => void)[] = []
    const list = () =>
      new Promise<never>((resolve) =>
        lists.push(() => resolve(SCRIPT['devices.list']?.(undefined as never) as never)),
      )
    const { page } = await open(onlineView, { ...SCRIPT, 'devices.list': list })
    await pageTab(page, 'devices').click()
    await expect.poll(() => lists.length).toBe(1)
    await pageTab(page, 'status').click()
    await pageTab(page, 'devices').click()
    await expect.poll(() => lists.length).toBe(2)
    for (const respond of lists) respond()
    await page.locator('.devices .record').first().waitFor()
  })
})
