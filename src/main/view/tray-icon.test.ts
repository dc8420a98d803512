import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isPanelDark, trayIconFor, type TrayIconFacts } from './tray-icon.ts'

const ROOT = join(import.meta.dirname, '../../..')

const PLATFORMS = ['linux', 'win32', 'darwin'] as const
const SHAPES = ['online', 'connecting', 'attention', 'off'] as const
const STYLES = ['auto', 'light', 'dark'] as const

const ALL: readonly TrayIconFacts[] = PLATFORMS.flatMap((platform) =>
  SHAPES.flatMap((shape) =>
    STYLES.flatMap((style) =>
      [true, false].map((isTaskbarDark) => ({ platform, shape, style, isTaskbarDark })),
    ),
  ),
)

describe('the panel', () => {
  it.each([
    ['ubuntu:GNOME', false, true],
    ['GNOME', true, true],
    ['GNOME-Classic:GNOME', false, true],
    ['KDE', false, false],
    ['KDE', true, true],
    ['X-Cinnamon', false, false],
    [undefined, false, false],
  ])('of %s with a dark theme %s is dark: %s', (desktop, isThemeDark, isDark) => {
    expect(isPanelDark(desktop, isThemeDark)).toBe(isDark)
  })
})

describe('the tray icon', () => {
  it.each(ALL)('exists: $platform $shape $style, dark taskbar $isTaskbarDark', (facts) => {
    expect(existsSync(join(ROOT, trayIconFor(facts).file))).toBe(true)
  })

  it('is visible on light and dark panels, unless the user chose a style', () => {
    const fileFor = (style: TrayIconFacts['style'], isTaskbarDark: boolean) =>
      trayIconFor({ platform: 'win32', shape: 'online', style, isTaskbarDark }).file.split('/').at(-1)
    expect(fileFor('auto', true)).toBe('online-light.ico')
    expect(fileFor('auto', false)).toBe('online-dark.ico')
    expect(fileFor('dark', true)).toBe('online-dark.ico')
    const facts = { platform: 'linux', shape: 'online', style: 'auto' } as const
    expect(trayIconFor({ ...facts, isTaskbarDark: true }).file).toContain('online-light.png')
    expect(trayIconFor({ ...facts, isTaskbarDark: false }).file).toContain('online-dark.png')
  })

  it('is a template on macOS and nowhere else', () => {
    for (const facts of ALL) expect(trayIconFor(facts).isTemplate).toBe(facts.platform === 'darwin')
  })
})
