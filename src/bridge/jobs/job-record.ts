import type { SQLOutputValue } from 'node:sqlite'
import {
  MAX_JOB_TEXT_CHARS,
  type Job,
  type JobCounts,
  type JobError,
  type JobProgress,
} from '../../shared/jobs.ts'
import type { JobState, JobType } from '../../shared/jobs.ts'
import type { Principal } from '../../shared/proxy-head.ts'

/** The creator of a job: a client, or this device's own user. */
export type JobCaller = Principal | { readonly kind: 'local' }

/** A job as it is stored. Times are milliseconds since the epoch. */
export interface JobRecord {
  /** Position in the order of creation. */
  readonly n: number
  readonly id: string
  readonly type: JobType
  readonly state: JobState
  readonly revision: number
  /** The owner of the device; empty if it had none. */
  readonly ownerId: string
  readonly grantId: string
  readonly keyName: string
  readonly caller: JobCaller
  readonly model: string | null
  /** Digest of the request that created it, if it had an `Idempotency-Key`. */
  readonly digest: string | null
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly expiresAt: number
  /** Whether all of its items are there. */
  readonly isFilled: boolean
  readonly counts: JobCounts
  /** Attempts of the item that was tried most often. */
  readonly attempts: number
  /** When the next item may be tried: 0 for immediately, `null` if none waits. */
  readonly nextAttemptAt: number | null
  /** Bytes of its requests and answers. */
  readonly bytes: number
  readonly progress: JobProgress | null
  readonly error: JobError | null
  /** Anything that the surface that created the job wants to find again. */
  readonly detail: unknown
}

/** Columns for `toRecord`. */
export const RECORD_COLUMNS = `jobs.*, (SELECT MIN(next_attempt_at) FROM items
  WHERE job = jobs.n AND items.state = 'queued') AS next_attempt_at`

/** A row as SQLite returns it. */
export type SqlRow = Readonly<Record<string, SQLOutputValue>>

/** @param row with `RECORD_COLUMNS` */
export function toRecord(row: SqlRow): JobRecord {
  const { type, state } = row
  return {
    n: Number(row['n']),
    id: String(row['id']),
    type: type as JobType,
    state: state as JobState,
    revision: Number(row['revision']),
    ownerId: String(row['owner']),
    grantId: String(row['grant_id']),
    keyName: String(row['key_name']),
    caller: JSON.parse(String(row['caller'])) as JobCaller,
    model: toText(row['model']),
    digest: toText(row['digest']),
    createdAt: Number(row['created_at']),
    startedAt: toNumber(row['started_at']),
    finishedAt: toNumber(row['finished_at']),
    expiresAt: Number(row['expires_at']),
    isFilled: row['is_filled'] === 1,
    counts: {
      total: Number(row['total']),
      completed: Number(row['completed']),
      failed: Number(row['failed']),
    },
    attempts: Number(row['attempts']),
    nextAttemptAt: toNumber(row['next_attempt_at']),
    bytes: Number(row['bytes']),
    progress: toJson(row['progress']) as JobProgress | null,
    error: errorIn(row),
    detail: toJson(row['detail']),
  }
}

/**
 * The job as clients see it.
 * @param queuePosition from one; `null` if it does not wait
 */
export function toJob(record: JobRecord, queuePosition: number | null): Job {
  const { id, type, state, revision, model, counts, progress, attempts, error, nextAttemptAt } = record
  const isRetried = state === 'queued' && (nextAttemptAt ?? 0) > 0
  return {
    id,
    type,
    state,
    revision,
    model,
    key: record.keyName,
    created_at: timeOf(record.createdAt),
    started_at: record.startedAt === null ? null : timeOf(record.startedAt),
    finished_at: record.finishedAt === null ? null : timeOf(record.finishedAt),
    expires_at: timeOf(record.expiresAt),
    counts,
    progress,
    attempts,
    next_attempt_at: isRetried ? timeOf(nextAttemptAt ?? 0) : null,
    queue_position: queuePosition,
    error,
  }
}

/** As long as readers accept it. */
export function toJobError(code: string, message: string): JobError {
  return { code, message: message.slice(0, MAX_JOB_TEXT_CHARS) }
}

/** How long it waited for its first attempt, and how long it took in all. */
export function jobTimesOf({ createdAt, startedAt, finishedAt }: JobRecord): object {
  const end = finishedAt ?? createdAt
  return { waitedMs: (startedAt ?? end) - createdAt, totalMs: end - createdAt }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}

/** The error of a job or an item. */
export function errorIn({ error_code: code, error_message: message }: SqlRow): JobError | null {
  return isNull(code) ? null : { code: String(code), message: toText(message) ?? '' }
}

export function toText(value: SQLOutputValue | undefined): string | null {
  return isNull(value) ? null : String(value)
}

export function toNumber(value: SQLOutputValue | undefined): number | null {
  return isNull(value) ? null : Number(value)
}

function toJson(value: SQLOutputValue | undefined): unknown {
  return isNull(value) ? null : JSON.parse(String(value))
}

function isNull(value: SQLOutputValue | undefined): value is null | undefined {
  return value === null || value === undefined
}
