import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { parseRelayConfig, type RelayFlags } from '../config.ts'
import { type RequestSource, RequestLimits } from './request-limits.ts'
import { limiterFactory } from './sliding-window.ts'

// The limiter library reads the real clock.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function limitsOf(flags: RelayFlags): RequestLimits {
  const clock = new FakeClock()
  return new RequestLimits({
    config: parseRelayConfig(flags, {}),
    clock,
    createLimiter: limiterFactory(clock),
  })
}

const ALICE: RequestSource = { ownerId: 'alice' as OwnerId, key: 'k', address: '192.0.2.1' }
const noWatch = () => {}
const enterAs =
  (limits: RequestLimits) =>
  async (source: Partial<RequestSource> = {}) =>
    limits.enter({ ...ALICE, ...source }, noWatch)

describe('RequestLimits', () => {
  it('limits an owner’s concurrent requests, however close together they arrive', async () => {
    const enter = enterAs(limitsOf({ maxConcurrentStreams: 2, maxQueued: 0, maxRequests: 100 }))
    const results = await Promise.allSettled([1, 2, 3].map(() => enter()))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(results[2]).toMatchObject({ reason: { code: 'TOO_MANY_STREAMS', retryAfterS: 1 } })
    await expect(enter({ ownerId: 'bob' as OwnerId })).resolves.toBeDefined()
  })

  it('counts a request once across relays, and takes a slot at each', async () => {
    const enter = enterAs(limitsOf({ maxConcurrentStreams: 2, maxQueued: 0, maxRequests: 1 }))
    await enter()
    await enter({ isCounted: true })
    await expect(enter({ isCounted: true })).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS' })
  })

  it('releases a slot once, even if both ends report the end of the request', async () => {
    const enter = enterAs(limitsOf({ maxConcurrentStreams: 2, maxQueued: 0, maxStreams: 2 }))
    const release = await enter()
    await enter()
    release?.()
    release?.()
    await enter()
    await expect(enter()).rejects.toMatchObject({ code: 'TOO_MANY_CONNECTIONS' })
  })

  it.each([
    ['an owner', { maxRequests: 2 }, { ownerId: 'bob' as OwnerId }],
    ['a key', { maxRequestsPerKey: 2 }, { key: 'other' }],
    ['an address', { maxRequestsPerAddress: 2 }, { address: '192.0.2.2' }],
  ])('limits %s in a window, and nobody else', async (_what, flags, other) => {
    const enter = enterAs(limitsOf(flags))
    await enter()
    await enter()
    await expect(enter()).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
    await expect(enter(other)).resolves.toBeDefined()
  })

  it('does not count a refusal of one key against its owner', async () => {
    const enter = enterAs(limitsOf({ maxRequests: 3, maxRequestsPerKey: 1 }))
    await enter()
    for (let i = 0; i < 5; i++) await expect(enter()).rejects.toThrow()
    await expect(enter({ key: 'other' })).resolves.toBeDefined()
  })

  it('does not count refused requests against the limits of owner and relay', async () => {
    const enter = enterAs(limitsOf({ maxConcurrentStreams: 2, maxStreams: 2, maxRequests: 1 }))
    await enter()
    for (let i = 0; i < 5; i++) await expect(enter()).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  })

  it('refuses requests when the relay is full, and admits the next once one has ended', async () => {
    const enter = enterAs(limitsOf({ maxStreams: 1 }))
    const release = await enter()
    await expect(enter({ ownerId: 'bob' as OwnerId })).rejects.toMatchObject({
      code: 'TOO_MANY_CONNECTIONS',
      retryAfterS: 5,
    })
    release?.()
    await expect(enter({ ownerId: 'bob' as OwnerId })).resolves.toBeDefined()
  })
})
