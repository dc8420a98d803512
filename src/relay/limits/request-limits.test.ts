import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestLimits } from './request-limits.ts'

// The limiter library reads the real clock.
beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('RequestLimits', () => {
  it('holds an owner to so many at once, however close together they come', async () => {
    const limits = new RequestLimits({ maxConcurrentStreams: 2, requestsPerMinute: 100 })
    const results = await Promise.allSettled([1, 2, 3].map(() => limits.enter('alice')))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(results[2]).toMatchObject({ reason: { code: 'TOO_MANY_STREAMS', retryAfterS: 1 } })
    await expect(limits.enter('bob')).resolves.toBeDefined()
  })

  it('gives a place back once, even where both ends of a request report its end', async () => {
    const limits = new RequestLimits({ maxConcurrentStreams: 2, requestsPerMinute: 0 })
    const leave = await limits.enter('alice')
    await limits.enter('alice')
    leave()
    leave()
    await limits.enter('alice')
    await expect(limits.enter('alice')).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS' })
  })

  it('holds an owner to so many a minute and says when the minute is over', async () => {
    const limits = new RequestLimits({ maxConcurrentStreams: 100, requestsPerMinute: 2 })
    await limits.enter('alice')
    vi.advanceTimersByTime(20_000)
    await limits.enter('alice')
    await expect(limits.enter('alice')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfterS: 40 })
    await expect(limits.enter('bob')).resolves.toBeDefined()
    vi.advanceTimersByTime(40_000)
    await expect(limits.enter('alice')).resolves.toBeDefined()
  })

  it('does not let refused requests fill the places', async () => {
    const limits = new RequestLimits({ maxConcurrentStreams: 2, requestsPerMinute: 1 })
    await limits.enter('alice')
    for (let i = 0; i < 5; i++)
      await expect(limits.enter('alice')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  })
})
