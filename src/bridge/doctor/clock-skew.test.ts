import { expect, test } from 'vitest'
import { inTerminal } from './check-text.test-support.ts'
import { assessClock, skewMs } from './clock-skew.ts'
import { visitWith } from './visit.test-support.ts'

const NOON = Date.parse('2026-01-01T12:00:00Z')

test('half of the round trip is the return path', () => {
  const visit = visitWith({ answeredAt: NOON + 5_000, rttMs: 10_000 })
  expect(skewMs(visit, '2026-01-01T12:00:00Z')).toBe(0)
})

test('the Date field is used if the relay does not report its time, and without either there is no skew', () => {
  const visit = visitWith({ answeredAt: NOON, headers: { date: 'Thu, 01 Jan 2026 11:00:00 GMT' } })
  expect(skewMs(visit, undefined)).toBe(3_600_000)
  expect(skewMs(visitWith({ answeredAt: NOON }), undefined)).toBeNull()
  expect(assessClock(null).level).toBe('ok')
})

test.each([
  [0, 'ok', /agree/],
  [60_000, 'ok', /agree/],
  [-60_001, 'warn', /60 s behind/],
  [300_000, 'warn', /5 min ahead/],
  [300_001, 'fail', /5 min ahead/],
  [-86_400_000, 'fail', /24 h behind/],
])('%d ms apart is %s', (skew, level, detail) => {
  expect(inTerminal(assessClock(skew))).toMatchObject({ level, detail: expect.stringMatching(detail) })
})
