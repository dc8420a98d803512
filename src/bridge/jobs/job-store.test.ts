import { beforeEach, describe, expect, it } from 'vitest'
import { isFinal } from '../../shared/jobs.ts'
import type { JobScope } from './job-queries.ts'
import {
  callerOf,
  DAY_MS,
  DEVICE,
  FAILURE,
  itemsOf,
  JobStage,
  newJob,
  temporaryDir,
} from './jobs.test-support.ts'

let stage: JobStage
beforeEach(async () => {
  stage = await JobStage.open()
})

const PHONE: JobScope = { kind: 'key', ownerId: 'me', grantId: 'phone' }
const laptop = { id: 'laptop', name: 'laptop' }
const code = (text: string): unknown => expect.objectContaining({ code: text })
const textOf = (body: Uint8Array | null) => Buffer.from(body ?? []).toString()

describe('a job', () => {
  it('is queued, runs, and completes with its last request', () => {
    const { n, id } = stage.add(2)
    expect(id).toMatch(/^job_[0-9A-Za-z]{24}$/)
    expect(stage.job(n)).toMatchObject({ state: 'queued', startedAt: null, counts: { total: 2 } })
    stage.work(n)
    expect(stage.job(n)).toMatchObject({ state: 'running', counts: { completed: 1 }, attempts: 1 })
    stage.work(n)
    expect(stage.job(n)).toMatchObject({ state: 'completed', finishedAt: expect.any(Number), error: null })
    expect([...stage.store.items.results(n)].map(({ body }) => textOf(body))).toEqual([
      'answer 0',
      'answer 1',
    ])
  })

  it('fails with its first request that fails, unless it is a batch', () => {
    const { n } = stage.add(2)
    stage.work(n, FAILURE)
    expect(stage.job(n)).toMatchObject({ state: 'failed', error: { code: 'HTTP_400', message: 'No.' } })
    const batch = stage.add(2, { type: 'batch' })
    expect(batch.id).toMatch(/^batch_/)
    stage.work(batch.n, FAILURE)
    stage.work(batch.n)
    expect(stage.job(batch.n)).toMatchObject({ state: 'completed', counts: { completed: 1, failed: 1 } })
  })

  it('has a revision that every change increases', () => {
    const { n } = stage.add(2, { type: 'batch' })
    const seen = [stage.job(n).revision]
    stage.store.watch((changed) => void seen.push(stage.job(changed).revision))
    stage.work(n)
    stage.store.report(n, progressOf(1))
    stage.store.setDetail(n, { a: 1 })
    stage.work(n, FAILURE)
    stage.store.retry(n)
    stage.store.cancel(n)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBe(9)
  })

  it('has a progress that never decreases', () => {
    const { n } = stage.add(1, { type: 'pull' })
    stage.store.report(n, progressOf(50, 100))
    stage.store.report(n, progressOf(10, 20))
    expect(stage.job(n).progress).toMatchObject({ completed_bytes: 50, total_bytes: 100, status: 'pulling' })
  })

  it('is retried: only requests that failed or were not done', () => {
    const { n } = stage.add(3)
    stage.work(n)
    stage.work(n, FAILURE)
    const { bytes } = stage.job(n)
    stage.store.retry(n)
    expect(stage.job(n)).toMatchObject({ state: 'queued', error: null, finishedAt: null })
    expect(stage.job(n).bytes).toBe(bytes - 'answer 1'.length)
    expect([stage.work(n), stage.work(n)]).toEqual([1, 2])
    expect(stage.job(n)).toMatchObject({ state: 'completed', counts: { completed: 3, failed: 0 } })
    expect(() => stage.store.retry(stage.add().n)).toThrow(code('JOB_NOT_FINISHED'))
  })

  it('is cancelled once, and a later result is dropped', () => {
    const { n } = stage.add(2)
    const item = stage.store.items.take(n)!
    stage.store.cancel(n)
    stage.store.items.finish(item, { ...FAILURE } as never)
    stage.store.fail(n, { code: 'X', message: 'late' })
    expect(stage.job(n)).toMatchObject({ state: 'cancelled', error: null, counts: { failed: 0 } })
  })

  it('is deleted only after its end, with all its data', () => {
    const { n, id } = stage.add()
    expect(() => stage.store.remove(n)).toThrow(code('JOB_NOT_FINISHED'))
    stage.work(n)
    stage.store.remove(n)
    expect(() => stage.store.get(DEVICE, id)).toThrow(code('JOB_NOT_FOUND'))
    expect(stage.store.list(DEVICE, { limit: 10 }).jobs).toEqual([])
    expect(Object.values(stage.store.counts())).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('expires if it is not done in time, and is deleted later', () => {
    const [waiting, done] = [stage.add(), stage.add()]
    const soon = stage.add(1, { expiresAt: stage.clock.now() + 1_000 })
    stage.work(done.n)
    stage.clock.advance(1_000)
    stage.store.sweep()
    expect(stage.job(soon.n)).toMatchObject({ state: 'expired', error: { code: 'JOB_EXPIRED' } })
    stage.clock.advance(30 * DAY_MS - 1_000)
    stage.store.sweep()
    expect([stage.job(waiting.n).state, stage.store.find(done.n)]).toEqual(['expired', undefined])
  })
})

describe('items', () => {
  it('wait for their time, after those that were never tried', () => {
    const { n } = stage.add(3, { type: 'batch' })
    const first = stage.store.items.take(n)!
    stage.store.items.putBack(first, stage.clock.now() + 5_000, true)
    expect([stage.work(n), stage.work(n)]).toEqual([1, 2])
    expect(stage.store.items.take(n)).toBeUndefined()
    stage.clock.advance(5_000)
    expect(stage.store.items.take(n)).toMatchObject({ number: 0, attempts: 2 })
  })

  it('do not use up an attempt that does not count', () => {
    const { n } = stage.add()
    stage.store.items.putBack(stage.store.items.take(n)!, 0, false)
    expect(stage.job(n)).toMatchObject({ state: 'queued', attempts: 0 })
    expect(stage.store.items.take(n)?.attempts).toBe(1)
  })

  it('are stored in parts, and only then is the job queued', async () => {
    const { n } = stage.store.create(newJob({ type: 'batch' }), null)
    const sizes: number[] = []
    stage.store.watch(() => void sizes.push(stage.job(n).counts.total))
    expect(stage.store.unfilled().map((job) => job.n)).toEqual([n])
    stage.limits = { ...stage.limits, maxBytesPerKey: 10_000_000 }
    expect(await stage.store.items.fill(n, itemsOf(1_200))).toBe(1_200)
    expect(sizes).toEqual([500, 1_000, 1_200])
    expect(stage.store.unfinished().map((job) => job.n)).toEqual([n])
    expect(stage.store.items.take(n)).toMatchObject({ customId: 'c0', number: 0 })
  })

  it('can be stored again from the beginning after an interruption', async () => {
    const { n } = stage.store.create(newJob({ type: 'batch' }), null)
    function* broken() {
      yield* itemsOf(600)
      throw new Error('the disk is gone')
    }
    stage.limits = { ...stage.limits, maxBytesPerKey: 10_000_000 }
    await expect(stage.store.items.fill(n, broken())).rejects.toThrow('the disk is gone')
    expect(await stage.store.items.fill(n, itemsOf(2))).toBe(2)
    expect(stage.job(n)).toMatchObject({ isFilled: true, counts: { total: 2 } })
    expect(stage.job(n).bytes).toBeLessThan(5_000)
    await expect(stage.store.items.fill(stage.store.create(newJob(), null).n, [])).rejects.toThrow(
      'no requests',
    )
  })
})

describe('limits', () => {
  it('bound the unfinished jobs of a key, and not those of others', () => {
    stage.limits = { ...stage.limits, maxWaitingPerKey: 2 }
    const { n } = stage.add()
    stage.add()
    expect(() => stage.add()).toThrow(code('TOO_MANY_JOBS'))
    stage.add(1, { grant: laptop })
    stage.work(n)
    stage.add()
  })

  it('bound the stored bytes of a key: requests and answers', () => {
    stage.limits = { ...stage.limits, maxBytesPerKey: 10_000 }
    const big = { path: '/api/chat', body: Buffer.alloc(6_000) }
    const { n } = stage.store.create(newJob(), [big])
    expect(() => stage.store.create(newJob(), [big])).toThrow(code('JOB_STORAGE_FULL'))
    stage.store.create(newJob({ grant: laptop }), [big])
    stage.work(n, { body: Buffer.alloc(6_000) })
    expect(stage.job(n)).toMatchObject({ state: 'failed', error: { code: 'JOB_STORAGE_FULL' } })
    expect([...stage.store.items.results(n)]).toMatchObject([{ status: null, body: null }])
  })

  it('return the same job for the same name and request, and refuse another request', () => {
    const name = { text: 'k', digest: 'a', isConversation: false }
    const { n } = stage.add(1, { name })
    expect(stage.add(1, { name }).n).toBe(n)
    expect(() => stage.add(1, { name: { ...name, digest: 'b' } })).toThrow(code('KEPT_NAME_REUSED'))
    expect(stage.add(1, { name, grant: laptop }).n).not.toBe(n)
  })
})

describe('another key', () => {
  it('sees nothing, nor does another owner; the owner sees all of theirs', () => {
    const { n, id } = stage.add()
    const mine = stage.add(1, { grant: laptop })
    const scopes: JobScope[] = [
      { kind: 'key', ownerId: 'me', grantId: 'laptop' },
      { kind: 'key', ownerId: 'you', grantId: 'phone' },
      { kind: 'owner', ownerId: 'you' },
    ]
    for (const scope of scopes) {
      expect(() => stage.store.get(scope, id)).toThrow(code('JOB_NOT_FOUND'))
      expect(() => stage.store.list(scope, { limit: 10, after: id })).toThrow(code('JOB_NOT_FOUND'))
      expect(stage.store.list(scope, { limit: 10 }).jobs.map((job) => job.n)).not.toContain(n)
    }
    expect(stage.store.list({ kind: 'owner', ownerId: 'me' }, { limit: 10 }).jobs).toMatchObject([
      { n: mine.n },
      { n },
    ])
  })
})

describe('the list', () => {
  it('is in pages, newest first, by state and type', () => {
    const jobs = [stage.add(), stage.add(1, { type: 'pull' }), stage.add()]
    const [first, second, third] = jobs.map(({ id }) => id)
    stage.work(jobs[0]!.n)
    const ids = (query: object) => {
      const { jobs: found, hasMore } = stage.store.list(PHONE, { limit: 2, ...query })
      return [found.map(({ id }) => id), hasMore]
    }
    expect(ids({})).toEqual([[third, second], true])
    expect(ids({ after: second })).toEqual([[first], false])
    expect(ids({ states: ['completed', 'failed'] })).toEqual([[first], false])
    expect(ids({ types: ['pull'], states: ['queued'] })).toEqual([[second], false])
  })

  it('shows each job’s position in the queue: keys take turns', () => {
    const [a, b, c] = [stage.add(), stage.add(), stage.add(1, { grant: laptop })]
    expect(stage.store.queuePositions()).toEqual(
      new Map([
        [a.n, 1],
        [c.n, 2],
        [b.n, 3],
      ]),
    )
  })
})

describe('after a restart', () => {
  it('running requests are queued again without using an attempt, and finished ones stay finished', async () => {
    const dir = await temporaryDir()
    stage = await JobStage.open(dir)
    const [single, batch] = [stage.add(), stage.add(3, { type: 'batch' })]
    stage.work(batch.n)
    stage.store.items.take(single.n)
    stage.store.items.take(batch.n)
    const before = stage.job(batch.n)
    // As after a kill: the database is not closed.
    stage = await JobStage.open(dir)
    expect(stage.job(single.n)).toMatchObject({ state: 'queued', caller: callerOf('phone') })
    expect(stage.job(batch.n)).toMatchObject({ state: 'running', counts: { completed: 1 } })
    expect(stage.job(batch.n).revision).toBeGreaterThanOrEqual(before.revision)
    expect(stage.store.items.take(single.n)?.attempts).toBe(1)
    expect([stage.work(batch.n), stage.work(batch.n)]).toEqual([1, 2])
    expect(isFinal(stage.job(batch.n).state)).toBe(true)
  })

  it('a request that was running at three kills fails, and the others of its batch do not', async () => {
    const dir = await temporaryDir()
    stage = await JobStage.open(dir)
    const { n } = stage.add(3, { type: 'batch' })
    stage.work(n)
    for (let kill = 0; kill < 3; kill++) {
      expect(stage.store.items.take(n)).toMatchObject({ number: 1, attempts: 1 })
      stage = await JobStage.open(dir)
    }
    expect(stage.work(n)).toBe(2)
    expect(stage.job(n)).toMatchObject({ state: 'completed', counts: { completed: 2, failed: 1 } })
    const [, failed] = [...stage.store.items.results(n)]
    expect(failed).toMatchObject({ isFailed: true, status: null, error: { code: 'JOB_INTERRUPTED' } })
  })

  it('a job with one request that was running at three kills fails; a retry allows three more', async () => {
    const dir = await temporaryDir()
    stage = await JobStage.open(dir)
    const { n } = stage.add()
    const killTwice = async () => {
      for (let kill = 0; kill < 2; kill++) {
        stage.store.items.take(n)
        stage = await JobStage.open(dir)
        expect(stage.job(n).state).toBe('queued')
      }
    }
    await killTwice()
    stage.store.items.take(n)
    stage = await JobStage.open(dir)
    expect(stage.job(n)).toMatchObject({ state: 'failed', error: { code: 'JOB_INTERRUPTED' } })
    expect(stage.store.unsettled().map((job) => job.n)).toEqual([n])
    stage.store.retry(n)
    await killTwice()
  })

  it('a clean stop does not count, nor does a kill after a download made progress', async () => {
    const dir = await temporaryDir()
    stage = await JobStage.open(dir)
    const [chat, pull] = [stage.add(), stage.add(1, { type: 'pull' })]
    for (let round = 1; round <= 5; round++) {
      stage.store.items.putBack(stage.store.items.take(chat.n)!, 0, false)
      stage.store.items.take(pull.n)
      stage.store.report(pull.n, progressOf(round))
      stage = await JobStage.open(dir)
    }
    expect(stage.job(pull.n).state).toBe('queued')
    for (let kill = 0; kill < 2; kill++) {
      stage.store.items.take(pull.n)
      stage.store.report(pull.n, progressOf(2))
      stage = await JobStage.open(dir)
    }
    expect([stage.job(chat.n).state, stage.job(pull.n)]).toMatchObject([
      'queued',
      { state: 'failed', error: { code: 'JOB_INTERRUPTED' } },
    ])
  })

  it('unhandled ends are reported', async () => {
    const dir = await temporaryDir()
    stage = await JobStage.open(dir)
    const [handled, other] = [stage.add(), stage.add()]
    for (const { n } of [handled, other]) stage.work(n)
    stage.store.settle(handled.n)
    stage = await JobStage.open(dir)
    expect(stage.store.unsettled().map(({ n }) => n)).toEqual([other.n])
  })
})

function progressOf(completed: number, total = 100) {
  return {
    status: 'pulling',
    completed_bytes: completed,
    total_bytes: total,
    bytes_per_second: null,
    eta_seconds: null,
  }
}
