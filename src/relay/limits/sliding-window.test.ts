import { createHash } from 'node:crypto'
import { beforeEach, expect, it, vi } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { limiterFactory, SlidingWindow } from './sliding-window.ts'
import { MemoryCounters } from './window-counters.ts'

const WINDOW_MS = 60_000

let clock: FakeClock
let limit: SlidingWindow
beforeEach(() => {
  clock = new FakeClock()
  clock.jump(WINDOW_MS - (clock.now() % WINDOW_MS))
  limit = limiterFactory(clock)('test', 10, WINDOW_MS / 1000)
})

async function taken(tries: number, key = 'alice'): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: tries }, async () => limit.take(key)))
  return results.filter(({ status }) => status === 'fulfilled').length
}

it('admits a limited number per key, however close together they arrive', async () => {
  expect(await taken(15)).toBe(10)
  expect(await taken(1, 'bob')).toBe(1)
})

it('does not admit twice the limit at the edge of a window', async () => {
  clock.advance(WINDOW_MS - 1)
  expect(await taken(10)).toBe(10)
  clock.advance(1)
  expect(await taken(10)).toBe(0)
  clock.advance(WINDOW_MS / 2)
  expect(await taken(10)).toBe(5)
})

it('returns the time until there is room, to the second', async () => {
  await taken(10)
  clock.advance(20_000)
  const refusal: unknown = expect.objectContaining({ code: 'TOO_MANY_REQUESTS', retryAfterS: 46 })
  expect(() => limit.take('alice')).toThrow(refusal)
  clock.advance(45_000)
  expect(await taken(1)).toBe(0)
  clock.advance(1_000)
  expect(await taken(2)).toBe(1)
})

it('does not count refused attempts', async () => {
  await taken(100)
  clock.advance(2 * WINDOW_MS)
  expect(await taken(10)).toBe(10)
})

it('is not consumed by reading, and is full again after release', async () => {
  for (let i = 0; i < 20; i++) await limit.check('alice', 'PAIRING_LOCKED')
  await taken(10)
  const refusal: unknown = expect.objectContaining({ code: 'PAIRING_LOCKED' })
  expect(() => limit.check('alice', 'PAIRING_LOCKED')).toThrow(refusal)
  await limit.giveBack('alice')
  expect(await taken(2)).toBe(1)
  await limit.forget('alice')
  expect(await taken(10)).toBe(10)
})

it('uses names that cannot be guessed without the secret', async () => {
  const counters = new MemoryCounters()
  const add = vi.spyOn(counters, 'add')
  for (const secret of ['one', 'two'])
    await new SlidingWindow(counters, 10, WINDOW_MS, clock, Buffer.from(secret)).note('192.0.2.1')
  const names = add.mock.calls.map(([name]) => name)
  const digest = createHash('sha256').update('192.0.2.1').digest('base64url').slice(0, 8)
  expect(new Set(names).size).toBe(2)
  expect(names.filter((name) => name.includes(digest) || name.includes('192'))).toEqual([])
})
