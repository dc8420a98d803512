import { beforeEach, describe, expect, it, vi } from 'vitest'
import { FAILURE, JobStage, itemsOf, newJob, temporaryDir } from './jobs.test-support.ts'
import { RunnerStage } from './job-runner.test-support.ts'

let stage: RunnerStage
let jobs: JobStage
beforeEach(async () => {
  jobs = await JobStage.open()
  stage = new RunnerStage(jobs)
})

const laptop = { id: 'laptop', name: 'laptop' }
const targets = () => stage.calls.map(({ head }) => head.requestId.split('.').slice(1, 2).join())
const resultsOf = (n: number) =>
  [...jobs.store.items.results(n)].map(({ status, body }) => [status, Buffer.from(body ?? []).toString()])

describe('a job', () => {
  it('runs with its own request, in the name of its key, and keeps the answer', async () => {
    const { n, id } = jobs.add()
    stage.start()
    const { head, origin, body } = stage.last
    expect([head.method, head.target, head.principal, origin]).toEqual([
      'POST',
      '/api/chat',
      { kind: 'key', digest: 'phone' },
      'job',
    ])
    expect([head.requestId, body]).toEqual([`${id}.0.1`, '{"i":0}'])
    stage.last.answer(200, '{"done":true}')
    await stage.settle()
    expect([jobs.job(n).state, resultsOf(n)]).toEqual(['completed', [[200, '{"done":true}']]])
  })

  it('of this device’s own user needs no key', async () => {
    jobs.add(1, { caller: { kind: 'local' } })
    stage.isSharing = false
    stage.start()
    expect(stage.last.origin).toBe('local')
  })

  it('stops when it is cancelled or deleted', async () => {
    const { n } = jobs.add()
    stage.start()
    jobs.store.cancel(n)
    expect(stage.last.isStopped).toBe(true)
    await stage.settle()
    expect([jobs.job(n).state, stage.calls.length]).toEqual(['cancelled', 1])
  })

  it('runs one request after the other, or as many as the settings allow', async () => {
    jobs.add(3, { type: 'batch' })
    stage.start()
    expect(stage.calls).toHaveLength(1)
    stage.settings = { ...stage.settings, concurrency: 2 }
    stage.last.answer(200)
    await stage.settle()
    expect(targets()).toEqual(['0', '1', '2'])
  })
})

describe('the queue', () => {
  it('lets keys take turns, and the jobs of a key', async () => {
    jobs.store.create(newJob({ type: 'batch', model: 'a' }), itemsOf(3))
    jobs.store.create(newJob({ model: 'b' }), [{ path: '/b', body: Buffer.from('{}') }])
    jobs.store.create(newJob({ grant: laptop }), [{ path: '/c', body: Buffer.from('{}') }])
    stage.start()
    for (let i = 0; i < 5; i++) {
      stage.last.answer(200)
      await stage.settle()
    }
    expect(stage.calls.map(({ head }) => head.target)).toEqual([
      '/c',
      '/api/chat',
      '/b',
      '/api/chat',
      '/api/chat',
    ])
  })

  it('lets requests of clients go first, between the requests of a batch too', async () => {
    const { n } = jobs.add(2, { type: 'batch' })
    stage.conditions = { ...stage.conditions, liveCount: 1 }
    stage.start()
    expect([stage.calls.length, stage.runner.hold]).toEqual([0, 'live'])
    stage.conditions = { ...stage.conditions, liveCount: 0 }
    stage.runner.clientDone()
    await stage.settle()
    expect(stage.calls).toHaveLength(1)
    stage.conditions = { ...stage.conditions, liveCount: 1 }
    stage.last.answer(200)
    await stage.settle()
    expect([stage.calls.length, jobs.job(n).counts.completed]).toEqual([1, 1])
  })

  it('runs a download beside requests, and one download at a time', async () => {
    const pull = { type: 'pull' } as const
    const body = Buffer.from('{"model":"m"}')
    for (let i = 0; i < 2; i++) jobs.store.create(newJob(pull), [{ path: '/api/pull', body }])
    jobs.add()
    stage.conditions = { ...stage.conditions, liveCount: 1 }
    stage.start()
    expect(stage.calls.map(({ head }) => head.target)).toEqual(['/api/pull'])
    stage.conditions = { ...stage.conditions, liveCount: 0 }
    stage.runner.clientDone()
    await stage.settle()
    expect(stage.calls.map(({ head }) => head.target)).toEqual(['/api/pull', '/api/chat'])
  })

  it.each([
    ['paused', { isPaused: true }],
    ['night', { isNightOnly: true, hour: 21 }],
    ['battery', { isOnBattery: true }],
    ['upstream', { isUpstreamUp: false }],
  ] as const)('waits, and tells why: %s', async (hold, condition) => {
    jobs.add()
    stage.conditions = { ...stage.conditions, ...condition }
    stage.start()
    expect([stage.calls.length, stage.runner.hold]).toEqual([0, hold])
    stage.conditions = {
      ...stage.conditions,
      isPaused: false,
      hour: 23,
      runsOnBattery: true,
      isUpstreamUp: true,
    }
    await stage.advance(60_000)
    expect([stage.calls.length, stage.runner.hold]).toEqual([1, null])
  })

  it('runs a download of this device’s own user by day and on battery too', async () => {
    const pull = { type: 'pull', caller: { kind: 'local' } } as const
    const body = Buffer.from('{"model":"m"}')
    jobs.store.create(newJob(pull), [{ path: '/api/pull', body }])
    jobs.store.create(newJob({ type: 'pull' }), [{ path: '/api/pull', body }])
    stage.conditions = { ...stage.conditions, isNightOnly: true, isOnBattery: true }
    stage.start()
    expect(stage.calls.map(({ origin }) => origin)).toEqual(['local'])
  })

  it('holds the jobs of clients while nothing is shared', async () => {
    jobs.add()
    stage.isSharing = false
    stage.start()
    expect(stage.calls).toEqual([])
    stage.isSharing = true
    stage.runner.wake()
    await stage.settle()
    stage.isSharing = false
    stage.runner.interruptShared()
    expect(stage.last.isStopped).toBe(true)
    expect(jobs.store.counts()).toMatchObject({ queued: 1 })
  })
})

