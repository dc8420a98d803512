import { canRetry, hasResult, isFinal, type Job } from '../../shared/jobs.ts'
import type { JobView } from '../../shared/ipc/jobs-view.ts'
import { jobErrorTextOf } from './job-error.ts'
import type { ViewWords } from './words/view-words.ts'

/** A job for the window: numbers and names, without what was asked and answered. */
export function toJobView(words: ViewWords, job: Job): JobView {
  const { id, type, state, model, key, counts, progress, queue_position: position, error } = job
  return {
    id,
    type,
    state,
    model,
    key,
    position,
    total: counts.total,
    completed: counts.completed,
    failed: counts.failed,
    createdAt: Date.parse(job.created_at),
    transfer: progress === null || progress.total_bytes === 0 ? null : toTransfer(progress),
    error: error && jobErrorTextOf(words, error),
    isOver: isFinal(state),
    canRetry: canRetry(state),
    hasResult: hasResult(job),
  }
}

function toTransfer(progress: NonNullable<Job['progress']>): JobView['transfer'] {
  const { completed_bytes, total_bytes, bytes_per_second, eta_seconds } = progress
  return {
    completedBytes: completed_bytes,
    totalBytes: total_bytes,
    bytesPerS: bytes_per_second,
    leftMs: eta_seconds === null ? null : 1_000 * eta_seconds,
  }
}
