import type { IconShape } from '../../shared/ipc/view.ts'
import type { TrayStyle } from '../../shared/preferences.ts'

export interface TrayIconFacts {
  readonly shape: IconShape
  readonly style: Exclude<TrayStyle, 'hidden'>
  readonly platform: NodeJS.Platform
  /** Windows: the theme of the taskbar, which can differ from that of apps. */
  readonly isTaskbarDark: boolean
}

export interface TrayIconChoice {
  /** Relative to the app's root. */
  readonly file: string
  /** macOS colours the image to match the menu bar. */
  readonly isTemplate: boolean
}

const FOLDER = 'build/generated/tray'

/** The icon for a state. Each state has its own shape, so that none depends on colour. */
export function trayIconFor({ shape, style, platform, isTaskbarDark }: TrayIconFacts): TrayIconChoice {
  if (platform === 'darwin') return { file: `${FOLDER}/${shape}Template.png`, isTemplate: true }
  if (platform !== 'win32') return { file: `${FOLDER}/${shape}-${style}.png`, isTemplate: false }
  const matching = isTaskbarDark ? 'light' : 'dark'
  return { file: `${FOLDER}/${shape}-${style === 'auto' ? matching : style}.ico`, isTemplate: false }
}
