import { parseArgs } from 'node:util'

/** Command-line arguments of the app. All are optional. */
export interface LaunchArgs {
  readonly dataDir: string | undefined
  /** The relay to connect to, and a code to pair with if the relay does not know this device. */
  readonly relay: string | undefined
  readonly pair: string | undefined
  /** Overrides the setting. */
  readonly upstream: string | undefined
  /** A demo model to use while no model server is found. */
  readonly demoFallback: string | undefined
  /** The system started the app at login. */
  readonly autostart: boolean
  /** An installer started the app after an update. */
  readonly updated: boolean
}

/** @param argv without the executable; may contain Chromium switches and deep links */
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
