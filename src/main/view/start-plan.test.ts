import { describe, expect, it } from 'vitest'
import { startPlanFor, wasLaunchedByItself, type StartFacts } from './start-plan.ts'

const BY_HAND: StartFacts = {
  isFirstRun: false,
  startMinimized: false,
  launchedByItself: false,
  hasTray: true,
  trayStyle: 'auto',
}

describe('starting', () => {
  it.each<[string, Partial<StartFacts>, boolean]>([
    ['by hand', {}, true],
    ['at login', { launchedByItself: true }, false],
    ['minimized', { startMinimized: true }, false],
    [
      'for the first time, whatever is set',
      { isFirstRun: true, startMinimized: true, launchedByItself: true },
      true,
    ],
    ['at login without a tray', { launchedByItself: true, hasTray: false }, true],
    ['minimized without a tray', { startMinimized: true, hasTray: false }, true],
    ['by hand with a hidden icon, though minimized', { trayStyle: 'hidden', startMinimized: true }, true],
    ['at login with a hidden icon', { trayStyle: 'hidden', launchedByItself: true }, false],
  ])('%s: whether the window opens', (_title, facts, showWindow) => {
    expect(startPlanFor({ ...BY_HAND, ...facts })).toEqual({ showWindow })
  })

  it.each([
    ['macOS says so', 'darwin', { wasOpenedAtLogin: true }, true],
    ['macOS does not, whatever the flags', 'darwin', { hasAutostartFlag: true }, false],
    ['the entry for login passed the flag', 'win32', { hasAutostartFlag: true }, true],
    ['an update put itself in', 'linux', { hasReplacedItself: true }, true],
    ['the user started it', 'linux', {}, false],
  ] as const)('whether the user started the app: %s', (_title, platform, facts, expected) => {
    const none = { hasAutostartFlag: false, hasReplacedItself: false, wasOpenedAtLogin: false }
    expect(wasLaunchedByItself({ platform, ...none, ...facts })).toBe(expected)
  })
})
