import { expect } from 'vitest'
import { axeFindings } from './axe.ts'
import type { ChatPlay } from './chat-stage.ts'

/** Asserts the requirements of every view of the chat page. */
export async function checkChat({ page, complaints }: ChatPlay, name: string): Promise<void> {
  const overflow = await page.evaluate(
    `[document.documentElement, ...document.querySelectorAll('dialog .dialog-body')]
       .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.tagName + '.' + box.className)`,
  )
  expect(overflow, `${name} scrolls sideways`).toEqual([])
  const isDark = await page.evaluate<boolean>(`matchMedia('(prefers-color-scheme: dark)').matches`)
  expect(await axeFindings(page, { isDark }), `axe-core on ${name}`).toEqual([])
  expect(complaints, `complaints about ${name}`).toEqual([])
}
