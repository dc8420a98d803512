import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { FairQueue, type Release } from './fair-queue.ts'

const WAIT_MS = 10_000
const noWatch = () => {}

let clock: FakeClock
let queue: FairQueue
let served: string[]
let places: Release[]
beforeEach(() => {
  clock = new FakeClock()
  queue = new FairQueue({ clock, maxActive: 2, maxWaiting: 4, maxWaitMs: WAIT_MS })
  served = []
  places = []
})

/** A request that notes when it gets its place. */
async function ask(key: string, owner = 'alice', onWait: (giveUp: () => void) => void = noWatch) {
  const release = await queue.enter(owner as OwnerId, key, onWait)
  if (release === undefined) return 'left'
  served.push(key)
  places.push(release)
  return 'in'
}

async function leaveOne(): Promise<void> {
  places.shift()?.()
  await Promise.resolve()
  await Promise.resolve()
}

it('grants a limited number of slots, and one more for each release', async () => {
  await Promise.all([ask('a'), ask('b')])
  void ask('c')
  void ask('d')
  const [first] = places
  await leaveOne()
  first?.()
  await leaveOne()
  expect(served).toEqual(['a', 'b', 'c', 'd'])
})

it('lets keys take turns, however many requests each has queued', async () => {
  await Promise.all([ask('a'), ask('a')])
  for (const key of ['a', 'a', 'b', 'c']) void ask(key)
  for (let i = 0; i < 4; i++) await leaveOne()
  expect(served.slice(2)).toEqual(['a', 'b', 'c', 'a'])
})

it('keeps owners independent of each other', async () => {
  for (let i = 0; i < 6; i++) void ask('a')
  expect(await ask('z', 'bob')).toBe('in')
})

it('refuses immediately if the queue is full, with the position that the request would have had', async () => {
  for (let i = 0; i < 6; i++) void ask('a')
  await expect(ask('a')).rejects.toMatchObject({
    code: 'TOO_MANY_STREAMS',
    retryAfterS: 1,
    queue: { position: 5, length: 4 },
  })
})

it('makes room in a full queue for a key with fewer requests in it', async () => {
  for (let i = 0; i < 5; i++) void ask('a')
  const last = ask('a')
  const newcomer = ask('b')
  await expect(last).rejects.toMatchObject({ queue: { position: 4, length: 4 } })
  await leaveOne()
  await leaveOne()
  expect(await newcomer).toBe('in')
})

it('refuses after the maximum time in the queue, with the position reached', async () => {
  await Promise.all([ask('a'), ask('a')])
  const [late, other] = [ask('a'), ask('b')]
  const second = ask('a')
  for (const one of [late, other, second]) one.catch(noWatch)
  clock.advance(WAIT_MS)
  await expect(late).rejects.toMatchObject({ queue: { position: 1, length: 3 } })
  await expect(other).rejects.toMatchObject({ queue: { position: 2, length: 2 } })
  await expect(second).rejects.toMatchObject({ queue: { position: 1, length: 1 } })
})

it('removes a request that leaves the queue', async () => {
  await Promise.all([ask('a'), ask('a')])
  let giveUp = noWatch
  const leaver = ask('b', 'alice', (release) => void (giveUp = release))
  void ask('c')
  giveUp()
  expect(await leaver).toBe('left')
  await leaveOne()
  expect(served).toEqual(['a', 'a', 'c'])
})

it('is empty at the end of any sequence, and never admits more requests than slots', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    does: fc.constantFrom('ask', 'askAndLeave', 'finish', 'pass'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      queue = new FairQueue({ clock, maxActive: 2, maxWaiting: 4, maxWaitMs: WAIT_MS })
      places = []
      for (const { key, does } of steps) {
        if (does === 'ask') ask(key).catch(noWatch)
        else if (does === 'askAndLeave') ask(key, 'alice', (giveUp) => giveUp()).catch(noWatch)
        else if (does === 'pass') clock.advance(3_000)
        else await leaveOne()
        await Promise.resolve()
        await Promise.resolve()
        expect(places.length).toBeLessThanOrEqual(2)
      }
      for (let i = 0; i < 8; i++) await leaveOne()
      expect(queue.ownerCount).toBe(0)
      expect(clock.pendingTimers).toBe(0)
    }),
  )
})
