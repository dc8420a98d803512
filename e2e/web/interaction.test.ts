import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatView } from '../../src/web/chat/chat-view.ts'
import { conversation, READY, RICH_ANSWER, STATES, turn } from '../support/chat-sample.ts'
import { ChatStage, type ChatPlay } from '../support/chat-stage.ts'

const PHONE = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true }
const DESKTOP = { viewport: { width: 1280, height: 800 } }

let stage: ChatStage
beforeAll(async () => {
  stage = await ChatStage.start()
})
afterAll(() => stage.close())

const open = (view: ChatView, options: BrowserContextOptions = DESKTOP): Promise<ChatPlay> =>
  stage.open(view, options)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const composer = (page: Page) => page.getByRole('textbox', { name: 'Message', exact: true })
const focused = (page: Page) => page.evaluate('document.activeElement.ariaLabel')
const distanceFromEnd = (page: Page) =>
  page.locator('main').evaluate((main) => main.scrollHeight - main.clientHeight - main.scrollTop)

/** Timers of a page fire so late as on a machine that has no time to paint it. */
const LATE_TIMERS = `{
  const setTimeoutNow = setTimeout
  setTimeout = (callback, delayMs) => setTimeoutNow(callback, delayMs + 1_000)
}`

/** Hides or shows the page, as when another tab is chosen. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate(`(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  })()`)

/** Pastes into the composer, as a browser does. */
const paste = (page: Page, types: Readonly<Record<string, string>>, withPicture: boolean) =>
  page.evaluate(`(async () => {
    const data = new DataTransfer()
    for (const [type, text] of Object.entries(${JSON.stringify(types)})) data.setData(type, text)
    if (${withPicture}) {
      const canvas = new OffscreenCanvas(8, 8)
      canvas.getContext('2d')
      data.items.add(new File([await canvas.convertToBlob()], 'image.png', { type: 'image/png' }))
    }
    const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
    return document.querySelector('.composer textarea').dispatchEvent(event)
  })()`)

describe('a draft', () => {
  it('is kept for the next visit, and forgotten when it is sent', async () => {
    const play = await open({ ...READY, open: { ...READY.open, draft: 'From before' } })
    const box = composer(play.page)
    expect(await box.inputValue()).toBe('From before')
    await box.fill('More')
    await expect.poll(play.asked).toEqual([{ name: 'keepDraft', args: ['c1', 'More'] }])
    await box.press('Enter')
    expect((await play.asked()).slice(1)).toEqual([
      { name: 'send', args: ['More', []] },
      { name: 'keepDraft', args: ['c1', ''] },
    ])
  })

  it('survives “New chat”', async () => {
    const { page, show } = await open(STATES['empty']!)
    await composer(page).fill('Half a thought')
    await show({ ...STATES['empty']!, open: { ...STATES['empty']!.open, id: 'another draft' } })
    expect(await composer(page).inputValue()).toBe('Half a thought')
  })

  it('gets the focus after a suggestion', async () => {
    const { page } = await open(STATES['empty']!)
    await button(
      page,
      'Write code Write a Python script that renames photos by the date they were taken.',
    ).click()
    expect(await focused(page)).toBe('Message')
  })
})

describe('a long text that is pasted', () => {
  const LONG = 'A line of a long text, pasted by someone. '.repeat(25_000)

  it('does not slow typing down, and is sent after the typed text', async () => {
    const play = await open(READY)
    const { page } = play
    expect(await paste(page, { 'text/plain': LONG }, false)).toBe(false)
    await page.getByText('Pasted text, 1.1 MB').waitFor()
    const longestMs = await stage.longestTaskMs(page, () => composer(page).pressSequentially('Sum up:'))
    expect(longestMs).toBeLessThan(50)
    await composer(page).press('Enter')
    const sent = (await play.asked()).find(({ name }) => name === 'send')
    expect(sent?.args).toEqual([`Sum up:\n\n${LONG}`, []])
    await page.getByText('Pasted text').waitFor({ state: 'detached' })
  })

  it('is there again on the next visit, and can be removed', async () => {
    const { page } = await open({ ...READY, open: { ...READY.open, draft: LONG } })
    expect(await composer(page).inputValue()).toBe('')
    await button(page, 'Remove pasted text').click()
    expect(await button(page, 'Send').isDisabled()).toBe(true)
  })
})

