import { inTransaction, type DatabaseSync } from '../database/database.ts'

/** Maximum rows per step. */
const MAX_ROWS = 64

/**
 * Deletes some of the contents of deleted jobs. Overwriting them is slow and blocks the process, hence the limit.
 * @param maxBytes the step ends with the row that reaches this size
 * @returns whether there is more
 */
export function purge(database: DatabaseSync, maxBytes: number): boolean {
  const n = database.prepare("SELECT n FROM jobs WHERE state = 'deleted' LIMIT 1").get()?.['n']
  if (n === undefined) return false
  inTransaction(database, () => {
    if (purgeRows(database, Number(n), ITEMS, maxBytes) || purgeRows(database, Number(n), EVENTS, maxBytes))
      return
    database.prepare('DELETE FROM jobs WHERE n = ?').run(n)
  })
  return true
}

interface Rows {
  readonly table: string
  readonly key: string
  readonly bytes: string
}

const ITEMS: Rows = {
  table: 'items',
  key: 'number',
  bytes: 'LENGTH(request) + COALESCE(LENGTH(response), 0)',
}
const EVENTS: Rows = { table: 'response_events', key: 'sequence', bytes: 'LENGTH(data)' }

/** Deletes rows from the end. @returns whether there were any */
function purgeRows(database: DatabaseSync, n: number, rows: Rows, maxBytes: number): boolean {
  const { table, key, bytes } = rows
  let deleted = 0
  let from: unknown
  for (const row of database
    .prepare(
      `SELECT ${key} AS key, ${bytes} AS bytes FROM ${table} WHERE job = ? ORDER BY ${key} DESC LIMIT ?`,
    )
    .all(n, MAX_ROWS)) {
    from = row['key']
    deleted += Number(row['bytes'])
    if (deleted >= maxBytes) break
  }
  if (from === undefined) return false
  database.prepare(`DELETE FROM ${table} WHERE job = ? AND ${key} >= ?`).run(n, Number(from))
  database.prepare('UPDATE jobs SET bytes = MAX(0, bytes - ?) WHERE n = ?').run(deleted, n)
  return true
}
