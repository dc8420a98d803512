import { expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { sampleJob } from './sample-job.test-support.ts'
import { MemoryStatusCache } from './status-cache.ts'

const ALICE = { routingId: 'r', identity: 'alice' }
const BOB = { routingId: 'r', identity: 'bob' }
const DAY_MS = 24 * 3_600_000

function stage() {
  const clock = new FakeClock()
  return { clock, cache: new MemoryStatusCache(clock) }
}

it('keeps the last state for the credential that has read it, for a day', () => {
  const { clock, cache } = stage()
  const seenAt = clock.now()
  cache.note(ALICE, sampleJob('job_1'))
  cache.note(ALICE, sampleJob('job_1', { revision: 2 }))
  expect(cache.find(ALICE, 'job_1')).toMatchObject({ job: { revision: 2 }, seenAt })
  expect([cache.find(BOB, 'job_1'), cache.find(ALICE, 'job_2')]).toEqual([undefined, undefined])
  expect([cache.knows(ALICE), cache.knows(BOB)]).toEqual([true, false])
  clock.advance(DAY_MS - 1)
  expect(cache.find(ALICE, 'job_1')).toBeDefined()
  clock.advance(1)
  expect([cache.find(ALICE, 'job_1'), cache.knows(ALICE)]).toEqual([undefined, false])
})

it('forgets one job or all of a credential', () => {
  const { cache } = stage()
  for (const id of ['job_1', 'job_2']) for (const reader of [ALICE, BOB]) cache.note(reader, sampleJob(id))
  cache.drop(ALICE, 'job_1')
  expect([cache.find(ALICE, 'job_1'), cache.knows(ALICE)]).toEqual([undefined, true])
  cache.drop(ALICE)
  expect([cache.knows(ALICE), cache.knows(BOB)]).toEqual([false, true])
})

it('keeps the latest two hundred jobs of a credential', () => {
  const { cache } = stage()
  for (let i = 0; i <= 200; i++) cache.note(ALICE, sampleJob(`job_${i}`))
  expect([cache.find(ALICE, 'job_0'), cache.find(ALICE, 'job_1')?.job.id]).toEqual([undefined, 'job_1'])
})

it('holds a bounded amount, and forgets those first who have not read for longest', () => {
  const { cache } = stage()
  const status = 'x'.repeat(600)
  const progress = { status, completed_bytes: 1, total_bytes: 2, bytes_per_second: null, eta_seconds: null }
  cache.note(ALICE, sampleJob('job_1'))
  for (let reader = 0; reader < 200; reader++)
    for (let i = 0; i < 100; i++)
      cache.note({ routingId: 'r', identity: String(reader) }, sampleJob(`job_${i}`, { progress }))
  expect([cache.knows(ALICE), cache.knows({ routingId: 'r', identity: '0' })]).toEqual([false, false])
  expect(cache.knows({ routingId: 'r', identity: '199' })).toBe(true)
})
