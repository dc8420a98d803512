import type { JobState, JobType } from '../../shared/jobs.ts'
import type { DatabaseSync } from '../database/database.ts'
import { RECORD_COLUMNS, toRecord, type JobRecord } from './job-record.ts'

/** The jobs that a caller may see: those of its key, all of an owner, or all of this device. */
export type JobScope =
  | { readonly kind: 'key'; readonly ownerId: string; readonly grantId: string }
  | { readonly kind: 'owner'; readonly ownerId: string }
  | { readonly kind: 'device' }

export interface JobQuery {
  readonly states?: readonly JobState[] | undefined
  readonly types?: readonly JobType[] | undefined
  readonly limit: number
  /** Only jobs older than the one with this id. */
  readonly after?: string | undefined
}

/** An unfinished job with an item in the queue. */
export interface QueuedJob {
  readonly n: number
  readonly grantId: string
  readonly type: JobType
  /** This device's own user started it. */
  readonly isOwn: boolean
  /** When its next item is due, in milliseconds since the epoch. */
  readonly dueAt: number
}

/** Condition of jobs that are not final. */
export const UNFINISHED = "state IN ('queued', 'running')"

/** Condition for jobs that are not deleted. `purge` removes the contents of the deleted ones. */
export const PRESENT = "state <> 'deleted'"

/** Newest first. @param before only jobs with a smaller number */
export function findJobs(
  database: DatabaseSync,
  scope: JobScope,
  { states, types, limit }: JobQuery,
  before = Number.MAX_SAFE_INTEGER,
): JobRecord[] {
  const { sql, values } = conditionOf(scope)
  return database
    .prepare(
      `SELECT ${RECORD_COLUMNS} FROM jobs WHERE ${sql} AND ${PRESENT} AND n < ? AND ${among('state')} AND ${among('type')}
       ORDER BY n DESC LIMIT ?`,
    )
    .all(...values, before, ...amongValues(states), ...amongValues(types), limit)
    .map(toRecord)
}

/** Places of the jobs that wait, from one, by their numbers. */
export function queuePositionsIn(database: DatabaseSync): ReadonlyMap<number, number> {
  const rows = database
    .prepare(
      `SELECT n FROM (SELECT n, ROW_NUMBER() OVER (PARTITION BY grant_id ORDER BY n) AS turn FROM jobs
         WHERE state = 'queued') ORDER BY turn, n`,
    )
    .all()
  return new Map(rows.map(({ n }, index) => [Number(n), index + 1]))
}

/** Oldest first. */
export function queuedJobsIn(database: DatabaseSync): QueuedJob[] {
  const rows = database
    .prepare(
      `SELECT n, grant_id, type, caller = '{"kind":"local"}' AS is_own, (SELECT MIN(next_attempt_at) FROM items
         WHERE job = jobs.n AND items.state = 'queued') AS due FROM jobs WHERE ${UNFINISHED} AND is_filled = 1 ORDER BY n`,
    )
    .all()
  return rows
    .filter(({ due }) => due !== null)
    .map(({ n, grant_id: grantId, type, is_own: isOwn, due }) => ({
      n: Number(n),
      grantId: String(grantId),
      type: type as JobType,
      isOwn: isOwn === 1,
      dueAt: Number(due),
    }))
}

/** The rows that are visible to a caller, in any table with `owner` and `grant_id`. */
export function conditionOf(scope: JobScope): {
  readonly sql: string
  readonly values: readonly string[]
} {
  switch (scope.kind) {
    case 'key':
      return { sql: 'owner = ? AND grant_id = ?', values: [scope.ownerId, scope.grantId] }
    case 'owner':
      return { sql: 'owner = ?', values: [scope.ownerId] }
    case 'device':
      return { sql: 'TRUE', values: [] }
  }
}

/** A condition that takes two values: whether there is a list, and the list. */
function among(column: 'state' | 'type'): string {
  return `(? = 0 OR ${column} IN (SELECT value FROM json_each(?)))`
}

function amongValues(list: readonly string[] | undefined): [number, string] {
  return [Number(list !== undefined), JSON.stringify(list ?? [])]
}
