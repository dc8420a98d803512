import { describe, expect, it } from 'vitest'
import { JOB_STATES, type Job } from '../../shared/jobs.ts'
import { toJobView } from './job-view.ts'

const job: Job = {
  id: 'job_1',
  type: 'pull',
  state: 'running',
  revision: 3,
  model: 'llama3.2:3b',
  key: 'Laptop',
  created_at: '2026-11-29T20:00:00.000Z',
  started_at: '2026-11-29T20:00:01.000Z',
  finished_at: null,
  expires_at: '2026-12-29T20:00:00.000Z',
  counts: { total: 1, completed: 0, failed: 0 },
  progress: {
    status: 'pulling 8eeb52dfb3bb',
    completed_bytes: 500,
    total_bytes: 2_000,
    bytes_per_second: 100,
    eta_seconds: 15,
  },
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
}

describe('a job in the window', () => {
  it('has its progress with speed and time left', () => {
    expect(toJobView(job)).toMatchObject({
      transfer: { completedBytes: 500, totalBytes: 2_000, bytesPerS: 100, leftMs: 15_000 },
      createdAt: Date.UTC(2026, 10, 29, 20),
      isOver: false,
    })
  })

  it('has no transfer while the size is unknown', () => {
    const unknown = { ...job, progress: { ...job.progress!, total_bytes: 0 } }
    expect([toJobView(unknown).transfer, toJobView({ ...job, progress: null }).transfer]).toEqual([
      null,
      null,
    ])
  })

  it('can be retried if it ended otherwise than completed', () => {
    const retried = JOB_STATES.filter((state) => toJobView({ ...job, state }).canRetry)
    expect(retried).toEqual(['failed', 'cancelled', 'expired'])
  })

  it('has a result to save if it completed and is not a download', () => {
    const completed = { ...job, state: 'completed' } as const
    expect(
      [completed, { ...completed, type: 'batch' } as const].map((each) => toJobView(each).hasResult),
    ).toEqual([false, true])
  })
})
