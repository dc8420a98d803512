import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from './program.ts'

/** Set to 1 to save pictures of the views under test. Taking one takes longer than all checks of a view. */
const WANTED = process.env['PICTURES'] === '1'

/** Saves a picture of a view as `out/screenshots/<name>.png` for review, if pictures are enabled. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (!WANTED) return
  await page.screenshot({ path: join(ROOT, 'out/screenshots', `${name}.png`), animations: 'disabled' })
}
