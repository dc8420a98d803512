import { beforeEach, describe, expect, it } from 'vitest'
import { RunnerStage } from './job-runner.test-support.ts'
import { JobStage, newJob } from './jobs.test-support.ts'

let stage: RunnerStage
let jobs: JobStage
beforeEach(async () => {
  jobs = await JobStage.open()
  stage = new RunnerStage(jobs)
})

const resultsOf = (n: number) =>
  [...jobs.store.items.results(n)].map(({ status, body }) => [status, Buffer.from(body ?? []).toString()])

describe('a download', () => {
  const layer = (digest: string, completed: number, total = 1_000) =>
    `${JSON.stringify({ status: `pulling ${digest}`, digest, total, completed })}\n`
  const pull = () =>
    jobs.store.create(newJob({ type: 'pull', caller: { kind: 'local' } }), [
      { path: '/api/pull', body: Buffer.from('{"model":"m"}') },
    ])

  it('tells its progress, its speed and the time that is left', async () => {
    const { n } = pull()
    stage.start()
    stage.last.begin()
    stage.last.write('{"status":"pulling manifest"}\n' + layer('a', 0) + layer('b', 0))
    for (let second = 1; second <= 4; second++) {
      await stage.advance(1_000)
      stage.last.write(layer('a', second * 100))
    }
    expect(jobs.job(n).progress).toEqual({
      status: 'pulling a',
      completed_bytes: 400,
      total_bytes: 2_000,
      bytes_per_second: 100,
      eta_seconds: 16,
    })
    stage.last.write('{"status":"success"}\n')
    stage.last.end()
    await stage.settle()
    expect([jobs.job(n).state, resultsOf(n)]).toEqual(['completed', [[200, '{"status":"success"}']]])
  })

  it('continues after a lost network as often as it has made progress', async () => {
    const { n } = pull()
    stage.start()
    for (let i = 1; i <= 6; i++) {
      stage.last.begin()
      stage.last.write(layer('a', 100 * (i - 1)) + layer('a', 100 * i))
      stage.last.write('{"error":"read: connection reset by peer"}\n')
      stage.last.end()
      await stage.settle()
      expect([jobs.job(n).state, jobs.job(n).attempts]).toEqual(['queued', 0])
      await stage.advance(60_000)
    }
    expect(stage.calls).toHaveLength(7)
    expect(jobs.job(n).progress?.completed_bytes).toBe(600)
  })

  it('fails with the refusal of the model server, in however many lines it comes', async () => {
    const { n } = pull()
    stage.start()
    stage.last.begin(400)
    stage.last.write('{\n"error":')
    stage.last.write('"invalid model name"\n}\n')
    stage.last.end()
    await stage.settle()
    expect(jobs.job(n)).toMatchObject({
      state: 'failed',
      error: { code: 'HTTP_400', message: 'invalid model name' },
    })
  })

  it('is tried three more times without progress, and not at all if that cannot help', async () => {
    const [{ n }, gone] = [pull(), pull()]
    stage.start()
    for (const pauseMs of [60_000, 120_000, 240_000, 1]) {
      stage.last.breakOff()
      await stage.settle()
      // The other one takes its turn meanwhile.
      if (stage.last.head.requestId.startsWith(gone.id)) {
        stage.last.begin()
        stage.last.write('{"error":"pull model manifest: file does not exist"}')
        stage.last.end()
        await stage.settle()
      }
      await stage.advance(pauseMs)
    }
    expect(jobs.job(n)).toMatchObject({ state: 'failed', attempts: 4 })
    expect(jobs.job(gone.n)).toMatchObject({
      state: 'failed',
      attempts: 1,
      error: { message: 'pull model manifest: file does not exist' },
    })
  })
})
