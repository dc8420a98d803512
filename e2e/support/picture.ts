import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { ROOT } from './program.ts'

/** Set to 1 to keep pictures of the views that the tests examine. Drawing them takes longer than all checks of a view. */
const WANTED = process.env['PICTURES'] === '1'

/** Keeps a picture of a view for review, as `out/screenshots/<name>.png`, if pictures are wanted. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (!WANTED) return
  await page.screenshot({ path: join(ROOT, 'out/screenshots', `${name}.png`), animations: 'disabled' })
}
