import { describe, expect, it } from 'vitest'
import type { SettingsView } from '../../../shared/ipc/view.ts'
import { enter, recordOutcome, withDrafts, type Drafts } from './drafts.ts'

const settings: SettingsView = {
  values: {
    deviceName: 'Study',
    upstream: null,
    ownerScopes: ['inference'],
    maxConcurrent: 256,
    keepUsage: true,
    jobsPaused: false,
    jobsOnlyAtNight: false,
    jobsNightFrom: 22,
    jobsNightTo: 7,
    jobsOnBattery: false,
    startMinimized: false,
    language: 'system',
    notifyNewClient: true,
    notifyRelayDown: true,
    notifyUpdate: true,
    trayStyle: 'auto',
    updateMode: 'auto',
    updateChannel: 'latest',
    allowPrivilegedUpdates: false,
    theme: 'system',
  },
  locked: [],
  launchAtLogin: false,
  hasUpstreamKey: false,
  hasTray: true,
}
const next: SettingsView = { ...settings }
const nothing: Drafts = {}

describe('a draft of a setting', () => {
  it('is shown while it is being saved, regardless of snapshots', () => {
    const drafts = enter(enter(nothing, 'maxConcurrent', 12), 'launchAtLogin', true)
    for (const snapshot of [settings, next]) {
      const { maxConcurrent, launchAtLogin } = withDrafts(snapshot, drafts)
      expect([maxConcurrent, launchAtLogin]).toEqual([12, true])
    }
  })

  it('is shown after saving until the next snapshot', () => {
    const drafts = recordOutcome(enter(nothing, 'theme', 'dark'), 'theme', 'dark', null, settings)
    expect(withDrafts(settings, drafts).theme).toBe('dark')
    expect(withDrafts(next, drafts).theme).toBe('system')
  })

  it('that was refused stays as entered, with its error, until the next value is validated', () => {
    const refused = recordOutcome(enter(nothing, 'upstream', 'x'), 'upstream', 'x', 'No.', settings)
    expect(withDrafts(next, refused).upstream).toBe('x')
    expect(refused.upstream?.error).toBe('No.')
    const again = enter(refused, 'upstream', 'y')
    expect(again.upstream?.error).toBe('No.')
    expect(recordOutcome(again, 'upstream', 'y', null, next).upstream?.error).toBeNull()
  })

  it('that was refused is dropped for a switch and for permissions', () => {
    let drafts = recordOutcome(
      enter(nothing, 'startMinimized', true),
      'startMinimized',
      true,
      'No.',
      settings,
    )
    const scopes = ['inference', 'read'] as const
    drafts = recordOutcome(enter(drafts, 'ownerScopes', scopes), 'ownerScopes', scopes, 'No.', settings)
    expect(withDrafts(settings, drafts)).toEqual(withDrafts(settings, nothing))
    expect(drafts.startMinimized?.error).toBe('No.')
  })

  it('ignores the response to an older value', () => {
    const drafts = enter(enter(nothing, 'deviceName', 'A'), 'deviceName', 'AB')
    expect(recordOutcome(drafts, 'deviceName', 'A', 'No.', settings)).toBe(drafts)
  })
})
