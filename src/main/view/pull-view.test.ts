import { expect, it } from 'vitest'
import type { Job } from '../../shared/jobs.ts'
import { stateWith } from './app-state.test-support.ts'
import { toPullView } from './pull-view.ts'

const job = (more: Partial<Job>): Job => ({
  id: 'job_1',
  type: 'pull',
  state: 'running',
  revision: 1,
  model: 'llama3.2',
  key: 'owner',
  created_at: '2026-11-29T20:00:00.000Z',
  started_at: null,
  finished_at: null,
  expires_at: '2026-12-29T20:00:00.000Z',
  counts: { total: 1, completed: 0, failed: 0 },
  progress: null,
  attempts: 1,
  next_attempt_at: null,
  queue_position: null,
  error: null,
  ...more,
})
const viewOf = (pull: Job | null) => toPullView(stateWith({ pull }))

it('shows a download from the queue to its end', () => {
  const progress = { status: 'pulling a', bytes_per_second: 1, eta_seconds: 1 }
  expect(viewOf(job({ state: 'queued' }))).toMatchObject({
    kind: 'running',
    model: 'llama3.2',
    percent: null,
  })
  expect(
    viewOf(job({ progress: { ...progress, completed_bytes: 500_000, total_bytes: 2_000_000 } })),
  ).toMatchObject({ kind: 'running', percent: 25, text: expect.stringContaining('2') })
  expect(viewOf(job({ state: 'completed' }))).toMatchObject({ kind: 'done', percent: null })
})

it('shows why a download failed, and nothing of a cancelled one', () => {
  const error = { code: 'UPSTREAM_FAILED', message: 'no space left on device' }
  expect(viewOf(job({ state: 'failed', error }))).toMatchObject({ kind: 'failed', text: error.message })
  expect([viewOf(job({ state: 'cancelled' })), viewOf(null)]).toEqual([null, null])
})

it('reports that there is no such model', () => {
  const error = { code: 'UPSTREAM_FAILED', message: 'pull model manifest: file does not exist' }
  expect(viewOf(job({ state: 'failed', error }))?.text).toBe(
    'Ollama’s library has no model “llama3.2”. Check the name.',
  )
})