describe('a failure that can pass', () => {
  it.each([
    ['a broken answer', () => stage.last.breakOff(), 'UPSTREAM_FAILED'],
    ['a server error', () => stage.last.answer(500, '{"error":"out of memory"}'), 'HTTP_500'],
    ['a busy model server', () => stage.last.answer(429), 'HTTP_429'],
  ])('is tried three more times, with doubling pauses: %s', async (_what, fail, code) => {
    const { n } = jobs.add()
    stage.start()
    for (const pauseMs of [60_000, 120_000, 240_000]) {
      const before = stage.calls.length
      fail()
      await stage.settle()
      expect(jobs.job(n).state).toBe('queued')
      await stage.advance(pauseMs - 1_000)
      expect(stage.calls.length).toBe(before)
      await stage.advance(1_000)
      expect(stage.calls.length).toBe(before + 1)
    }
    fail()
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({ state: 'failed', attempts: 4, error: { code } })
  })

  it('waits as long as the model server wishes', async () => {
    jobs.add()
    stage.start()
    stage.last.answer(503, '{}', undefined, ['Retry-After', '300'])
    await stage.settle()
    await stage.advance(299_000)
    expect(stage.calls).toHaveLength(1)
    await stage.advance(1_000)
    expect(stage.calls).toHaveLength(2)
  })

  it('of one request does not hold up the others', async () => {
    const { n } = jobs.add(2, { type: 'batch' })
    stage.start()
    stage.last.breakOff()
    await stage.settle()
    stage.last.answer(200)
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({ state: 'running', counts: { completed: 1, failed: 0 } })
  })
})

describe('a failure that cannot pass', () => {
  it('ends the job with the model server’s answer', async () => {
    const { n } = jobs.add()
    stage.start()
    stage.last.answer(404, '{"error":"model not found"}')
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({
      state: 'failed',
      error: { code: 'HTTP_404', message: 'model not found' },
    })
    expect(resultsOf(n)).toEqual([[404, '{"error":"model not found"}']])
  })

  it('of a revoked key cancels its jobs', async () => {
    const [running, waiting] = [jobs.add(), jobs.add()]
    const other = jobs.add(1, { grant: laptop })
    stage.known = (key) => key !== 'phone'
    stage.conditions = { ...stage.conditions, isPaused: true }
    stage.start()
    for (const { n } of [running, waiting])
      expect(jobs.job(n)).toMatchObject({ state: 'cancelled', error: { code: 'KEY_UNKNOWN' } })
    expect(jobs.job(other.n).state).toBe('queued')
  })

  it('of a key that has just expired cancels the job', async () => {
    const { n } = jobs.add()
    stage.start()
    stage.last.answer(401, '{}', 'KEY_UNKNOWN')
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({ state: 'cancelled', error: { code: 'KEY_UNKNOWN' } })
  })
})

