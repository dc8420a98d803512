import { expect, it } from 'vitest'
import type { WallMs } from '../../shared/brands.ts'
import { isValidAt, renewalTime, retryDelayMs } from './renewal.ts'

const DAY_MS = 86_400_000
const validity = { notBefore: 0 as WallMs, notAfter: (90 * DAY_MS) as WallMs }

it('renews at two thirds of the life', () => {
  expect(renewalTime(validity)).toBe(60 * DAY_MS)
  expect(renewalTime({ notBefore: DAY_MS as WallMs, notAfter: (7 * DAY_MS) as WallMs })).toBe(5 * DAY_MS)
})

it('is valid from its first moment until its last', () => {
  const at = (ms: number) => isValidAt(validity, ms as WallMs)
  expect([at(-1), at(0), at(90 * DAY_MS - 1), at(90 * DAY_MS)]).toEqual([false, true, true, false])
})

it('retries after a minute, doubled up to an hour, less up to half at random', () => {
  const most = [1, 2, 3, 6, 7, 1_000].map((failures) => retryDelayMs(failures, undefined, () => 0) / 60_000)
  expect(most).toEqual([1, 2, 4, 32, 60, 60])
  expect(retryDelayMs(1, undefined, () => 1)).toBe(30_000)
})

it('never asks again before the authority allows it, nor waits longer than a week', () => {
  expect(retryDelayMs(1, 7_200, () => 0)).toBe(7_200_000)
  expect(retryDelayMs(1, 7_200, () => 0.5)).toBe(7_230_000)
  expect(retryDelayMs(7, 10, () => 0)).toBe(3_600_000)
  expect(retryDelayMs(1, 365 * 86_400, () => 0)).toBe(7 * DAY_MS)
})
