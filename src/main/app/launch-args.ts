import { parseArgs } from 'node:util'

/** What the app was started with. Everything is optional: it finds its own way. */
export interface LaunchArgs {
  readonly dataDir: string | undefined
  /** The relay to belong to, and a code to pair with where it does not know this device. */
  readonly relay: string | undefined
  readonly pair: string | undefined
  /** Instead of the one in the settings. */
  readonly upstream: string | undefined
  /** A demo model that stands in while no model server is found. */
  readonly demoFallback: string | undefined
  /** The system started it at login. */
  readonly autostart: boolean
  /** An installer started it after an update. */
  readonly updated: boolean
}

/** @param argv without the executable; Chromium's own switches and deep links may stand between. */
export function parseLaunchArgs(argv: readonly string[]): LaunchArgs {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      'data-dir': { type: 'string' },
      relay: { type: 'string' },
      pair: { type: 'string' },
      upstream: { type: 'string' },
      'demo-fallback': { type: 'string' },
      autostart: { type: 'boolean' },
      updated: { type: 'boolean' },
    },
    strict: false,
    allowPositionals: true,
  })
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : undefined)
  return {
    dataDir: text('data-dir'),
    relay: text('relay'),
    pair: text('pair'),
    upstream: text('upstream'),
    demoFallback: text('demo-fallback'),
    autostart: values['autostart'] === true,
    updated: values['updated'] === true,
  }
}
