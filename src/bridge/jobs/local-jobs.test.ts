import { beforeEach, expect, it } from 'vitest'
import { jobHandlers } from './job-commands.ts'
import { FAILURE, JobStage } from './jobs.test-support.ts'
import { LocalJobs } from './local-jobs.ts'

let stage: JobStage
let jobs: LocalJobs
beforeEach(async () => {
  stage = await JobStage.open()
  jobs = new LocalJobs(stage.store, () => 'me')
})

it('this device’s own user sees the jobs of all keys, and changes them', async () => {
  const { id, n } = stage.add(1, { grant: { id: 'laptop', name: 'laptop' } })
  stage.work(n, FAILURE)
  const pulled = await jobs.pull('llama3.2:3b')
  expect(jobs.list(10).map((job) => [job.type, job.key])).toEqual([
    ['pull', 'owner'],
    ['request', 'laptop'],
  ])
  expect(jobs.list(10, ['failed'])).toMatchObject([{ id }])
  expect(jobs.retry(id)).toMatchObject({ state: 'queued' })
  expect(jobs.cancel(pulled.id)).toMatchObject({ state: 'cancelled' })
  expect(() => jobs.remove(id)).toThrow('not finished')
  expect([jobs.clear(), jobs.list(10).length]).toEqual([1, 1])
})

it('a download is stored as this device’s own, and seen by its owner', async () => {
  const { id } = await jobs.pull('library/llama3.2:3b')
  const record = stage.store.get({ kind: 'owner', ownerId: 'me' }, id)
  expect([record.caller, record.grantId]).toEqual([{ kind: 'local' }, 'owner'])
  expect(JSON.parse(Buffer.from(stage.store.items.take(record.n)!.body).toString())).toEqual({
    model: 'library/llama3.2:3b',
    stream: true,
  })
  await expect(jobs.pull('../x')).rejects.toThrow('not a valid model name')
})

it('every command is refused clearly if jobs cannot be stored', async () => {
  const handlers = jobHandlers(new LocalJobs(null, () => ''))
  for (const [op, handler] of Object.entries(handlers))
    await expect(handler({ op, limit: 1, id: 'job_1', model: 'm' })).rejects.toMatchObject({
      code: 'JOBS_UNAVAILABLE',
    })
})

it('parameters of another process are checked', async () => {
  const handlers = jobHandlers(jobs)
  await expect(handlers['jobs.list']!({ op: 'jobs.list', limit: 0 })).rejects.toThrow()
  await expect(handlers['jobs.show']!({ op: 'jobs.show', id: 'x'.repeat(65) })).rejects.toThrow()
})
