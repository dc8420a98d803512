// Also imported by scripts/start.mjs under any installed Node: imports only Node built-ins.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Whether the user of this process can see a window on this machine. */
export function hasDisplay(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  if (platform === 'win32' || platform === 'darwin') return !env['SSH_CONNECTION'] && !env['CI']
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Path of the Electron binary, if it is installed. It is not part of the package but downloaded on first use. */
export function findElectron(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const home = electronHome()
  const name = home === undefined ? '' : textOf(join(home, 'path.txt'))
  const override = env['ELECTRON_OVERRIDE_DIST_PATH']
  const path = override ? join(override, name || 'electron') : name && join(home ?? '', 'dist', name)
  return path !== '' && existsSync(path) ? path : undefined
}

function electronHome(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    return undefined
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
