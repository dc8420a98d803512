import { expect } from 'vitest'
import { axeFindings } from './axe.ts'
import { takePicture } from './picture.ts'
import type { Play } from './window-stage.ts'

/** Asserts the requirements of every view, and saves a picture. */
export async function checkView(play: Play, name: string): Promise<void> {
  await checkLayout(play, name)
  const isDark = await play.page.evaluate<boolean>(`document.documentElement.dataset.theme === 'dark'`)
  const findings = await axeFindings(play.page, { isDark, isSevereOnly: true })
  expect(findings, `axe-core on ${name}`).toEqual([])
  expect(play.complaints, `complaints about ${name}`).toEqual([])
}

/** Asserts that nothing overflows and no two elements share an id, and saves a picture. */
export async function checkLayout({ page }: Play, name: string): Promise<void> {
  await takePicture(page, `window-${name}`)
  const overflow = await page.evaluate(
    `[document.documentElement, ...document.querySelectorAll('.main, .setup, dialog, .card, .message, .hero, .pages')]
       .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.tagName + '.' + box.className)`,
  )
  expect(overflow, `${name} scrolls sideways`).toEqual([])
  const repeated = await page.evaluate(
    `[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, i, all) => all.indexOf(id) < i)`,
  )
  expect(repeated, `ids on ${name}`).toEqual([])
}
