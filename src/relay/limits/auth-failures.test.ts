import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { AuthFailures } from './auth-failures.ts'
import { limiterFactory } from './sliding-window.ts'

// The limiter library reads the real clock.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const failures = (max = 3) => new AuthFailures(max, limiterFactory(new FakeClock()))
const wrong = (code: ErrorCode) => () => {
  throw new AppError(code)
}
const right = () => 'in'
const guard = async (limit: AuthFailures, address: string | undefined, check: () => unknown) =>
  limit.guard(address, check)

async function fail(
  limit: AuthFailures,
  code: ErrorCode,
  times: number,
  address = '192.0.2.1',
): Promise<void> {
  for (let i = 0; i < times; i++)
    await expect(guard(limit, address, wrong(code))).rejects.toMatchObject({ code })
}

it('refuses an address after too many wrong keys, even with the right one, and no other address', async () => {
  const limit = failures()
  await fail(limit, 'KEY_UNKNOWN', 3)
  await expect(guard(limit, '192.0.2.1', right)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(await guard(limit, '192.0.2.2', right)).toBe('in')
})

it('counts only guesses: neither valid keys nor formerly valid ones', async () => {
  const limit = failures()
  for (let i = 0; i < 9; i++) await guard(limit, '192.0.2.1', right)
  await fail(limit, 'TOKEN_EXPIRED', 9)
  await fail(limit, 'OFFLINE', 9)
  expect(await guard(limit, '192.0.2.1', right)).toBe('in')
})

it('limits requests without a credential, but not those with one', async () => {
  const limit = failures()
  await fail(limit, 'UNAUTHORIZED', 30)
  await expect(guard(limit, '192.0.2.1', wrong('UNAUTHORIZED'))).rejects.toMatchObject({
    code: 'TOO_MANY_REQUESTS',
    retryAfterS: expect.any(Number),
  })
  expect(await guard(limit, '192.0.2.1', right)).toBe('in')
  await fail(limit, 'UNAUTHORIZED', 3, '192.0.2.2')
})

it('limits neither unknown addresses nor, if disabled, any address', async () => {
  const limit = failures()
  for (let i = 0; i < 9; i++) await expect(guard(limit, undefined, wrong('KEY_UNKNOWN'))).rejects.toThrow()
  expect(await guard(limit, undefined, right)).toBe('in')
  await fail(failures(0), 'KEY_UNKNOWN', 9)
})
