import type { TrayStyle } from '../../shared/preferences.ts'

export interface StartFacts {
  /** This device belongs to no relay yet. */
  readonly isFirstRun: boolean
  /** The user's setting. */
  readonly startMinimized: boolean
  readonly launchedByItself: boolean
  /** Somebody shows tray icons here. */
  readonly hasTray: boolean
  readonly trayStyle: TrayStyle
}

export interface StartPlan {
  readonly showWindow: boolean
}

/** Whether the app comes with its window. It never starts where nobody could find it. */
export function startPlanFor(facts: StartFacts): StartPlan {
  const { isFirstRun, startMinimized, launchedByItself, hasTray, trayStyle } = facts
  if (isFirstRun || !hasTray) return { showWindow: true }
  // Whoever hid the icon and starts the app by hand is looking for it.
  if (trayStyle === 'hidden') return { showWindow: !launchedByItself }
  return { showWindow: !launchedByItself && !startMinimized }
}

export interface LaunchFacts {
  readonly platform: NodeJS.Platform
  /** The flag that our own entries for starting at login pass on. */
  readonly hasAutostartFlag: boolean
  /** The version before put this one in by itself, and nobody asked for the app. */
  readonly hasReplacedItself: boolean
  /** What macOS says: its login items pass no arguments. */
  readonly wasOpenedAtLogin: boolean
}

/** Whether the app started without anybody asking for it: at login, or after an update that put itself in. */
export function wasLaunchedByItself(facts: LaunchFacts): boolean {
  const { platform, hasAutostartFlag, hasReplacedItself, wasOpenedAtLogin } = facts
  return hasReplacedItself || (platform === 'darwin' ? wasOpenedAtLogin : hasAutostartFlag)
}
