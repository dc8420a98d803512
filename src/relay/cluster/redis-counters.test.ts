import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { RedisCounters } from './redis-counters.ts'

it('counts locally while Redis is unavailable', async () => {
  const client = { status: 'reconnecting' } as Redis
  const counters = new RedisCounters(client, { name: 'test', points: 10, durationS: 60 })
  await counters.add('alice', 1)
  expect(await counters.add('alice', 1)).toBe(2)
  await counters.subtract('alice', 1)
  expect(await counters.get('alice', 1)).toBe(1)
  await counters.forget('alice', 1)
  expect(await counters.get('alice', 1)).toBe(0)
})