describe('images', () => {
  it('that an office program adds to copied text are ignored; a copied image is attached', async () => {
    const { page } = await open(READY)
    expect(await paste(page, { 'text/plain': 'A1\tB1' }, true)).toBe(true)
    expect(await paste(page, { 'text/html': '<img>' }, true)).toBe(false)
    await button(page, 'Remove image 1').waitFor()
    expect(await page.locator('.draft-pictures img').count()).toBe(1)
  })

  it('are limited in number, and each refused file is named', async () => {
    const { page } = await open(READY)
    const file = (name: string) => ({ name, mimeType: 'image/png', buffer: Buffer.from('broken') })
    await page.locator('input[type=file]').setInputFiles([file('one.png'), file('two.svg')])
    await page.getByText('“one.png” can’t be opened: it’s damaged, too large').waitFor()
    await page.getByText('“two.svg” can’t be opened').waitFor()
    const png = await page.evaluate(`(async () => {
      const blob = await new OffscreenCanvas(8, 8).getContext('2d').canvas.convertToBlob()
      return [...new Uint8Array(await blob.arrayBuffer())]
    })()`)
    const good = { mimeType: 'image/png', buffer: Buffer.from(png as number[]) }
    const many = Array.from({ length: 40 }, (_, i) => ({ name: `${i}.png`, ...good }))
    await page.locator('input[type=file]').setInputFiles(many)
    await page.getByText('You can attach up to 6 images.').waitFor()
    expect(await page.locator('.draft-pictures img').count()).toBe(6)
    await button(page, 'Send').click()
    await page.locator('.composer-note').waitFor({ state: 'detached' })
  })

  it('delay the message while they are scaled down', async () => {
    const play = await open(READY)
    await composer(play.page).fill('Look')
    await play.page.evaluate(
      `globalThis.createImageBitmap = () => new Promise((resolve, reject) => { globalThis.fail = reject })`,
    )
    await paste(play.page, {}, true)
    await play.page.getByRole('img', { name: 'Preparing image…' }).waitFor()
    expect(await button(play.page, 'Send').isDisabled()).toBe(true)
    await play.page.evaluate(`fail(new Error('no'))`)
    await play.page.getByText('“image.png” can’t be opened').waitFor()
    expect(await button(play.page, 'Send').isEnabled()).toBe(true)
  })
})

describe('messages', () => {
  it('are copied under plain HTTP too', async () => {
    const { page } = await open(READY)
    await page.evaluate(`Object.defineProperty(globalThis, 'isSecureContext', { value: false })`)
    await page.evaluate(
      `document.addEventListener('copy', () => { globalThis.copied = getSelection().toString() || document.activeElement.value })`,
    )
    await button(page, 'Copy answer').click()
    await button(page, 'Copied').waitFor()
    expect(await page.evaluate('copied')).toBe(RICH_ANSWER)
    // For some seconds, the button has another name.
    expect(['Copied', 'Copy answer']).toContain(await focused(page))
  })

  it('are folded if they are long', async () => {
    const text = 'A line of a long text.\n'.repeat(40_000)
    const { page } = await open({
      ...READY,
      open: conversation([
        turn({ id: 't1', role: 'user', text }),
        turn({ id: 't2', role: 'assistant', text: 'OK' }),
      ]),
    })
    const bubble = page.locator('.bubble p')
    expect((await bubble.innerText()).length).toBeLessThan(1_500)
    await button(page, 'Show more').click()
    expect((await bubble.innerText()).length).toBeGreaterThan(19_000)
    await button(page, 'Show more').click()
    expect((await bubble.innerText()).length).toBeGreaterThan(39_000)
    await button(page, 'Show less').click()
    expect((await bubble.innerText()).length).toBeLessThan(1_500)
  })

  it('stay in place while their text is selected', async () => {
    const { page } = await open(STATES['streaming']!, PHONE)
    await page.evaluate(`stage.stream(${JSON.stringify(RICH_ANSWER)}, 200)`)
    const before = await page.locator('main').evaluate((main) => main.scrollTop)
    await page.evaluate(`getSelection().selectAllChildren(document.querySelector('.markdown p:last-child'))`)
    await page.evaluate(`stage.stream(${JSON.stringify(`${RICH_ANSWER}\n\n${RICH_ANSWER}`)}, 400)`)
    expect(await page.locator('main').evaluate((main) => main.scrollTop)).toBe(before)
    await button(page, 'Jump to latest').click()
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2)
  })

  it('stay as they are when a new one follows', async () => {
    const turns = Array.from({ length: 8 }, (_, i) =>
      i % 2 === 0
        ? turn({ id: `t${i}`, role: 'user', text: 'Why?' })
        : turn({ id: `t${i}`, role: 'assistant', text: 'So.', thinking: 'Hm.' }),
    )
    const { page, show } = await open({ ...READY, open: conversation(turns.slice(0, 6)) })
    const first = page.locator('.thinking').first()
    await first.locator('summary').click()
    await first.locator('.markdown').waitFor()
    await show({ ...READY, open: conversation(turns) })
    await expect.poll(() => page.locator('.turn').count()).toBe(8)
    expect(await first.getAttribute('open')).not.toBeNull()
  })

  it('without text show a note', async () => {
    const { page } = await open(STATES['empty-answer']!)
    await page.getByText('The model returned no text.').waitFor()
    await button(page, 'Regenerate').waitFor()
  })
})

