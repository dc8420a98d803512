import { beforeEach, expect, test } from 'vitest'
import type { AppError } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { KeyLimits } from './key-limits.ts'

let clock: FakeClock
let limits: KeyLimits
beforeEach(() => {
  clock = new FakeClock()
  // Advances to the start of a window.
  clock.advance(60_000 - (clock.monotonic() % 60_000))
  limits = new KeyLimits((id) => (id === 'owner' ? null : 2), clock)
})

/** Seconds to wait; 0 = admitted. */
function waitFor(id: string): number {
  try {
    limits.take(id)
    return 0
  } catch (cause) {
    expect(cause).toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    return (cause as AppError).retryAfterS!
  }
}

test('each key has its own limit, and the owner none', () => {
  expect([waitFor('a'), waitFor('a'), waitFor('b'), waitFor('owner')]).toEqual([0, 0, 0, 0])
  expect(waitFor('a')).toBeGreaterThan(0)
  expect(waitFor('b')).toBe(0)
})

test('no minute admits twice the limit, even across the end of a window', () => {
  clock.advance(59_000)
  expect([waitFor('a'), waitFor('a')]).toEqual([0, 0])
  clock.advance(2_000)
  expect(waitFor('a')).toBeGreaterThan(0)
})

test('a client that waits as long as told is admitted, and the wait is not counted', () => {
  waitFor('a')
  waitFor('a')
  const retryAfterS = waitFor('a')
  expect(retryAfterS).toBeGreaterThan(60)
  clock.advance(retryAfterS * 1_000 - 1_000)
  expect(waitFor('a')).toBe(1)
  clock.advance(1_000)
  expect(waitFor('a')).toBe(0)
})

test('requests counted two minutes ago no longer count', () => {
  waitFor('a')
  waitFor('a')
  clock.advance(120_000)
  expect([waitFor('a'), waitFor('a')]).toEqual([0, 0])
})
