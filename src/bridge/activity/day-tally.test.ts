import { expect, test } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { DayTally } from './day-tally.ts'

const HOUR_MS = 3_600_000

test('counts by the hour, and drops counts older than a day', () => {
  const clock = new FakeClock()
  const tally = new DayTally(clock)
  tally.add(10)
  tally.add(null)
  clock.advance(HOUR_MS)
  tally.add(5)
  expect(tally.read()).toHaveLength(24)
  expect(tally.read().slice(-2)).toEqual([
    { requests: 2, tokens: 10 },
    { requests: 1, tokens: 5 },
  ])
  clock.advance(23 * HOUR_MS)
  expect(tally.read()[0]).toEqual({ requests: 1, tokens: 5 })
  expect(tally.read().at(-1)).toEqual({ requests: 0, tokens: 0 })
  clock.advance(HOUR_MS)
  tally.add(1)
  expect(tally.read().reduce((sum, { requests }) => sum + requests, 0)).toBe(1)
})
