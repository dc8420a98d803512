import { describe, expect, it } from 'vitest'
import { ERRORS } from '../../shared/errors.ts'
import type { Language } from '../../shared/i18n/language.ts'
import { JOB_STATES, type Job } from '../../shared/jobs.ts'
import { toJobView } from './job-view.ts'
import { wordsOf } from './words/view-words.ts'

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

const viewOf = (seen: Job, language: Language = 'en') =>
  toJobView(wordsOf({ locale: { language, tag: language } }), seen)

describe('a job in the window', () => {
  it('has its progress with speed and time left', () => {
    expect(viewOf(job)).toMatchObject({
      transfer: { completedBytes: 500, totalBytes: 2_000, bytesPerS: 100, leftMs: 15_000 },
      createdAt: Date.UTC(2026, 10, 29, 20),
      isOver: false,
    })
  })

  it('has no transfer while the size is unknown', () => {
    const unknown = { ...job, progress: { ...job.progress!, total_bytes: 0 } }
    expect([viewOf(unknown).transfer, viewOf({ ...job, progress: null }).transfer]).toEqual([null, null])
  })

  it('can be retried if it ended otherwise than completed', () => {
    const retried = JOB_STATES.filter((state) => viewOf({ ...job, state }).canRetry)
    expect(retried).toEqual(['failed', 'cancelled', 'expired'])
  })

  it('has a result to save if it completed and is not a download', () => {
    const completed = { ...job, state: 'completed' } as const
    expect(
      [completed, { ...completed, type: 'batch' } as const].map((each) => viewOf(each).hasResult),
    ).toEqual([false, true])
  })

  it('says in the language of the app why it failed, unless the model server said it', () => {
    const said = (code: string, message: string) => viewOf({ ...job, error: { code, message } }, 'de').error
    expect(said('JOB_EXPIRED', 'any')).toMatch(/^Der Auftrag wurde nicht rechtzeitig fertig/)
    expect(said('HTTP_500', 'The model server responded with 500.')).toMatch(/^Der Modellserver .*500/)
    expect(said('UPSTREAM_FAILED', ERRORS.UPSTREAM_FAILED.text)).toMatch(/^Der Modellserver hat/)
    for (const code of ['UPSTREAM_FAILED', 'HTTP_500', 'invalid_value'])
      expect(said(code, 'no space left on device')).toBe('no space left on device')
  })
})
