import { beforeEach, expect, test } from 'vitest'

import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { ActivityLog } from './activity-log.ts'

let clock: FakeClock
let told: number
let log: ActivityLog
beforeEach(() => {
  clock = new FakeClock()
  told = 0
  log = new ActivityLog({ clock, onChange: () => told++ })
})

const facts = (requestId: string) => ({ requestId, method: 'POST', path: '/api/chat', key: 'phone' })
const figures = { model: 'm', status: 200, bytesIn: 10, bytesOut: 2_000, tokens: 12, tokensPerS: 6 }
const start = (id: string) => log.note({ type: 'start', ...facts(id) })
const progress = (id: string) => log.note({ type: 'progress', ...facts(id), ...figures })
const finish = (id: string) =>
  log.note({ type: 'finish', ...facts(id), ...figures, tokens: 50, error: null, durationMs: 3_000 })

test('a request is listed when it starts, while it runs and after it has ended', () => {
  const startedAt = clock.now()
  start('a')
  const begun = { ...facts('a'), startedAt, durationMs: null, error: null, keptUntil: null }
  const nothing = { model: null, status: null, bytesIn: 0, bytesOut: 0, tokens: null, tokensPerS: null }
  expect(log.snapshot()).toEqual({ active: [{ ...begun, ...nothing }], finished: [] })
  clock.advance(1_000)
  progress('a')
  expect(log.snapshot().active).toEqual([{ ...begun, ...figures }])
  finish('a')
  const done = { ...begun, ...figures, tokens: 50, durationMs: 3_000 }
  expect(log.snapshot()).toEqual({ active: [], finished: [done] })
})

test('the newest request comes first, running or ended, even when others change', () => {
  for (const id of ['a', 'b', 'c', 'd']) start(id)
  progress('a')
  finish('b')
  finish('c')
  const { active, finished } = log.snapshot()
  expect(active.map(({ requestId }) => requestId)).toEqual(['d', 'a'])
  expect(finished.map(({ requestId }) => requestId)).toEqual(['c', 'b'])
})

test('a bridge that runs for weeks keeps the last hundred requests only', () => {
  for (let i = 0; i < 1_000; i++) {
    start(`r${i}`)
    finish(`r${i}`)
  }
  const { active, finished } = log.snapshot()
  expect([active.length, finished.length]).toEqual([0, 100])
  expect([finished[0]?.requestId, finished.at(-1)?.requestId]).toEqual(['r999', 'r900'])
})

test('a list does not change after it was read', () => {
  start('a')
  const seen = log.snapshot()
  finish('a')
  expect([seen.active.length, seen.finished.length]).toEqual([1, 0])
})

test('changes are reported immediately, at most four times a second, and none is lost', () => {
  start('a')
  expect(told).toBe(1)
  for (let i = 0; i < 100; i++) {
    progress('a')
    clock.advance(10)
  }
  expect(told).toBe(1 + 4)
  finish('a')
  clock.advance(250)
  expect(told).toBe(1 + 4 + 1)
  clock.advance(10_000)
  expect([told, clock.pendingTimers]).toEqual([6, 0])
})

test('a stopped log reports nothing afterwards and leaves no timer', () => {
  start('a')
  finish('a')
  log.stop()
  clock.advance(1_000)
  expect([told, clock.pendingTimers]).toEqual([1, 0])
})

test('many requests with long paths use little memory', () => {
  for (let i = 0; i < 10_000; i++)
    log.note({ type: 'start', ...facts(`r${i}`), path: `/${'x'.repeat(8_000)}` })
  const { active } = log.snapshot()
  expect(active.length).toBe(200)
  expect(active[0]?.requestId).toBe('r9999')
  expect(active[0]?.path.length).toBeLessThanOrEqual(256)
  finish('r0')
  expect(log.snapshot().finished.map(({ requestId }) => requestId)).toEqual(['r0'])
})

test('the remaining waiting time of an answer is reported every half minute until it ends', () => {
  start('a')
  log.note({ type: 'kept', requestId: 'a', until: clock.now() + 60_000 })
  finish('a')
  expect(log.snapshot().finished[0]?.keptUntil).toBe(clock.now() + 60_000)
  clock.advance(1_000)
  const before = told
  clock.advance(30_000)
  expect(told).toBeGreaterThan(before)
  log.note({ type: 'kept', requestId: 'a', until: null })
  expect(log.snapshot().finished[0]?.keptUntil).toBeNull()
  clock.advance(60_000)
  expect(clock.pendingTimers).toBe(0)
})
