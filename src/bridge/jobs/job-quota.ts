import { AppError } from '../../shared/errors.ts'
import type { DatabaseSync } from '../database/database.ts'
import { UNFINISHED } from './job-queries.ts'

export interface JobLimits {
  /** Unfinished jobs of one key. */
  readonly maxWaitingPerKey: number
  /** Bytes of the requests and answers of one key. */
  readonly maxBytesPerKey: number
  /** How long an unfinished job may take, and how long a finished one is kept. */
  readonly keepMs: number
}

/** Unfinished jobs of all keys. */
export const MAX_WAITING = 10_000

export interface JobUsage {
  /** Unfinished jobs. */
  readonly waiting: number
  readonly bytes: number
}

/** Usage by a key's jobs. The bytes of deleted jobs count until their contents are gone. */
export function usageOf(database: DatabaseSync, grantId: string): JobUsage {
  const { waiting, bytes } =
    database
      .prepare(
        `SELECT COUNT(*) FILTER (WHERE ${UNFINISHED}) AS waiting, COALESCE(SUM(bytes), 0) AS bytes
         FROM jobs WHERE grant_id = ?`,
      )
      .get(grantId) ?? {}
  return { waiting: Number(waiting), bytes: Number(bytes) }
}

/** @param bytes of the new job @throws AppError TOO_MANY_JOBS, JOB_STORAGE_FULL */
export function checkQuota(database: DatabaseSync, limits: JobLimits, grantId: string, bytes: number): void {
  const usage = usageOf(database, grantId)
  const { all } = database.prepare(`SELECT COUNT(*) AS "all" FROM jobs WHERE ${UNFINISHED}`).get() ?? {}
  if (usage.waiting >= limits.maxWaitingPerKey || Number(all) >= MAX_WAITING)
    throw new AppError('TOO_MANY_JOBS')
  if (usage.bytes + bytes > limits.maxBytesPerKey) throw new AppError('JOB_STORAGE_FULL')
}
