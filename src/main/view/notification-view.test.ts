import { describe, expect, it } from 'vitest'
import { errorWords } from '../../shared/errors.ts'
import type { AppState } from './app-state.ts'
import { bridgeWith, NOW, stateWith, TUNNELS } from './app-state.test-support.ts'
import { notificationsFor, type NotificationId } from './notification-view.ts'
import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { TunnelState } from '../../bridge/supervisor/tunnel-state.ts'

const told = (before: Partial<AppState>, after: Partial<AppState>, known: readonly NotificationId[] = []) =>
  notificationsFor(stateWith(before), stateWith(after), new Set(known)).map(({ id }) => id)

const tunnel = (state: TunnelState) => ({ bridge: bridgeWith({ tunnel: state }) })
const blocked = tunnel({ kind: 'blocked', cause: 'SIGN_IN_EXPIRED' })
const offered = { update: { kind: 'available', version: '1.3.0', notesUrl: '', how: 'download' } } as const
const notify = { settings: { ...stateWith().settings, updateMode: 'notify' } } as const

describe('notifications', () => {
  it('report once that the user has to act', () => {
    expect(told({}, blocked)).toEqual(['needsYou'])
    expect(told(blocked, { ...blocked, now: NOW + 1 })).toEqual([])
    const locked = {
      bridge: null,
      secrets: { kind: 'locked', message: errorWords('SECRETS_UNAVAILABLE') },
    } as const
    expect(told({ bridge: null }, locked)).toEqual(['needsYou'])
  })

  it('do not repeat what an open window shows', () => {
    expect(told({ window: 'shown' }, { ...blocked, window: 'shown' })).toEqual([])
    expect(told({ ...notify, window: 'shown' }, { ...notify, ...offered, window: 'shown' })).toEqual([])
  })

  it('do not report problems that resolve themselves', () => {
    const passing = TUNNELS.filter(({ kind }) => kind !== 'blocked')
    for (const before of passing)
      for (const after of passing) expect(told(tunnel(before), tunnel(after))).toEqual([])
  })

  it('report an update only if it needs approval', () => {
    expect(told(notify, { ...notify, ...offered })).toEqual(['update'])
    expect(told({ ...notify, ...offered }, { ...notify, ...offered })).toEqual([])
    expect(told({}, offered)).toEqual([])
    expect(told({}, { update: { ...offered.update, how: 'packageManager', command: null } })).toEqual([
      'update',
    ])
  })

  it('report the first use of a key, once, and not of the default key or at start', () => {
    const key = { id: 'k1', name: 'Phone' } as KeyRecord
    const used = { ...key, usage: { lastAt: NOW, requests: 1, tokens: 0 } }
    expect(told({ keys: [key] }, { keys: [used] })).toEqual(['newClient'])
    expect(told({ keys: [used] }, { keys: [used] })).toEqual([])
    expect(told({ keys: [] }, { keys: [used] })).toEqual([])
    expect(told({ keys: [key] }, { keys: [used], defaultKeyId: 'k1' })).toEqual([])
    const settings = { ...stateWith().settings, notifyNewClient: false }
    expect(told({ keys: [key] }, { keys: [used], settings })).toEqual([])
  })

  it('report a relay that was away for five minutes, once', () => {
    const at = (minutes: number) => ({ offlineSince: NOW, now: NOW + minutes * 60_000 })
    expect(told(at(4), at(4.9))).toEqual([])
    expect(told(at(4), at(5))).toEqual(['relayDown'])
    expect(told(at(5), at(6))).toEqual([])
    const settings = { ...stateWith().settings, notifyRelayDown: false }
    expect(told(at(4), { ...at(5), settings })).toEqual([])
  })

  it('explain once that closing the window does not quit the app', () => {
    const open = { window: 'shown' } as const
    expect(told(open, {})).toEqual(['stillRunning'])
    expect(told(open, {}, ['stillRunning'])).toEqual([])
    expect(told(open, { isDraining: true })).toEqual([])
    expect(told(open, { bridge: null })).toEqual([])
    expect(told(open, { hasTray: false })).toEqual([])
    expect(told({}, {})).toEqual([])
  })

  it('treat a minimized window as hidden, but not as closed', () => {
    const minimized = { window: 'minimized' } as const
    expect(told(minimized, { ...blocked, ...minimized })).toEqual(['needsYou'])
    expect(told({ window: 'shown' }, minimized)).toEqual([])
    expect(told(minimized, {})).toEqual(['stillRunning'])
  })
})
