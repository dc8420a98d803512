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
const guard = async (limit: AuthFailures, address: string | undefined, judge: () => unknown) =>
  limit.guard(address, judge)

async function fail(
  limit: AuthFailures,
  code: ErrorCode,
  times: number,
  address = '192.0.2.1',
): Promise<void> {
  for (let i = 0; i < times; i++)
    await expect(guard(limit, address, wrong(code))).rejects.toMatchObject({ code })
}

it('turns an address away after so many wrong keys, the right one too, and no other address', async () => {
  const limit = failures()
  await fail(limit, 'KEY_UNKNOWN', 3)
  await expect(guard(limit, '192.0.2.1', right)).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  expect(await guard(limit, '192.0.2.2', right)).toBe('in')
})

it('counts guesses only: neither what is right nor what was right once', async () => {
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

it('does not limit unknown addresses, nor any address if it is off', async () => {
  const limit = failures()
  for (let i = 0; i < 9; i++) await expect(guard(limit, undefined, wrong('KEY_UNKNOWN'))).rejects.toThrow()
  expect(await guard(limit, undefined, right)).toBe('in')
  await fail(failures(0), 'KEY_UNKNOWN', 9)
})
