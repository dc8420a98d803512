import { AppError } from '../../shared/errors.ts'
import { inTransaction, type DatabaseSync } from '../database/database.ts'
import type { JobItems } from './job-items.ts'

/** A request that was running when the bridge crashed or was killed this many times is not sent again, since it may be the cause. */
const MAX_INTERRUPTIONS = 3

/**
 * Requeues every request that was running when the last process crashed or was killed. The attempt does not count, but the
 * interruption does.
 */
export function recoverItems(database: DatabaseSync, items: Pick<JobItems, 'finish'>): void {
  const { code, message } = new AppError('JOB_INTERRUPTED')
  const result = { isFailed: true, status: null, contentType: null, body: null, error: { code, message } }
  // Each is one transaction. If the process ends in between, the rest is still running for the next one.
  for (const { job, number, id, attempts } of database
    .prepare(
      `SELECT job, number, id, items.attempts FROM items JOIN jobs ON n = job
       WHERE items.state = 'running' AND interruptions >= ?`,
    )
    .all(MAX_INTERRUPTIONS - 1))
    items.finish(
      { job: Number(job), number: Number(number) },
      { ...result, requestId: `${String(id)}.${Number(number)}.${Number(attempts)}` },
    )
  inTransaction(database, () =>
    database.exec(
      `UPDATE items SET state = 'queued', attempts = MAX(attempts - 1, 0), interruptions = interruptions + 1,
         next_attempt_at = 0 WHERE state = 'running';
       UPDATE jobs SET state = 'queued', revision = revision + 1 WHERE state = 'running' AND completed + failed = 0`,
    ),
  )
}
