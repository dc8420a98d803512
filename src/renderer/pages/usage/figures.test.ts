import { describe, expect, it } from 'vitest'
import type { UsageTotals } from '../../../shared/usage.ts'
import { highestOf, sumOf, timeOfDay, valueOf } from './figures.ts'

const day = (name: string, requests: number, medianMs: number | null = null): UsageTotals => ({
  name,
  requests,
  errors: requests > 5 ? 1 : 0,
  tokens: 10 * requests,
  medianMs,
})

const days = [
  day('2026-11-27', 3, 900),
  day('2026-11-28', 8, 400),
  day('2026-11-29', 8),
  day('2026-11-30', 0),
]

describe('the figures of some days', () => {
  it('have one value a day, or none where nothing was measured', () => {
    expect(days.map((each) => valueOf(each, 'time'))).toEqual([900, 400, null, null])
    expect(days.map((each) => valueOf(each, 'tokens'))).toEqual([30, 80, 80, 0])
  })

  it('name the latest of the highest days', () => {
    expect(highestOf(days, 'requests')?.name).toBe('2026-11-29')
    expect(highestOf(days, 'time')?.name).toBe('2026-11-27')
    expect(highestOf([day('2026-11-30', 0)], 'tokens')).toBeNull()
  })

  it('add up', () => {
    expect([sumOf(days, 'requests'), sumOf(days, 'errors'), sumOf(days, 'tokens')]).toEqual([19, 2, 190])
  })

  it('are dated by the local day', () => {
    const noon = new Date(timeOfDay('2026-11-29'))
    expect([noon.getFullYear(), noon.getMonth(), noon.getDate(), noon.getHours()]).toEqual([2026, 10, 29, 12])
  })
})
