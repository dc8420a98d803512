import { expect, it } from 'vitest'
import type { Job } from '../shared/jobs.ts'
import { factsOf, liveLineOf, progressOf } from './job-lines.ts'

const JOB: Job = {
  id: 'job_1',
  type: 'pull',
  state: 'running',
  revision: 1,
  model: 'llama3.2:3b',
  key: 'owner',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  finished_at: null,
  expires_at: '2026-02-01T00:00:00.000Z',
  counts: { total: 1, completed: 0, failed: 0 },
  progress: {
    status: 'pulling 8eeb52dfb3bb',
    completed_bytes: 1_250_000_000,
    total_bytes: 4_000_000_000,
    bytes_per_second: 21_400_000,
    eta_seconds: 128,
  },
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
}
const counts = { total: 200, completed: 187, failed: 3 }

it('a line begins with the state, which a narrow terminal must not cut off', () => {
  expect(liveLineOf(JOB)).toBe('running  31% of 4 GB  21 MB/s  2m 8s left  pulling 8eeb52dfb3bb')
  expect(liveLineOf(JOB).slice(0, 40)).toContain('2m')
  expect(liveLineOf({ ...JOB, state: 'queued', progress: null, queue_position: 3 })).toBe(
    'queued  number 3 in the queue  0 of 1  llama3.2:3b',
  )
  expect(liveLineOf({ ...JOB, state: 'completed' })).toBe('completed  31% of 4 GB  pulling 8eeb52dfb3bb')
})

it('progress counts the requests, and those that failed', () => {
  expect(progressOf({ ...JOB, progress: null, counts })).toBe('190 of 200, 3 failed')
})

it('facts that do not apply are left out', () => {
  const facts = Object.fromEntries(
    factsOf({ ...JOB, error: { code: 'HTTP_404', message: 'No such model.' } }),
  )
  expect(facts).toMatchObject({
    Progress: '31% of 4 GB, 21 MB/s, 2m 8s left',
    Error: 'No such model. (HTTP_404)',
  })
  expect(Object.keys(facts)).not.toContain('Finished')
})
