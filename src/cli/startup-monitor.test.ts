import { expect, test } from 'vitest'
import { NoWindowError, StartupMonitor } from './startup-monitor.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

function snapshotOf(tunnel: BridgeSnapshot['tunnel'], part: Partial<BridgeSnapshot> = {}): BridgeSnapshot {
  const upstream = { kind: 'down', baseUrl: null, since: 0, reason: 'None.' } as const
  return { tunnel, upstream, rttMs: undefined, url: undefined, device: null, activeRequests: 0, ...part }
}
const ONLINE = { kind: 'online', attempt: 0, since: 0 } as const
const BLOCKED = { kind: 'blocked', cause: 'CREDENTIAL_INVALID' } as const

test('startup is complete once the app is online and has looked for a model server', () => {
  const opening = new StartupMonitor(0)
  expect(opening.isDone(null, 0)).toBe(false)
  expect(opening.isDone(snapshotOf({ kind: 'connecting', attempt: 0, since: 0 }), 1)).toBe(false)
  expect(opening.isDone(snapshotOf(ONLINE, { upstream: { kind: 'unknown' } }), 2)).toBe(false)
  expect(opening.isDone(snapshotOf(ONLINE), 3)).toBe(true)
})

test('a refused device has a few seconds to be paired again', () => {
  const opening = new StartupMonitor(0)
  expect(opening.isDone(snapshotOf(BLOCKED), 1_000)).toBe(false)
  expect(opening.isDone(snapshotOf({ kind: 'signedOut' }), 2_000)).toBe(false)
  expect(opening.isDone(snapshotOf(BLOCKED), 4_000)).toBe(false)
  expect(opening.isDone(snapshotOf(BLOCKED), 6_999)).toBe(false)
  expect(() => opening.isDone(snapshotOf(BLOCKED), 7_000)).toThrow(/credential/)
})

test('an app that never reports a status has no window; one that reports but never gets online is a different error', () => {
  const silent = new StartupMonitor(0)
  expect(silent.isDone(null, 60_000)).toBe(false)
  expect(() => silent.isDone(null, 60_001)).toThrow(NoWindowError)
  const stuck = new StartupMonitor(0)
  stuck.isDone(snapshotOf({ kind: 'signedOut' }), 1)
  expect(() => stuck.isDone(null, 60_001)).toThrow(/did not go online/)
})

test('waiting for the user restarts the timeout', () => {
  const opening = new StartupMonitor(0)
  opening.waitForUser(500_000)
  expect(opening.isDone(null, 560_000)).toBe(false)
  expect(opening.isDone(snapshotOf(ONLINE), 560_001)).toBe(true)
})

test('a device that is paired with another relay is an error', () => {
  const device = { id: 'd', relayUrl: 'https://relay.example/' }
  expect(() => new StartupMonitor(0).isDone(snapshotOf(ONLINE, { device }), 1)).toThrow(
    /--data-dir.*relay\.example/,
  )
})
