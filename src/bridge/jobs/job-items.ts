import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { JobError, JobState } from '../../shared/jobs.ts'
import { inTransaction, type DatabaseSync } from '../database/database.ts'
import { errorIn, toNumber, toText, type JobRecord, type SqlRow } from './job-record.ts'

/** One request of a job. */
export interface NewItem {
  /** The client's own name for it, in a batch. */
  readonly customId?: string
  /** Path of the request, which is a POST. */
  readonly path: string
  /** JSON, at most `MAX_ITEM_BYTES`. */
  readonly body: Uint8Array
}

/** An item in progress. */
export interface JobItem {
  /** The job's number, and the item's index in the job, from 0. */
  readonly job: number
  readonly number: number
  readonly customId: string | null
  readonly path: string
  readonly body: Uint8Array
  /** This one included. */
  readonly attempts: number
}

/** The end of an item's last attempt. */
export interface ItemResult {
  readonly isFailed: boolean
  /** The request's id in the log. */
  readonly requestId: string
  /** `null` without an answer. */
  readonly status: number | null
  readonly contentType: string | null
  readonly body: Uint8Array | null
  /** `null` if it did not fail. */
  readonly error: JobError | null
}

/** An item with its result, as far as there is one. */
export interface FinishedItem extends ItemResult {
  readonly number: number
  readonly customId: string | null
  readonly path: string
}

export interface JobItemsOptions {
  readonly database: DatabaseSync
  readonly clock: Clock
  /** Bytes that the job's key may still store. */
  readonly roomFor: (job: JobRecord) => number
  readonly get: (n: number) => JobRecord | undefined
  /** Part of a transaction of this class. */
  readonly setFinal: (n: number, state: JobState, error: JobError | null) => unknown
  readonly changed: (n: number) => void
}

/** Counted for each row besides its contents, so that rows have a limit as well. */
export const ITEM_OVERHEAD_BYTES = 1024
/** Limits of one transaction while items are stored. */
const MAX_CHUNK_ITEMS = 500
const MAX_CHUNK_BYTES = 4 * 1024 * 1024

/** The requests of jobs with their answers. Every change is one transaction together with the counts of its job. */
export class JobItems {
  readonly #options: JobItemsOptions
  readonly #database: DatabaseSync

  constructor(options: JobItemsOptions) {
    this.#options = options
    this.#database = options.database
  }

  bytesOf(items: readonly NewItem[]): number {
    return items.reduce((sum, { body }) => sum + body.length + ITEM_OVERHEAD_BYTES, 0)
  }

