import type { IconShape } from '../../shared/ipc/view.ts'
import type { TrayStyle } from '../../shared/preferences.ts'

export interface TrayIconFacts {
  readonly shape: IconShape
  readonly style: Exclude<TrayStyle, 'hidden'>
  readonly platform: NodeJS.Platform
  /** Brightness of the taskbar or panel, which can differ from that of apps. */
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
  const matching = isTaskbarDark ? 'light' : 'dark'
  const ending = platform === 'win32' ? 'ico' : 'png'
  return { file: `${FOLDER}/${shape}-${style === 'auto' ? matching : style}.${ending}`, isTemplate: false }
}

/**
 * Whether the panel of a Linux desktop is dark. GNOME's is dark in every theme; other panels follow the theme, and so
 * does an unknown desktop.
 * @param desktop XDG_CURRENT_DESKTOP, such as `ubuntu:GNOME`
 */
export function isPanelDark(desktop: string | undefined, isThemeDark: boolean): boolean {
  return isThemeDark || /(?:^|:)(?:GNOME|Unity|Pantheon)(?:$|:)/i.test(desktop ?? '')
}
