import { inTransaction, type DatabaseSync } from '../../database/database.ts'
import type { ResponseEvent } from './response-recorder.ts'

/** Schema of the table. Part of the released migrations, so it must not change. */
export const RESPONSE_EVENTS_SCHEMA = `
  CREATE TABLE response_events (
    job INTEGER NOT NULL REFERENCES jobs (n) ON DELETE CASCADE,
    sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (job, sequence)
  ) STRICT, WITHOUT ROWID`

/** The events of responses in the background, by the number of their job. */
export class ResponseEventTable {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  add(job: number, events: readonly ResponseEvent[]): void {
    if (events.length > 0) inTransaction(this.#database, () => this.#insert(job, events))
  }

  /** Replaces the events of an attempt that has to be repeated. @param from the first number to delete */
  replace(job: number, from: number, events: readonly ResponseEvent[]): void {
    inTransaction(this.#database, () => {
      this.#database.prepare('DELETE FROM response_events WHERE job = ? AND sequence >= ?').run(job, from)
      this.#insert(job, events)
    })
  }

  /** Events behind a number, in order. */
  after(job: number, sequence: number, limit: number): ResponseEvent[] {
    return this.#database
      .prepare('SELECT * FROM response_events WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT ?')
      .all(job, sequence, limit)
      .map((row) => ({
        sequence: Number(row['sequence']),
        type: String(row['type']),
        data: String(row['data']),
      }))
  }

  last(job: number): Pick<ResponseEvent, 'sequence' | 'type'> | undefined {
    const row = this.#database
      .prepare('SELECT sequence, type FROM response_events WHERE job = ? ORDER BY sequence DESC LIMIT 1')
      .get(job)
    return row && { sequence: Number(row['sequence']), type: String(row['type']) }
  }

  #insert(job: number, events: readonly ResponseEvent[]): void {
    const insert = this.#database.prepare('INSERT INTO response_events VALUES (?, ?, ?, ?)')
    for (const { sequence, type, data } of events) insert.run(job, sequence, type, data)
  }
}
