import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from './program.ts'

const AXE = join(ROOT, 'node_modules/axe-core/axe.min.js')

interface AxeScope {
  /** Checks only the contrast, the one rule that depends on the theme: the others are checked in light. */
  readonly isDark?: boolean
  /** Leaves out findings that axe-core calls minor or moderate. */
  readonly isSevereOnly?: boolean
}

/** The rules that a page violates, each with the elements. */
export async function axeFindings(
  page: Page,
  { isDark = false, isSevereOnly = false }: AxeScope = {},
): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(await readFile(AXE, 'utf8'))
  const options = JSON.stringify({
    resultTypes: ['violations'],
    ...(isDark && { runOnly: ['color-contrast'] }),
  })
  const impacts = isSevereOnly ? ['serious', 'critical'] : ['minor', 'moderate', 'serious', 'critical']
  // Halfway through an animation, as of a dialog that opens, colours are not those that people read.
  return page.evaluate(`for (const each of document.getAnimations())
      if (each.effect.getComputedTiming().endTime < Infinity) each.finish()
    axe.run(${options}).then(({ violations }) => violations
      .filter(({ impact }) => ${JSON.stringify(impacts)}.includes(impact))
      .map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' ')))`)
}
