import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Job, JobError, JobProgress, JobState, JobType } from '../../shared/jobs.ts'
import { inTransaction, type DatabaseSync } from '../database/database.ts'
import { newJobId } from './job-id.ts'
import { ITEM_OVERHEAD_BYTES, JobItems, type NewItem } from './job-items.ts'
import type { NamedRequest } from './named-request.ts'
import { recoverItems } from './job-recovery.ts'
import {
  findJobs,
  queuedJobsIn,
  queuePositionsIn,
  conditionOf,
  PRESENT,
  UNFINISHED,
  type JobQuery,
  type JobScope,
  type QueuedJob,
} from './job-queries.ts'
import { checkQuota, usageOf, type JobLimits } from './job-quota.ts'
import { RECORD_COLUMNS, toJob, toRecord, type JobCaller, type JobRecord } from './job-record.ts'

export interface JobStoreOptions {
  readonly database: DatabaseSync
  readonly clock: Clock
  /** Read at each use, since settings change. */
  readonly limits: () => JobLimits
}

export interface NewJob {
  readonly type: JobType
  /** The owner of this device; empty if it has none. */
  readonly ownerId: string
  readonly grant: { readonly id: string; readonly name: string }
  readonly caller: JobCaller
  readonly model: string | null
  readonly name?: NamedRequest | undefined
  /** When to give up, in milliseconds since the epoch; after `JobLimits.keepMs` by default. */
  readonly expiresAt?: number
  /** Anything JSON that the surface wants to find again in `JobRecord.detail`. */
  readonly detail?: unknown
}

/** The expiry time of a deleted job. */
const NEVER = Number.MAX_SAFE_INTEGER
const NO_PLACES: ReadonlyMap<number, number> = new Map()
const PREFIXES = { batch: 'batch_', response: 'resp_' } as const

/**
 * The jobs of this device. Every method is one transaction, so a process that is killed loses nothing that was reported.
 * Throws what SQLite throws if the disk is full.
 */
export class JobStore {
  readonly #options: JobStoreOptions
  readonly #database: DatabaseSync
  readonly #watchers = new Set<(n: number) => void>()
  /** Positions in the queue; `undefined` after a change, until they are needed. */
  #places: ReadonlyMap<number, number> | undefined
  /** The requests of the jobs, and their answers. */
  readonly items: JobItems

