import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChatView } from '../../src/web/chat/chat-view.ts'
import { checkChat } from '../support/chat-check.ts'
import { conversation, READY, RICH_ANSWER, STATES, turn } from '../support/chat-sample.ts'
import { ChatStage, type ChatPlay } from '../support/chat-stage.ts'
import { takePicture } from '../support/picture.ts'

const PHONE = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true }
const DESKTOP = { viewport: { width: 1280, height: 800 } }
const SIZES = [
  [320, 640],
  [900, 700],
  [1280, 800],
] as const

let stage: ChatStage
beforeAll(async () => {
  stage = await ChatStage.start()
})
afterAll(() => stage.close())

const open = (view: ChatView, options: BrowserContextOptions = PHONE): Promise<ChatPlay> =>
  stage.open(view, options)

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
}

/** Opens each dialog, one after the other. */
const DIALOGS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  drawer: (page) => button(page, 'Conversations').click(),
  models: (page) => button(page, 'Model: llama3.2:latest').click(),
  parameters: (page) => button(page, 'Chat settings').click(),
  settings: async (page) => {
    await button(page, 'Conversations').click()
    await button(page, 'Settings').click()
  },
  options: async (page) => {
    await button(page, 'Conversations').click()
    await button(page, 'Options for How a heat pump works').click()
  },
  delete: async (page) => {
    await DIALOGS['options']!(page)
    await button(page, 'Delete conversation').click()
  },
  forget: async (page) => {
    await DIALOGS['settings']!(page)
    await button(page, 'Forget this device').click()
  },
}

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('every state passes the checks on a phone', async () => {
    const play = await open(READY, { ...PHONE, colorScheme })
    for (const [name, view] of Object.entries(STATES)) {
      await play.show(view)
      // Its result is in the drawer.
      if (name === 'search') await button(play.page, 'Conversations').click()
      await checkChat(play, name)
      await takePicture(play.page, `chat/${name}-${colorScheme}-390`)
      if (name === 'search') await closeDialog(play.page)
    }
  })

  it('every dialog passes the checks on a phone', async () => {
    const play = await open(READY, { ...PHONE, colorScheme })
    for (const [name, openDialog] of Object.entries(DIALOGS)) {
      await openDialog(play.page)
      await checkChat(play, name)
      await takePicture(play.page, `chat/dialog-${name}-${colorScheme}-390`)
      await closeDialog(play.page)
    }
  })
})

it.each(SIZES)('the page fits %d x %d', async (width, height) => {
  const play = await open(READY, { viewport: { width, height } })
  for (const name of ['answer', 'empty', 'no-key', 'desktop-offline', 'notices', 'rtl']) {
    await play.show(STATES[name]!)
    await checkChat(play, name)
    await takePicture(play.page, `chat/${name}-light-${width}`)
  }
})

it('uses the browser’s language', async () => {
  const play = await open(STATES['empty']!, { ...PHONE, locale: 'de-DE' })
  await button(play.page, 'Chat-Einstellungen').waitFor()
  expect(await play.page.evaluate('document.documentElement.lang')).toBe('de-DE')
  await takePicture(play.page, 'chat/empty-de-390')
  await play.show(READY)
  await takePicture(play.page, 'chat/answer-de-390')
  await button(play.page, 'Chat-Einstellungen').click()
  await takePicture(play.page, 'chat/parameters-de-390')
})

it('is mirrored for a language from right to left', async () => {
  const play = await open(STATES['rtl']!, DESKTOP)
  await play.page.evaluate(`document.documentElement.dir = 'rtl'`)
  await checkChat(play, 'mirrored')
  await takePicture(play.page, 'chat/rtl-mirrored-1280')
})

