import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The marker that `@electron/fuses` searches for in a program, version 1, and the number of fuses. */
const FUSES = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\u0001\u0009'
/** The fuses of Electron 45 as it is shipped, in their order; 1 is on. */
const AS_SHIPPED = '101100111'

/**
 * A folder shaped like an unpacked Electron for Linux, with nothing in it that runs: enough for packing, which copies
 * files and flips fuses.
 */
export function makeElectronDist(folder: string): void {
  for (const name of ['locales', 'resources']) mkdirSync(join(folder, name), { recursive: true })
  const put = (name: string, text: string, mode?: number): void =>
    writeFileSync(join(folder, name), text, { mode, encoding: 'latin1' })
  put('electron', `\u007fELF${'\0'.repeat(60)}${FUSES}${AS_SHIPPED}`, 0o755)
  put('chrome-sandbox', '\u007fELF', 0o755)
  put('chrome_crashpad_handler', '\u007fELF', 0o755)
  for (const name of ['icudtl.dat', 'resources.pak', 'locales/en-US.pak', 'LICENSES.chromium.html']) {
    put(name, 'stand-in')
  }
}
