import type { Job } from '../../shared/jobs.ts'

const NOW = '2026-11-29T20:00:00.000Z'

/** A running job in its first revision. */
export function sampleJob(id: string, facts: Partial<Job> = {}): Job {
  return {
    id,
    type: 'batch',
    state: 'running',
    revision: 1,
    model: 'llama3.2:3b',
    key: 'phone',
    created_at: NOW,
    started_at: NOW,
    finished_at: null,
    expires_at: '2026-12-29T20:00:00.000Z',
    counts: { total: 1000, completed: 0, failed: 0 },
    progress: null,
    attempts: 1,
    next_attempt_at: null,
    queue_position: null,
    error: null,
    ...facts,
  }
}