  /** Part of the transaction that creates the job. @param from the number of the first one */
  insert(n: number, from: number, items: readonly NewItem[]): void {
    const insert = this.#database.prepare(
      `INSERT INTO items (job, number, state, attempts, next_attempt_at, custom_id, path, request)
       VALUES (?, ?, 'queued', 0, 0, ?, ?, ?)`,
    )
    for (const [offset, { customId, path, body }] of items.entries())
      insert.run(n, from + offset, customId ?? null, path, body)
  }

  /**
   * Stores the items of a job that was created without. They are stored in bounded batches, and the job starts after
   * the last one. May be repeated from the beginning after an interruption (`JobStore.unfilled`).
   * @returns their number
   * @throws AppError JOB_STORAGE_FULL, BAD_REQUEST if there are none, JOB_NOT_FOUND if the job is gone; whatever
   * `items` throws. The job stays unfilled.
   */
  async fill(n: number, items: AsyncIterable<NewItem> | Iterable<NewItem>): Promise<number> {
    this.drop(n)
    let chunk: NewItem[] = []
    let [stored, bytes] = [0, 0]
    const flush = (isFilled: boolean): void => {
      this.#append(n, stored, chunk, isFilled)
      stored += chunk.length
      chunk = []
      bytes = 0
    }
    for await (const item of items) {
      chunk.push(item)
      bytes += item.body.length
      if (chunk.length >= MAX_CHUNK_ITEMS || bytes >= MAX_CHUNK_BYTES) flush(false)
    }
    if (stored + chunk.length === 0) throw new AppError('BAD_REQUEST', 'There are no requests in it.')
    flush(true)
    return stored
  }

  /** Starts the next item of a job that is due. @returns `undefined` if none is */
  take(n: number): JobItem | undefined {
    const now = this.#options.clock.now()
    const row = this.#database
      .prepare(
        `SELECT * FROM items WHERE job = ? AND state = 'queued' AND next_attempt_at <= ?
         ORDER BY next_attempt_at, number LIMIT 1`,
      )
      .get(n, now)
    if (row === undefined) return undefined
    const [number, attempts] = [Number(row['number']), Number(row['attempts']) + 1]
    inTransaction(this.#database, () => {
      this.#database
        .prepare(`UPDATE items SET state = 'running', attempts = ? WHERE job = ? AND number = ?`)
        .run(attempts, n, number)
      this.#database
        .prepare(
          `UPDATE jobs SET state = 'running', revision = revision + 1, started_at = COALESCE(started_at, ?),
             attempts = MAX(attempts, ?) WHERE n = ?`,
        )
        .run(now, attempts, n)
    })
    this.#options.changed(n)
    const [customId, path] = [toText(row['custom_id']), String(row['path'])]
    return { job: n, number, customId, path, body: bytesOf(row['request']), attempts }
  }

  /**
   * Puts an item back into the queue.
   * @param at when it is tried again, in milliseconds since the epoch; 0 = as soon as possible
   * @param isCounted whether this attempt counts
   */
  putBack({ job: n, number }: JobItem, at: number, isCounted: boolean): void {
    inTransaction(this.#database, () => {
      const { changes } = this.#database
        .prepare(
          `UPDATE items SET state = 'queued', next_attempt_at = ?, attempts = attempts - ?
           WHERE job = ? AND number = ? AND state = 'running'`,
        )
        .run(at, isCounted ? 0 : 1, n, number)
      // A job of one item waits again; one that has results already is still under way.
      this.#database
        .prepare(
          `UPDATE jobs SET revision = revision + 1, attempts = MIN(attempts, (SELECT MAX(attempts) FROM items WHERE job = n)),
             state = IIF(completed + failed = 0 AND NOT EXISTS (SELECT 1 FROM items WHERE job = n AND items.state = 'running'),
               'queued', state)
           WHERE n = ? AND ? > 0 AND state = 'running'`,
        )
        .run(n, changes)
    })
    this.#options.changed(n)
  }

  /**
   * Stores the result of an item, and ends its job with the last one. Does nothing if the job has ended meanwhile.
   * A failure ends any job but a batch.
   */
  finish({ job: n, number }: Pick<JobItem, 'job' | 'number'>, given: ItemResult): void {
    const record = this.#options.get(n)
    if (record?.state !== 'running') return
    const result = this.#fitted(record, given)
    const { isFailed, status, contentType, body, error, requestId } = result
    const state = isFailed ? 'failed' : 'completed'
    inTransaction(this.#database, () => {
      const { changes } = this.#database
        .prepare(
          `UPDATE items SET state = ?, status = ?, content_type = ?, response = ?, error_code = ?, error_message = ?,
             request_id = ? WHERE job = ? AND number = ? AND state = 'running'`,
        )
        .run(
          state,
          status,
          contentType,
          body,
          error?.code ?? null,
          error?.message ?? null,
          requestId,
          n,
          number,
        )
      if (changes === 0) return
      this.#database
        .prepare(
          `UPDATE jobs SET revision = revision + 1, completed = completed + ?, failed = failed + ?, bytes = bytes + ?
           WHERE n = ?`,
        )
        .run(Number(!isFailed), Number(isFailed), body?.length ?? 0, n)
      const { total, completed, failed } = record.counts
      if (isFailed && record.type !== 'batch') this.#options.setFinal(n, 'failed', error)
      else if (completed + failed + 1 === total) this.#options.setFinal(n, 'completed', null)
    })
    this.#options.changed(n)
  }

  /**
   * The items of a job in their order, one at a time, so a large job is never in memory.
   * @param from the first number
   */
  *results(n: number, from = 0): Generator<FinishedItem> {
    const next = this.#database.prepare(
      `SELECT number, state, custom_id, path, request_id, status, content_type, error_code, error_message, response
       FROM items WHERE job = ? AND number >= ? ORDER BY number LIMIT 1`,
    )
    for (let number = from; ; number++) {
      const row = next.get(n, number)
      if (row === undefined) return
      number = Number(row['number'])
      if (row['state'] === 'completed' || row['state'] === 'failed') yield toFinished(row)
    }
  }

  /** Whether an item of an unfinished job was running when the bridge crashed or was killed, and has no result yet. */
  hasInterrupted(): boolean {
    const row = this.#database
      .prepare(
        `SELECT 1 FROM items JOIN jobs ON n = job WHERE interruptions > 0 AND items.state IN ('queued', 'running')
           AND jobs.state IN ('queued', 'running') LIMIT 1`,
      )
      .get()
    return row !== undefined
  }

  /** The body of an item's request; empty if there is no such item. */
  requestOf(n: number, number: number): Uint8Array {
    const row = this.#database
      .prepare('SELECT request FROM items WHERE job = ? AND number = ?')
      .get(n, number)
    return bytesOf(row?.['request'])
  }

  /** The items of a job that never ended, in their order, one at a time. */
  *unanswered(n: number): Generator<Pick<FinishedItem, 'number' | 'customId'>> {
    const next = this.#database.prepare(
      `SELECT number, custom_id FROM items WHERE job = ? AND number >= ? AND state IN ('queued', 'running')
       ORDER BY number LIMIT 1`,
    )
    for (let from = 0; ;) {
      const row = next.get(n, from)
      if (row === undefined) return
      const { number, custom_id: customId } = row
      from = Number(number) + 1
      yield { number: Number(number), customId: customId === null ? null : String(customId) }
    }
  }

  /** Part of the transaction that queues a job again. @returns the bytes of the answers that were dropped */
  requeueAll(n: number): number {
    const condition = `job = ? AND state <> 'completed'`
    const { bytes } =
      this.#database
        .prepare(`SELECT COALESCE(SUM(LENGTH(response)), 0) AS bytes FROM items WHERE ${condition}`)
        .get(n) ?? {}
    this.#database
      .prepare(
        `UPDATE items SET state = 'queued', attempts = 0, interruptions = 0, next_attempt_at = 0, status = NULL,
           content_type = NULL, response = NULL, error_code = NULL, error_message = NULL WHERE ${condition}`,
      )
      .run(n)
    return Number(bytes)
  }

  /** Replaces an answer for which there is no room. */
  #fitted(record: JobRecord, result: ItemResult): ItemResult {
    if ((result.body?.length ?? 0) <= this.#options.roomFor(record)) return result
    const { code, message } = new AppError('JOB_STORAGE_FULL')
    return {
      ...result,
      isFailed: true,
      status: null,
      contentType: null,
      body: null,
      error: { code, message },
    }
  }

  /** Deletes the items of a job that does not have all of them. */
  drop(n: number): void {
    inTransaction(this.#database, () => {
      this.#database.prepare('DELETE FROM items WHERE job = ?').run(n)
      this.#database
        .prepare(
          'UPDATE jobs SET total = 0, bytes = ?, revision = revision + 1 WHERE n = ? AND is_filled = 0',
        )
        .run(ITEM_OVERHEAD_BYTES, n)
    })
  }

  #append(n: number, from: number, items: readonly NewItem[], isFilled: boolean): void {
    const record = this.#options.get(n)
    if (record === undefined) throw new AppError('JOB_NOT_FOUND')
    const bytes = this.bytesOf(items)
    if (bytes > this.#options.roomFor(record)) throw new AppError('JOB_STORAGE_FULL')
    inTransaction(this.#database, () => {
      this.insert(n, from, items)
      this.#database
        .prepare(
          'UPDATE jobs SET total = ?, bytes = bytes + ?, is_filled = ?, revision = revision + 1 WHERE n = ?',
        )
        .run(from + items.length, bytes, Number(isFilled), n)
    })
    this.#options.changed(n)
  }
}

function toFinished(row: SqlRow): FinishedItem {
  const response = row['response'] ?? null
  return {
    number: Number(row['number']),
    customId: toText(row['custom_id']),
    path: String(row['path']),
    isFailed: row['state'] === 'failed',
    requestId: String(row['request_id']),
    status: toNumber(row['status']),
    contentType: toText(row['content_type']),
    body: response === null ? null : bytesOf(response),
    error: errorIn(row),
  }
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array()
}