it('the tab names its conversation, and marks an answer that ended while it was hidden', async () => {
  const play = await open(STATES['streaming']!)
  const title = () => play.page.title()
  await expect.poll(title).toBe('How a heat pump works · CloudToLocalLLM')
  await setHidden(play.page, true)
  await play.show(READY)
  await expect.poll(title).toBe('● How a heat pump works · CloudToLocalLLM')
  await setHidden(play.page, false)
  await expect.poll(title).toBe('How a heat pump works · CloudToLocalLLM')
})

it('the page’s keyboard shortcuts work', async () => {
  const play = await open(STATES['streaming']!)
  const { page } = play
  await page.keyboard.press('Control+Shift+O')
  await page.keyboard.press('Escape')
  expect((await play.asked()).map(({ name }) => name)).toEqual(['newConversation', 'stop'])
  await page.keyboard.press('Control+k')
  expect(await focused(page)).toBe('Search conversations')
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.type('Hi')
  expect(await composer(page).inputValue()).toBe('Hi')
})

it('keys work before the first paint, and the focus stays where they have put it', async () => {
  const own = { viewport: { width: 1_281, height: 800 } }
  const former = await open(STATES['streaming']!, own)
  await former.page.addInitScript(`requestAnimationFrame = () => 0; ${LATE_TIMERS}`)
  const { page, asked } = await open(STATES['streaming']!, own)
  await page.keyboard.press('Control+Shift+O')
  await page.keyboard.press('Escape')
  expect((await asked()).map(({ name }) => name)).toEqual(['newConversation', 'stop'])
  await page.keyboard.press('Control+k')
  // The effects that follow the first paint have run then.
  await expect.poll(() => page.title()).toBe('How a heat pump works · CloudToLocalLLM')
  expect(await focused(page)).toBe('Search conversations')
})

it('“Back” closes a dialog, even if the browser does not do so itself', async () => {
  const { page } = await open(READY, PHONE)
  await page.evaluate('delete window.CloseWatcher')
  const address = page.url()
  await button(page, 'Model: llama3.2:latest').click()
  await expect.poll(() => page.evaluate('history.state?.isOverPage')).toBe(true)
  await page.goBack()
  await page.locator('dialog').waitFor({ state: 'detached' })
  await button(page, 'Model: llama3.2:latest').click()
  await expect.poll(() => page.evaluate('history.state?.isOverPage')).toBe(true)
  await button(page, 'Close').click()
  await page.locator('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => page.evaluate('history.state?.isOverPage')).toBeUndefined()
  expect(page.url()).toBe(address)
})

it('text that is not a key is refused beside the field', async () => {
  const play = await open(STATES['no-key']!, PHONE)
  await play.page.getByLabel('Key or link').fill('my password')
  await button(play.page, 'Connect').click()
  await play.page.getByText('This is not a key. Paste the whole key or link').waitFor()
  expect(await play.asked()).toEqual([])
})

it('no script of the page can turn text into markup', async () => {
  const { page } = await open(READY)
  await expect(page.evaluate(`document.body.innerHTML = '<b>'`)).rejects.toThrow('TrustedHTML')
  await expect(page.evaluate(`trustedTypes.createPolicy('default', {})`)).rejects.toThrow('disallowed')
})
