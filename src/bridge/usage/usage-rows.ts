import type { UsageTotals } from '../../shared/usage.ts'
import { inTransaction, type DatabaseSync } from '../database/database.ts'

/** One row per day, model, key and class of duration. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE usage (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    key TEXT NOT NULL,
    duration_class INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    PRIMARY KEY (day, model, key, duration_class)
  ) STRICT, WITHOUT ROWID`,
]

export interface UsageNames {
  /** Empty if unknown, or beyond the limit of names per day. */
  readonly model: string
  /** The key's name; empty beyond the limit of names per day. */
  readonly key: string
}

/** Counts to add to a row. */
export interface UsageRow extends UsageNames {
  /** Local day, `2026-11-29`. */
  readonly day: string
  readonly durationClass: number
  readonly requests: number
  readonly errors: number
  readonly tokens: number
}

type Dimension = 'day' | 'model' | 'key'

/** Duration classes grow by a factor of the square root of two. */
const CLASSES_PER_DOUBLING = 2
const MAX_CLASS = 63
/** The class of failed requests: their duration says nothing about the model. */
export const NO_DURATION = -1

/** @param durationMs in milliseconds */
export function durationClassOf(durationMs: number): number {
  const rounded = Math.round(CLASSES_PER_DOUBLING * Math.log2(Math.max(1, durationMs)))
  return Math.min(rounded, MAX_CLASS)
}

function durationOf(durationClass: number): number {
  return Math.round(2 ** (durationClass / CLASSES_PER_DOUBLING))
}

/** Adds rows to the table, all or none. */
export function addRows(database: DatabaseSync, rows: Iterable<UsageRow>): void {
  const add = database.prepare(
    `INSERT INTO usage VALUES (:day, :model, :key, :durationClass, :requests, :errors, :tokens)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, errors = errors + excluded.errors,
       tokens = tokens + excluded.tokens`,
  )
  inTransaction(database, () => {
    for (const row of rows) add.run({ ...row })
  })
}

/** The combinations of names recorded on a day. */
export function namesOn(database: DatabaseSync, day: string): UsageNames[] {
  const rows = database.prepare('SELECT DISTINCT model, key FROM usage WHERE day = ?').all(day)
  return rows.map(({ model, key }) => ({ model: String(model), key: String(key) }))
}

/** Deletes days before `firstDay`. */
export function deleteBefore(database: DatabaseSync, firstDay: string): void {
  database.prepare('DELETE FROM usage WHERE day < ?').run(firstDay)
}

/** Deletes everything, and its traces in free pages. */
export function deleteAll(database: DatabaseSync): void {
  database.exec('DELETE FROM usage; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
}

/** Totals from `firstDay` on. Days are in order; models and keys with the most requests come first, at most `limit`. */
export function totalsBy(
  database: DatabaseSync,
  by: Dimension,
  firstDay: string,
  limit: number,
): UsageTotals[] {
  const rows = database
    .prepare(
      `SELECT ${by} AS name, duration_class, SUM(requests) AS requests, SUM(errors) AS errors, SUM(tokens) AS tokens
       FROM usage WHERE day >= ? AND ${by} IN
         (SELECT ${by} FROM usage WHERE day >= ? GROUP BY ${by} ORDER BY ${orderOf(by)} LIMIT ?)
       GROUP BY ${by}, duration_class ORDER BY ${by}, duration_class`,
    )
    .all(firstDay, firstDay, limit)
  const groups = [...Map.groupBy(rows, ({ name }) => String(name))]
  const totals = groups.map(([name, classes]) => totalsOf(name, classes))
  return by === 'day' ? totals : totals.sort((a, b) => b.requests - a.requests)
}

/** The last day of each key's use, at most `limit` keys. */
export function lastDayByKey(database: DatabaseSync, limit: number): Record<string, string> {
  const rows = database.prepare('SELECT key, MAX(day) AS day FROM usage GROUP BY key LIMIT ?').all(limit)
  return Object.fromEntries(rows.map(({ key, day }) => [String(key), String(day)]))
}

function orderOf(by: Dimension): string {
  return by === 'day' ? 'day DESC' : 'SUM(requests) DESC'
}

type Row = Readonly<Record<string, unknown>>

function totalsOf(name: string, classes: readonly Row[]): UsageTotals {
  const sum = (column: string): number => classes.reduce((total, row) => total + Number(row[column]), 0)
  return {
    name,
    requests: sum('requests'),
    errors: sum('errors'),
    tokens: sum('tokens'),
    medianMs: medianOf(classes),
  }
}

/** @param classes in order of duration */
function medianOf(classes: readonly Row[]): number | null {
  const timed = classes.filter((row) => row['duration_class'] !== NO_DURATION)
  let left = timed.reduce((total, row) => total + Number(row['requests']), 0) / 2
  for (const row of timed) {
    left -= Number(row['requests'])
    if (left <= 0) return durationOf(Number(row['duration_class']))
  }
  return null
}

/** All rows from `firstDay` on as CSV (RFC 4180), with a header. */
export function toCsv(database: DatabaseSync, firstDay: string): string {
  const rows = database
    .prepare(
      `SELECT day, model, key, SUM(requests) AS requests, SUM(errors) AS errors, SUM(tokens) AS tokens
       FROM usage WHERE day >= ? GROUP BY day, model, key ORDER BY day, model, key`,
    )
    .all(firstDay)
  const lines = rows.map((row) => Object.values(row).map(csvField).join(','))
  return ['day,model,key,requests,errors,tokens', ...lines, ''].join('\r\n')
}

/** A spreadsheet must not take a name for a formula (https://owasp.org/www-community/attacks/CSV_Injection). */
function csvField(value: unknown): string {
  const text = String(value)
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
