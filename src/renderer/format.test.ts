import { expect, test } from 'vitest'
import { secondsUntil, toAge, toCount, toDuration, toSize } from './format.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12 kB'],
  [5_400_000_000, '5.4 GB'],
  [9e18, '9000000 TB'],
])('%d bytes are told as %s', (bytes, text) => {
  expect(toSize(bytes)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [2_340, '2.3 s'],
  [9_960, '10 s'],
  [59_600, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%d ms are told as %s', (ms, text) => {
  expect(toDuration(ms)).toBe(text)
})

test('a countdown ends at 0, and shows no 0 before it is over', () => {
  expect(secondsUntil(10_001, 10_000)).toBe(1)
  expect(secondsUntil(9_000, 10_000)).toBe(0)
})

test('an age is told in the largest whole unit, also when the clock was put back', () => {
  const now = 1_700_000_000_000
  expect(toAge(now - 59_000, now)).toBe('just now')
  expect(toAge(now + 5_000, now)).toBe('just now')
  expect(toAge(now - 61 * 60_000, now)).toBe('1 h ago')
})

test('one is singular', () => {
  expect([toCount(0, 'model'), toCount(1, 'model'), toCount(2, 'model')]).toEqual([
    '0 models',
    '1 model',
    '2 models',
  ])
})