describe('an answer', () => {
  it('stays smooth while 10,000 tokens arrive', { retry: 2 }, async () => {
    const streaming = STATES['streaming']!
    const { page } = await open(streaming, PHONE)
    const text = `${RICH_ANSWER}\n\n`.repeat(40)
    expect(text.length, 'about 4 characters a token').toBeGreaterThan(40_000)
    await page.evaluate(`stage.stream(${JSON.stringify(RICH_ANSWER)}, 400)`)
    await page.evaluate(`document.querySelector('.markdown > :first-child').dataset.first = 'kept'`)
    const longestMs = await stage.longestTaskMs(page, () =>
      page.evaluate(`stage.stream(${JSON.stringify(text)}, 240)`),
    )
    expect(longestMs).toBeLessThan(50)
    expect(
      await page.locator('.markdown > [data-first=kept]').count(),
      'finished blocks keep their elements',
    ).toBe(1)
    expect(await distanceFromEnd(page), 'it follows the text').toBeLessThan(2)
  })

  it('keeps the reader’s scroll position, and offers a way back', async () => {
    const { page } = await open(STATES['streaming']!, PHONE)
    await page.evaluate(`stage.stream(${JSON.stringify(RICH_ANSWER)}, 200)`)
    await page.locator('main').evaluate((main) => main.scrollTo(0, 100))
    await button(page, 'Jump to latest').waitFor()
    await page.evaluate(`stage.stream(${JSON.stringify(`${RICH_ANSWER}\n\n${RICH_ANSWER}`)}, 400)`)
    expect(await page.locator('main').evaluate((main) => main.scrollTop)).toBe(100)
    await button(page, 'Jump to latest').click()
    await expect.poll(() => distanceFromEnd(page)).toBeLessThan(2)
    await button(page, 'Jump to latest').waitFor({ state: 'detached' })
  })

  it('is rendered as text, whatever it contains', async () => {
    const hostile = [
      '<script>window.hit = 1</script>',
      '<img src="https://evil.example/x.png" onerror="window.hit = 1">',
      '<b onclick="window.hit = 1">bold</b> <u>under</u><iframe src="https://evil.example"></iframe>',
      '[a](javascript:window.hit=1) [b](data:text/html,x) [c](//evil.example) [d](https://example.org "t")',
      '![pic](https://evil.example/y.png) ![x](data:image/png;base64,AAAA)',
      '<https://example.org/auto> <style>*{display:none}</style>',
      '<svg><animate onbegin="window.hit=1"></svg> <a href="javascript:1">x</a>',
    ].join('\n\n')
    const { page, complaints } = await open({
      ...READY,
      open: conversation([turn({ id: 'h', role: 'assistant', text: hostile, thinking: hostile })]),
    })
    await page.getByText('Thinking', { exact: true }).click()
    const tags = await page.evaluate(
      `[...new Set([...document.querySelectorAll('.markdown *')].map(({ localName }) => localName))].sort()`,
    )
    expect(tags).toEqual(['a', 'p', 'span', 'u'])
    const links = await page.evaluate(
      `[...document.querySelector('.markdown').querySelectorAll('a')].map((a) => [a.getAttribute('href'), a.rel, a.target])`,
    )
    expect(links).toEqual(
      [
        'https://evil.example/x.png',
        'https://evil.example/',
        'https://example.org/',
        'https://evil.example/y.png',
        'https://example.org/auto',
      ].map((href) => [href, 'noopener noreferrer', '_blank']),
    )
    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect(complaints).toEqual([])
  })

  it('is announced at its start and end only', async () => {
    const play = await open({ ...READY, open: conversation([turn({ id: 't1', role: 'user', text: 'Hi' })]) })
    const said = () => play.page.locator('p.hidden[role=status]').textContent()
    await play.show(STATES['waiting']!)
    await play.show(STATES['streaming']!)
    await expect.poll(said).toBe('Answering')
    await play.page.evaluate(`stage.stream('One two three', 4)`)
    await expect.poll(said).toBe('Answer complete')
  })

  it('offers copy, regenerate and the other versions', async () => {
    const play = await open(READY, PHONE)
    await button(play.page, 'Previous version').click()
    await button(play.page, 'Regenerate').click()
    await button(play.page, 'Edit message').click()
    const editor = play.page.getByRole('textbox', { name: 'Edit message' })
    await editor.fill('Explain it to a child.')
    await button(play.page, 'Send').first().click()
    expect(await play.asked()).toEqual([
      { name: 'showBranch', args: ['t2', 0] },
      { name: 'regenerate', args: ['t2'] },
      { name: 'edit', args: ['t1', 'Explain it to a child.'] },
    ])
  })
})

