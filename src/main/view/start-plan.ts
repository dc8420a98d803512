import type { TrayStyle } from '../../shared/preferences.ts'

export interface StartFacts {
  /** This device is not registered with a relay. */
  readonly isFirstRun: boolean
  /** The user's setting. */
  readonly startMinimized: boolean
  readonly launchedByItself: boolean
  /** The desktop shows tray icons. */
  readonly hasTray: boolean
  readonly trayStyle: TrayStyle
}

export interface StartPlan {
  readonly showWindow: boolean
}

/** Whether the app opens its window at startup. It never starts without a window or a tray icon. */
export function startPlanFor(facts: StartFacts): StartPlan {
  const { isFirstRun, startMinimized, launchedByItself, hasTray, trayStyle } = facts
  if (isFirstRun || !hasTray) return { showWindow: true }
  // A user who hid the icon and starts the app manually wants the window.
  if (trayStyle === 'hidden') return { showWindow: !launchedByItself }
  return { showWindow: !launchedByItself && !startMinimized }
}

export interface LaunchFacts {
  readonly platform: NodeJS.Platform
  /** The flag passed by our own autostart entries. */
  readonly hasAutostartFlag: boolean
  /** The previous version installed this one automatically. */
  readonly hasReplacedItself: boolean
  /** Reported by macOS, whose login items pass no arguments. */
  readonly wasOpenedAtLogin: boolean
}

/** Whether the app started without the user's action: at login, or after an automatic update. */
export function wasLaunchedByItself(facts: LaunchFacts): boolean {
  const { platform, hasAutostartFlag, hasReplacedItself, wasOpenedAtLogin } = facts
  return hasReplacedItself || (platform === 'darwin' ? wasOpenedAtLogin : hasAutostartFlag)
}
