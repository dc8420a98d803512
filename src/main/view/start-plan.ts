import type { TrayStyle } from '../../shared/preferences.ts'

export interface StartFacts {
  /** This device is not connected to a relay yet. */
  readonly isFirstRun: boolean
  /** The user's setting. */
  readonly startMinimized: boolean
  readonly launchedByItself: boolean
  /** The desktop displays tray icons. */
  readonly hasTray: boolean
  readonly trayStyle: TrayStyle
}

export interface StartPlan {
  readonly showWindow: boolean
}

/** Whether to show the window at start. The app never starts without a window or a tray icon. */
export function startPlanFor(facts: StartFacts): StartPlan {
  const { isFirstRun, startMinimized, launchedByItself, hasTray, trayStyle } = facts
  if (isFirstRun || !hasTray) return { showWindow: true }
  // A user who hid the icon and starts the app wants to see the window.
  if (trayStyle === 'hidden') return { showWindow: !launchedByItself }
  return { showWindow: !launchedByItself && !startMinimized }
}

export interface LaunchFacts {
  readonly platform: NodeJS.Platform
  /** The flag in the app's own login items. */
  readonly hasAutostartFlag: boolean
  /** The previous version installed this one automatically. */
  readonly hasReplacedItself: boolean
  /** macOS reports this itself, because its login items pass no arguments. */
  readonly wasOpenedAtLogin: boolean
}

/** Whether the app was not started by the user, but at login or after an automatic update. */
export function wasLaunchedByItself(facts: LaunchFacts): boolean {
  const { platform, hasAutostartFlag, hasReplacedItself, wasOpenedAtLogin } = facts
  return hasReplacedItself || (platform === 'darwin' ? wasOpenedAtLogin : hasAutostartFlag)
}