describe('the composer', () => {
  it('sends with Enter where there is a keyboard, and keeps a draft for each conversation', async () => {
    const play = await open(READY, DESKTOP)
    const box = play.page.getByRole('textbox', { name: 'Message', exact: true })
    await expect.poll(() => play.page.evaluate(`document.activeElement.localName`)).toBe('textarea')
    await box.fill('A draft')
    await play.show(STATES['empty']!)
    expect(await box.inputValue()).toBe('')
    await box.pressSequentially('One')
    await box.press('Shift+Enter')
    await box.pressSequentially('two')
    await box.press('Enter')
    expect(await play.asked()).toContainEqual({ name: 'send', args: ['One\ntwo', []] })
    await play.show(READY)
    expect(await box.inputValue()).toBe('A draft')
  })

  it('begins a new line with Enter on a touch screen, and stops with the button', async () => {
    const play = await open(READY, PHONE)
    const box = play.page.getByRole('textbox', { name: 'Message', exact: true })
    await box.fill('One')
    await box.press('Enter')
    expect(await box.inputValue()).toBe('One\n')
    await play.show(STATES['streaming']!)
    await button(play.page, 'Stop').click()
    expect(await play.asked()).toContainEqual({ name: 'stop', args: [] })
  })

  it('scales images down before they are sent, and reports why it refuses a file', async () => {
    const play = await open({ ...READY, open: { ...READY.open, model: 'gemma3:12b' } }, PHONE)
    const { page } = play
    const png = await page.evaluate(`(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 2000 })
      canvas.getContext('2d').fillRect(0, 0, 1500, 2000)
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
      return [...new Uint8Array(await blob.arrayBuffer())]
    })()`)
    const files = page.locator('input[type=file]')
    await files.setInputFiles([
      { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(png as number[]) },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('text') },
    ])
    await page.getByText('“notes.txt” is not an image.').waitFor()
    await checkChat(play, 'attached')
    await takePicture(page, 'chat/attached-light-390')
    await button(page, 'Send').click()
    const [type, width, height] = (await page.evaluate(`(async () => {
      const [blob] = stage.asked.find(({ name }) => name === 'send').args[1]
      const { width, height } = await createImageBitmap(blob)
      return [blob.type, width, height]
    })()`)) as unknown[]
    expect([type, width, height]).toEqual(['image/jpeg', 1_568, 1_045])
  })
})

it('accepts a key on the first visit', async () => {
  const play = await open(STATES['no-key']!, PHONE)
  const key = `ctl_${'a'.repeat(20)}_${'A'.repeat(43)}`
  await play.page.getByLabel('Key or link').fill(` https://relay.example/#k=${key} `)
  await button(play.page, 'Connect').click()
  expect(await play.asked()).toEqual([{ name: 'useKey', args: [key] }])
})

it('opens the desktop app from a link that pairs, and continues to the chat', async () => {
  const play = await open(STATES['pair']!, PHONE)
  const link = play.page.getByRole('link', { name: 'Open CloudToLocalLLM' })
  expect(await link.getAttribute('href')).toBe(
    'cloudtolocalllm://pair?relay=https%3A%2F%2Frelay.example.com&code=K7QW-4PXM',
  )
  await button(play.page, 'Go to the chat').click()
  expect(await play.asked()).toEqual([{ name: 'dismissPairing', args: [] }])
})

it('has touch targets of 44 px', async () => {
  const play = await open(READY, PHONE)
  for (const name of ['answer', 'empty', 'no-key', 'notices', 'failed']) {
    await play.show(STATES[name]!)
    const small = await play.page
      .evaluate(`[...document.querySelectorAll('button, summary, input:not(.hidden)')]
      .filter((e) => { const { width, height } = e.getBoundingClientRect(); return width > 0 && (width < 44 || height < 44) })
      .map((e) => e.outerHTML.slice(0, 120))`)
    expect(small, `small targets in ${name}`).toEqual([])
  }
})

const distanceFromEnd = (page: Page) =>
  page.locator('main').evaluate((main) => main.scrollHeight - main.clientHeight - main.scrollTop)
