import { describe, expect, it } from 'vitest'
import {
  installsOnQuit,
  nextCheckDelayMs,
  offerFor,
  packageKindFor,
  waitingForAfterDownload,
} from './update-policy.ts'

const MINUTE_MS = 60_000
const settings = { mode: 'auto', channel: 'latest', allowPrivileged: false } as const

describe('the next check', () => {
  it.each([
    ['start', 0.5 * MINUTE_MS, MINUTE_MS],
    ['check', 324 * MINUTE_MS, 396 * MINUTE_MS],
    ['failure', 27 * MINUTE_MS, 33 * MINUTE_MS],
  ] as const)('after a %s is within its bounds, and spread over them', (after, min, max) => {
    expect(nextCheckDelayMs(after, () => 0)).toBeCloseTo(min)
    expect(nextCheckDelayMs(after, () => 1)).toBeCloseTo(max)
  })
})

describe('the kind of a package', () => {
  const deb = { platform: 'linux', isPackaged: true, appImage: undefined, packageType: 'deb\n' } as const

  it.each([
    ['deb', deb],
    ['rpm', { ...deb, packageType: 'rpm' }],
    ['appimage', { ...deb, packageType: null, appImage: '/home/a/App.AppImage' }],
    ['nsis', { ...deb, platform: 'win32', packageType: null }],
    ['mac', { ...deb, platform: 'darwin', packageType: null }],
    // An unpacked archive, and unknown package types.
    ['none', { ...deb, packageType: null }],
    ['none', { ...deb, packageType: 'pacman' }],
    ['none', { ...deb, platform: 'freebsd', packageType: null, appImage: '/a' }],
    ['none', { ...deb, isPackaged: false }],
  ] as const)('is %s', (kind, facts) => {
    expect(packageKindFor(facts)).toBe(kind)
  })

  it('is the installed one, even if an AppImage started it', () => {
    expect(packageKindFor({ ...deb, appImage: '/home/a/Terminal.AppImage' })).toBe('deb')
  })
})

describe('an offer', () => {
  const found = {
    version: '1.2.0',
    files: ['App-1.2.0.AppImage', 'app_1.2.0~beta_amd64.deb', 'app-1.2.0.rpm'],
  }

  it.each([
    ['deb', 'sudo apt install ./app_1.2.0~beta_amd64.deb'],
    ['rpm', 'sudo dnf install ./app-1.2.0.rpm'],
  ] as const)('leaves a %s to its package manager until the user agrees to be asked', (kind, command) => {
    expect(offerFor(found, kind, settings)).toEqual({ how: 'packageManager', command })
    expect(offerFor(found, kind, { ...settings, allowPrivileged: true })).toEqual({ how: 'download' })
  })

  it.each(['appimage', 'nsis', 'mac'] as const)('is downloaded by %s, which needs no password', (kind) => {
    expect(offerFor(found, kind, settings)).toEqual({ how: 'download' })
  })

  it.each([
    'a.deb;reboot',
    '../../etc/a.deb',
    '$(reboot).deb',
    'a b.deb',
    '-o=x.deb',
    'https://x/a.deb',
    'a.deb\n',
  ])('never builds a command from a file name with shell syntax: %j', (file) => {
    expect(offerFor({ version: '1.2.0', files: [file] }, 'deb', settings)).toEqual({
      how: 'packageManager',
      command: null,
    })
  })
})

describe('a downloaded update', () => {
  it.each([
    ['appimage', 'auto', 'quiet'],
    ['appimage', 'notify', 'quit'],
    ['appimage', 'off', 'quit'],
    ['nsis', 'auto', 'quiet'],
    ['nsis', 'notify', 'quit'],
    ['mac', 'auto', 'quiet'],
    ['mac', 'notify', null],
    ['deb', 'auto', null],
    ['rpm', 'notify', null],
  ] as const)('of %s in mode %s waits for %s', (kind, mode, expected) => {
    expect(waitingForAfterDownload(kind, mode)).toBe(expected)
  })

  it('opens no password dialog at quit, and does not start the app again', () => {
    expect((['appimage', 'nsis', 'mac', 'deb', 'rpm'] as const).filter(installsOnQuit)).toEqual([
      'appimage',
      'nsis',
    ])
  })
})
