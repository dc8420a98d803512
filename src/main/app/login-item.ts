import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { LoginItem } from './ports.ts'

/** For a copy that only a command can start. */
export const NO_LOGIN_ITEM: LoginItem = { read: () => null, write: () => {} }

export interface AutostartFileOptions {
  /** XDG_CONFIG_HOME, or ~/.config. */
  readonly configHome: string
  /** Command to run: the AppImage file, or the executable. */
  readonly command: string
}

/** Starts the app without a window. */
export const AUTOSTART_FLAG = '--autostart'

/**
 * Linux has no API for login items: desktops read a file (XDG Desktop Application Autostart Specification).
 */
export function autostartFile({ configHome, command }: AutostartFileOptions): LoginItem {
  const path = join(configHome, 'autostart', 'cloudtolocalllm.desktop')
  return {
    read: () => isEnabled(textOf(path)),
    write(isOn) {
      if (!isOn) return rmSync(path, { force: true })
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, entryFor(command))
    },
  }
}

/** Desktops disable an entry by a line in it instead of deleting it. */
function isEnabled(entry: string): boolean {
  return entry !== '' && !/^Hidden\s*=\s*true\s*$|^X-GNOME-Autostart-enabled\s*=\s*false\s*$/m.test(entry)
}

function entryFor(command: string): string {
  const quoted = `"${command.replaceAll(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=CloudToLocalLLM',
    `Exec=${quoted} ${AUTOSTART_FLAG}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