describe('a wait that is no failure', () => {
  it('the model server does not respond: nothing is tried until it is back, and no attempt is used', async () => {
    const { n } = jobs.add(2, { type: 'batch' })
    stage.start()
    stage.last.answer(502, '{}', 'UPSTREAM_UNREACHABLE')
    await stage.settle()
    expect([stage.calls.length, jobs.job(n).attempts, stage.runner.hold]).toEqual([1, 0, 'upstream'])
    stage.runner.upstreamUp()
    await stage.settle()
    expect([stage.calls.length, jobs.job(n).attempts]).toEqual([2, 1])
  })

  it('the key’s rate limit: only its own jobs wait', async () => {
    const { n } = jobs.add()
    jobs.add(1, { grant: { id: 'watch', name: 'watch' } })
    stage.start()
    stage.last.answer(429, '{}', 'TOO_MANY_REQUESTS', ['Retry-After', '30'])
    await stage.settle()
    expect(stage.last.head.principal).toMatchObject({ digest: 'watch' })
    stage.last.answer(200)
    await stage.settle()
    expect([stage.calls.length, jobs.job(n).attempts]).toEqual([2, 0])
    await stage.advance(30_000)
    expect(stage.calls).toHaveLength(3)
  })
})

describe('stopping', () => {
  it('queues what runs again, and takes no late answer', async () => {
    const { n } = jobs.add()
    stage.start()
    const call = stage.last
    stage.runner.stop()
    expect([call.isStopped, jobs.job(n).state, jobs.job(n).attempts]).toEqual([true, 'queued', 0])
    call.answer(200)
    await stage.settle()
    expect([jobs.job(n).state, stage.calls.length]).toEqual(['queued', 1])
    stage.start()
    expect(stage.calls).toHaveLength(2)
  })
})

describe('a disk that is full', () => {
  it('ends nothing: what was not saved is repeated once there is room', async () => {
    const { n } = jobs.add()
    const { items } = jobs.store
    const finish = vi.spyOn(items, 'finish').mockImplementationOnce(() => {
      throw new Error('database or disk is full')
    })
    const putBack = vi.spyOn(items, 'putBack').mockImplementationOnce(() => {
      throw new Error('database or disk is full')
    })
    stage.start()
    stage.last.answer(200)
    await stage.settle()
    expect([finish.mock.calls.length, jobs.job(n).state]).toEqual([1, 'running'])
    await stage.advance(60_000)
    await stage.advance(60_000)
    expect([putBack.mock.calls.length, stage.calls.length]).toEqual([2, 2])
    stage.last.answer(200)
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({ state: 'completed', attempts: 1 })
  })

  it('before an attempt has begun fails its job, and no other', async () => {
    const response = () => {
      throw new Error('database or disk is full')
    }
    stage = new RunnerStage(jobs, { executors: { response } })
    const { n } = jobs.store.create(newJob({ type: 'response' }), [
      { path: '/v1/responses', body: Buffer.from('{}') },
    ])
    const next = jobs.add()
    stage.start()
    await stage.settle()
    expect([jobs.job(n).state, stage.calls.length]).toEqual(['failed', 1])
    stage.last.answer(200)
    await stage.settle()
    expect(jobs.job(next.n).state).toBe('completed')
  })

  it('is survived while a download reports its progress', async () => {
    const { n } = jobs.store.create(newJob({ type: 'pull' }), [
      { path: '/api/pull', body: Buffer.from('{}') },
    ])
    vi.spyOn(jobs.store, 'report').mockImplementation(() => {
      throw new Error('database or disk is full')
    })
    stage.start()
    stage.last.begin()
    stage.last.write('{"status":"pulling manifest"}\n')
    stage.last.write('{"status":"success"}\n')
    stage.last.end()
    await stage.settle()
    expect(jobs.job(n).state).toBe('completed')
  })
})

describe('the end of a job', () => {
  it('is handled once, after a restart too if it was not', async () => {
    const dir = await temporaryDir()
    jobs = await JobStage.open(dir)
    const { n } = jobs.add()
    jobs.work(n, FAILURE)
    jobs = await JobStage.open(dir)
    const onEnd = vi.fn<() => Promise<void>>(() => Promise.resolve())
    stage = new RunnerStage(jobs, { onEnd }).start()
    await stage.settle()
    expect([onEnd.mock.calls.length, jobs.store.unsettled()]).toEqual([1, []])
    stage.runner.wake()
    await stage.settle()
    expect(onEnd).toHaveBeenCalledTimes(1)
  })
})