  /** Requests that ran when the last process ended are queued again. */
  constructor(options: JobStoreOptions) {
    this.#options = options
    this.#database = options.database
    // Deleted prompts do not stay in free pages.
    this.#database.exec('PRAGMA secure_delete = ON')
    this.items = new JobItems({
      ...options,
      roomFor: (record) => options.limits().maxBytesPerKey - usageOf(this.#database, record.grantId).bytes,
      get: (n) => this.find(n),
      setFinal: (n, state, error) => this.#setFinal(n, state, error),
      changed: (n) => this.#changed(n),
    })
    recoverItems(this.#database, this.items)
  }

  close(): void {
    this.#database.close()
  }

  /** Calls `watcher` with the number of each job that was created, changed or deleted. @returns a function that ends it */
  watch(watcher: (n: number) => void): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /**
   * Stores a job and its requests.
   * @param items `null` if they follow by `items.fill`; the job waits for them
   * @returns the existing job if the name is in use for the same request
   * @throws AppError TOO_MANY_JOBS, JOB_STORAGE_FULL, KEPT_NAME_REUSED
   */
  create(job: NewJob, items: readonly NewItem[] | null): JobRecord {
    const existing = this.#named(job)
    if (existing !== undefined) return existing
    const bytes = ITEM_OVERHEAD_BYTES + this.items.bytesOf(items ?? [])
    checkQuota(this.#database, this.#options.limits(), job.grant.id, bytes)
    const id = newJobId(job.type in PREFIXES ? PREFIXES[job.type as keyof typeof PREFIXES] : 'job_')
    const now = this.#options.clock.now()
    const n = inTransaction(this.#database, () => {
      const { lastInsertRowid } = this.#database
        .prepare(
          `INSERT INTO jobs (id, type, state, revision, owner, grant_id, key_name, caller, model, name, digest, created_at,
             expires_at, is_filled, is_settled, total, completed, failed, attempts, bytes, detail)
           VALUES (:id, :type, 'queued', 1, :owner, :grant, :key, :caller, :model, :name, :digest, :now,
             :expiresAt, :isFilled, 1, :total, 0, 0, 0, :bytes, :detail)`,
        )
        .run({
          id,
          type: job.type,
          owner: job.ownerId,
          grant: job.grant.id,
          key: job.grant.name,
          caller: JSON.stringify(job.caller),
          model: job.model,
          name: job.name?.text ?? null,
          digest: job.name?.digest ?? null,
          now,
          expiresAt: job.expiresAt ?? now + this.#options.limits().keepMs,
          isFilled: Number(items !== null),
          total: items?.length ?? 0,
          bytes,
          detail: job.detail === undefined ? null : JSON.stringify(job.detail),
        })
      if (items !== null) this.items.insert(Number(lastInsertRowid), 0, items)
      return Number(lastInsertRowid)
    })
    this.#changed(n)
    return this.#get(n)
  }

  /** @throws AppError JOB_NOT_FOUND, also for a job that this caller may not see */
  get(scope: JobScope, id: string): JobRecord {
    const { sql, values } = conditionOf(scope)
    const row = this.#database
      .prepare(`SELECT ${RECORD_COLUMNS} FROM jobs WHERE id = ? AND ${sql} AND ${PRESENT}`)
      .get(id, ...values)
    if (row === undefined) throw new AppError('JOB_NOT_FOUND')
    return toRecord(row)
  }

  /** By its number; `undefined` if it was deleted. */
  find(n: number): JobRecord | undefined {
    const row = this.#database.prepare(`SELECT ${RECORD_COLUMNS} FROM jobs WHERE n = ? AND ${PRESENT}`).get(n)
    return row && toRecord(row)
  }

  /** Newest first. @throws AppError JOB_NOT_FOUND for an unknown `after` */
  list(scope: JobScope, query: JobQuery): { readonly jobs: readonly JobRecord[]; readonly hasMore: boolean } {
    const before = query.after === undefined ? undefined : this.get(scope, query.after).n
    const jobs = findJobs(this.#database, scope, { ...query, limit: query.limit + 1 }, before)
    return { jobs: jobs.slice(0, query.limit), hasMore: jobs.length > query.limit }
  }

  /** Places of the jobs that wait, from one, by their numbers: one of each key in turn. */
  queuePositions(): ReadonlyMap<number, number> {
    return (this.#places ??= queuePositionsIn(this.#database))
  }

  /** Notifies watchers that a job's position in the queue has changed. */
  reportMove(n: number): void {
    this.#database.prepare('UPDATE jobs SET revision = revision + 1 WHERE n = ?').run(n)
    this.#changed(n)
  }

  /** Jobs as clients see them, with their places in the queue. */
  toJobs(records: readonly JobRecord[]): Job[] {
    const places = records.some(({ state }) => state === 'queued') ? this.queuePositions() : NO_PLACES
    return records.map((record) => toJob(record, places.get(record.n) ?? null))
  }

  /** Each unfinished job with an item in the queue, oldest first. */
  waiting(): readonly QueuedJob[] {
    return queuedJobsIn(this.#database)
  }

  /** Unfinished jobs that have all their requests, oldest first. */
  unfinished(): JobRecord[] {
    return this.#all(`${UNFINISHED} AND is_filled = 1`)
  }

  /** Jobs whose requests were not stored completely: the process ended during `items.fill`, which must be repeated. */
  unfilled(): JobRecord[] {
    return this.#all(`${UNFINISHED} AND is_filled = 0`)
  }

  /** Finished jobs whose end was not handled: the process ended before `settle`. */
  unsettled(): JobRecord[] {
    return this.#all('is_settled = 0')
  }

  /** The end of the job was handled. */
  settle(n: number): void {
    this.#database.prepare('UPDATE jobs SET is_settled = 1 WHERE n = ?').run(n)
  }

  /** Numbers of jobs by state. */
  counts(): Readonly<Record<JobState, number>> {
    const counts = { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0, expired: 0 }
    const rows = this.#database
      .prepare(`SELECT state, COUNT(*) AS count FROM jobs WHERE ${PRESENT} GROUP BY state`)
      .all()
    for (const { state, count } of rows) counts[state as JobState] = Number(count)
    return counts
  }

  /** Ends a job that is not final yet; any other stays as it is. */
  cancel(n: number, error: JobError | null = null): void {
    this.#finish(n, 'cancelled', error)
  }

  fail(n: number, error: JobError): void {
    this.#finish(n, 'failed', error)
  }

  /** Queues what is left of a job that failed, expired or was cancelled. @throws AppError JOB_NOT_FINISHED, JOB_NOT_FOUND */
  retry(n: number): void {
    const { state, counts } = this.#get(n)
    if (state === 'queued' || state === 'running') throw new AppError('JOB_NOT_FINISHED')
    if (state === 'completed' && counts.failed === 0) return
    inTransaction(this.#database, () => {
      const freedBytes = this.items.requeueAll(n)
      this.#database
        .prepare(
          `UPDATE jobs SET state = 'queued', revision = revision + 1, finished_at = NULL, expires_at = ?, is_settled = 1,
             failed = 0, attempts = 0, bytes = bytes - ?, error_code = NULL, error_message = NULL WHERE n = ?`,
        )
        .run(this.#options.clock.now() + this.#options.limits().keepMs, freedBytes, n)
    })
    this.#changed(n)
  }

  /** Deletes a finished job for everybody. Its contents follow (`purge`). @throws AppError JOB_NOT_FINISHED */
  remove(n: number): void {
    const { changes } = this.#database
      .prepare(
        `UPDATE jobs SET state = 'deleted', name = NULL, detail = NULL, is_settled = 1, expires_at = ${NEVER}
         WHERE n = ? AND NOT ${UNFINISHED}`,
      )
      .run(n)
    if (changes === 0) throw new AppError('JOB_NOT_FINISHED')
    this.#changed(n)
  }

  /** Deletes expired finished jobs, and ends expired unfinished ones. */
  sweep(): void {
    const due = this.#all(`expires_at <= ${this.#options.clock.now()}`)
    const expired = new AppError('JOB_EXPIRED')
    for (const { n, finishedAt } of due)
      if (finishedAt === null) this.#finish(n, 'expired', { code: expired.code, message: expired.message })
      else this.remove(n)
  }

  /** Stores the progress of a job, which never decreases. */
  report(n: number, progress: JobProgress): void {
    const before = this.find(n)?.progress
    const later: JobProgress = {
      ...progress,
      completed_bytes: Math.max(progress.completed_bytes, before?.completed_bytes ?? 0),
      total_bytes: Math.max(progress.total_bytes, before?.total_bytes ?? 0),
    }
    this.#update(n, 'progress', JSON.stringify(later))
    // The download made progress since its start, so a later kill is not blamed on it.
    if (later.completed_bytes > (before?.completed_bytes ?? 0))
      this.#database.prepare('UPDATE items SET interruptions = 0 WHERE job = ? AND interruptions > 0').run(n)
  }

  /** Replaces what the surface wants to find again. */
  setDetail(n: number, detail: unknown): void {
    this.#update(n, 'detail', JSON.stringify(detail))
  }

  /** The model is known only once its requests are read. */
  setModel(n: number, model: string): void {
    this.#update(n, 'model', model)
  }

  #update(n: number, column: 'progress' | 'detail' | 'model', value: string): void {
    this.#database.prepare(`UPDATE jobs SET ${column} = ?, revision = revision + 1 WHERE n = ?`).run(value, n)
    this.#changed(n)
  }

  #finish(n: number, state: JobState, error: JobError | null): void {
    if (this.#setFinal(n, state, error)) this.#changed(n)
  }

  /** @returns whether the job was unfinished */
  #setFinal(n: number, state: JobState, error: JobError | null): boolean {
    const now = this.#options.clock.now()
    const { changes } = this.#database
      .prepare(
        `UPDATE jobs SET state = ?, revision = revision + 1, finished_at = ?, expires_at = ?, is_settled = 0,
           error_code = ?, error_message = ? WHERE n = ? AND ${UNFINISHED}`,
      )
      .run(state, now, now + this.#options.limits().keepMs, error?.code ?? null, error?.message ?? null, n)
    return changes > 0
  }

  #named({ name, grant, ownerId }: NewJob): JobRecord | undefined {
    if (name === undefined) return undefined
    const row = this.#database
      .prepare(`SELECT ${RECORD_COLUMNS} FROM jobs WHERE owner = ? AND grant_id = ? AND name = ?`)
      .get(ownerId, grant.id, name.text)
    const record = row && toRecord(row)
    if (record === undefined || record.digest === name.digest) return record
    if (!name.isConversation) throw new AppError('KEPT_NAME_REUSED')
    // Another body is the next turn of the conversation.
    this.#database.prepare('UPDATE jobs SET name = NULL WHERE n = ?').run(record.n)
    return undefined
  }

  #all(condition: string): JobRecord[] {
    return this.#database
      .prepare(`SELECT ${RECORD_COLUMNS} FROM jobs WHERE ${condition} ORDER BY n`)
      .all()
      .map(toRecord)
  }

  #get(n: number): JobRecord {
    const record = this.find(n)
    if (record === undefined) throw new AppError('JOB_NOT_FOUND')
    return record
  }

  #changed(n: number): void {
    this.#places = undefined
    for (const watcher of this.#watchers) watcher(n)
  }
}
