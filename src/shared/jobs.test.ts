import { expect, it } from 'vitest'
import { isFinal, JOB_STATES, parseJob, type Job } from './jobs.ts'

const job: Job = {
  id: 'job_0123456789abcdefABCDEFgh',
  type: 'pull',
  state: 'running',
  revision: 17,
  model: 'llama3.2:3b',
  key: 'phone',
  created_at: '2026-11-29T20:00:00.000Z',
  started_at: '2026-11-29T20:00:01Z',
  finished_at: null,
  expires_at: '2026-12-29T20:00:00.000Z',
  counts: { total: 1, completed: 0, failed: 0 },
  progress: {
    status: 'pulling 8eeb52dfb3bb',
    completed_bytes: 1,
    total_bytes: 2,
    bytes_per_second: 3,
    eta_seconds: null,
  },
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
}

it('parses a job from another process, without unknown fields', () => {
  const wire = JSON.parse(JSON.stringify({ ...job, prompt: 'secret', counts: { ...job.counts, more: 1 } }))
  expect(parseJob(wire)).toEqual(job)
  const error = { code: 'UPSTREAM_FAILED', message: 'It broke.' }
  expect(parseJob({ ...job, error, progress: null })).toEqual({ ...job, error, progress: null })
})

it.each([
  ['no object', null],
  ['an array', [job]],
  ['an unknown state', { ...job, state: 'paused' }],
  ['an unknown type', { ...job, type: 'toString' }],
  ['a missing field', { ...job, queue_position: undefined }],
  ['a negative count', { ...job, counts: { ...job.counts, failed: -1 } }],
  ['a revision that is not an integer', { ...job, revision: 1.5 }],
  ['a long id', { ...job, id: 'x'.repeat(65) }],
  ['an empty id', { ...job, id: '' }],
  ['a long model', { ...job, model: 'x'.repeat(601) }],
  ['a long status', { ...job, progress: { ...job.progress, status: 'x'.repeat(601) } }],
  ['a long message', { ...job, error: { code: 'X', message: 'x'.repeat(601) } }],
  ['an invalid time', { ...job, created_at: 'yesterday' }],
  ['a progress without numbers', { ...job, progress: { status: 'x' } }],
])('refuses %s', (_what, value) => {
  expect(parseJob(value)).toBeUndefined()
})

it('distinguishes states that can still change from final ones', () => {
  expect(JOB_STATES.filter((state) => !isFinal(state))).toEqual(['queued', 'running'])
})
