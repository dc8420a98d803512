/** Jobs in every state, for tests of the chat page. */
import type { Job } from '../../src/shared/jobs.ts'
import type { JobEntry } from '../../src/web/chat/chat-view.ts'

const CREATED = '2026-11-29T20:00:00.000Z'

const entry = (
  part: Partial<Job> & Pick<Job, 'id' | 'type' | 'state'>,
  device: string | null = null,
): JobEntry => ({
  device,
  job: {
    revision: 1,
    model: 'llama3.2:latest',
    key: 'Phone',
    created_at: CREATED,
    started_at: null,
    finished_at: null,
    expires_at: '2026-12-29T20:00:00.000Z',
    counts: { total: 1, completed: 0, failed: 0 },
    progress: null,
    attempts: 1,
    next_attempt_at: null,
    queue_position: null,
    error: null,
    ...part,
  },
})

export const JOB_ENTRIES: readonly JobEntry[] = [
  entry({
    id: 'job_pull',
    type: 'pull',
    state: 'running',
    model: 'hf.co/bartowski/Mistral-Small-3.2-24B-Instruct-GGUF:Q4_K_M',
    progress: {
      status: 'pulling 8eeb52dfb3bb',
      completed_bytes: 4_200_000_000,
      total_bytes: 14_333_908_832,
      bytes_per_second: 23_000_000,
      eta_seconds: 410,
    },
  }),
  entry({
    id: 'batch_1',
    type: 'batch',
    state: 'running',
    counts: { total: 500, completed: 179, failed: 2 },
  }),
  entry(
    { id: 'job_wait', type: 'embed', state: 'queued', model: 'nomic-embed-text:latest', queue_position: 3 },
    'workstation',
  ),
  entry({
    id: 'resp_1',
    type: 'response',
    state: 'completed',
    counts: { total: 1, completed: 1, failed: 0 },
  }),
  entry({
    id: 'job_bad',
    type: 'request',
    state: 'failed',
    error: { code: 'HTTP_400', message: 'model "llama9" not found, try pulling it first' },
  }),
  entry({ id: 'job_off', type: 'create', state: 'cancelled', model: 'mario:latest' }),
]
