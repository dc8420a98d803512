import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { takePicture } from './picture.ts'
import { ROOT } from './program.ts'
import type { Play } from './window-stage.ts'

const AXE = join(ROOT, 'node_modules/axe-core/axe.min.js')

/** Asserts the requirements of every view, and saves a picture. */
export async function checkView(play: Play, name: string): Promise<void> {
  await checkLayout(play, name)
  expect(await axeFindings(play.page), `axe-core on ${name}`).toEqual([])
  expect(play.complaints, `complaints about ${name}`).toEqual([])
}

/** Asserts that nothing overflows, and saves a picture. */
export async function checkLayout({ page }: Play, name: string): Promise<void> {
  await takePicture(page, `window-${name}`)
  const overflow = await page.evaluate(
    `[document.documentElement, ...document.querySelectorAll('.main, .setup, dialog, .card, .message, .hero, .pages')]
       .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.tagName + '.' + box.className)`,
  )
  expect(overflow, `${name} scrolls sideways`).toEqual([])
}

/** Only contrast depends on the theme: the other rules are checked in light. */
async function axeFindings(page: Page): Promise<unknown> {
  // A colour in transition is neither of the two.
  await page.evaluate(
    `for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish()`,
  )
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(await readFile(AXE, 'utf8'))
  return page.evaluate(`axe.run({
      resultTypes: ['violations'],
      ...(document.documentElement.dataset.theme === 'dark' && { runOnly: ['color-contrast'] }),
    }).then(({ violations }) => violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`)
}
