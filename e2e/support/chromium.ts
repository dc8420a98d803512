import { findChromium as findProgram } from '../../scripts/chromium.mjs'

/** The path of a real browser on this machine. */
export function findChromium(): { readonly executablePath: string } {
  const executablePath = findProgram()
  if (executablePath === undefined) throw new Error('these tests need Chromium, Chrome or Edge')
  return { executablePath }
}
