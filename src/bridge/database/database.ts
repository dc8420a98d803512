import { chmod, open, rename, rm } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { unusableFile } from '../../shared/system-error.ts'
import type { KeyedText } from '../../shared/words.ts'
import { checkOwnFile } from '../data-dir/ownership.ts'
import { movedAsideName, type BadFile } from '../data-dir/store-file.ts'

export type { DatabaseSync }

export interface DatabaseOptions {
  readonly path: string
  /** SQL for each version of the schema, oldest first. Released ones must not change. */
  readonly migrations: readonly string[]
  readonly clock: Clock
  readonly onBad: (bad: BadFile) => void
}

/** The write-ahead log shrinks to this size when it is not needed. */
const MAX_IDLE_WAL_BYTES = 4 * 1024 * 1024
/** Rewriting a file of this size blocks the process for a second or two. */
const MAX_REWRITTEN_BYTES = 64 * 1024 * 1024
/** SQLite's value of `PRAGMA auto_vacuum`. */
const INCREMENTAL = 2
/** Files that SQLite keeps next to the database. */
const COMPANIONS = ['-wal', '-shm']
/** SQLite's result codes for files that are damaged or not databases (https://sqlite.org/rescode.html). */
const DAMAGED = new Set([11, 26])

/**
 * Opens a database of the data directory, which this process holds, and updates its schema. A damaged one is moved
 * aside and reported, and a new one created.
 * @returns `null` if this runtime has no SQLite, such as Electron before version 36
 * @throws AppError CONFIG_INVALID if the file cannot be used, is of a newer version, or could have been written by others
 */
export async function openDatabase(options: DatabaseOptions): Promise<DatabaseSync | null> {
  const sqlite = await import('node:sqlite').catch(() => null)
  if (sqlite === null) return null
  const open = () => openChecked(options, (path) => new sqlite.DatabaseSync(path))
  try {
    await createPrivate(options.path)
    return open()
  } catch (cause) {
    const damage = damageIn(cause)
    if (damage === null) throw unusableFile(options.path, cause)
    await moveAside(options, damage)
    await createPrivate(options.path)
    return open()
  }
}

/** Runs `work` as one transaction, which is undone if it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (cause) {
    // SQLite has undone it itself if the disk is full.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw cause
  }
}

/**
 * Returns free pages to the disk.
 * @param pages the maximum number; the process is blocked meanwhile
 * @returns whether there are more
 * @throws SQLite's error if the disk is full
 */
export function shrink(database: DatabaseSync, pages: number): boolean {
  if (freePagesIn(database) === 0) return false
  database.exec(`PRAGMA incremental_vacuum(${pages})`)
  if (freePagesIn(database) > 0) return true
  // The file gets shorter when the log is applied to it.
  database.exec('PRAGMA wal_checkpoint(PASSIVE)')
  return false
}

class DamagedError extends Error {}

/** SQLite creates its companions with the mode of the database. */
async function createPrivate(path: string): Promise<void> {
  await checkOwnFile(path)
  const file = await open(path, 'a', 0o600)
  await file.close()
  if (process.platform !== 'win32') await chmod(path, 0o600)
}

function openChecked({ path, migrations }: DatabaseOptions, connect: (path: string) => DatabaseSync) {
  const database = connect(path)
  try {
    // This is free only before the first table exists.
    if (pragma(database, 'page_count') === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL')
    // WAL with NORMAL survives a crash of the process; a power failure can lose the last transactions, not the file.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    database.exec(`PRAGMA journal_size_limit = ${MAX_IDLE_WAL_BYTES}`)
    const result = pragma(database, 'quick_check(1)')
    if (result !== 'ok') throw new DamagedError(String(result))
    migrate(database, migrations, path)
    makeShrinkable(database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

function migrate(database: DatabaseSync, migrations: readonly string[], path: string): void {
  const version = Number(pragma(database, 'user_version'))
  if (version > migrations.length)
    throw new AppError('CONFIG_INVALID', errorCase('case.file.newer', { path }))
  for (const [offset, sql] of migrations.slice(version).entries())
    database.exec(`BEGIN IMMEDIATE; ${sql}; PRAGMA user_version = ${version + offset + 1}; COMMIT`)
}

/** A file that was created without `auto_vacuum` is rewritten once, as soon as it is small enough. */
function makeShrinkable(database: DatabaseSync): void {
  if (pragma(database, 'auto_vacuum') === INCREMENTAL) return
  const usedPages = Number(pragma(database, 'page_count')) - freePagesIn(database)
  if (usedPages * Number(pragma(database, 'page_size')) > MAX_REWRITTEN_BYTES) return
  try {
    // SQLite's temporary copy must not be on another disk.
    database.exec('PRAGMA temp_store = MEMORY; PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // The disk is full, for example. The next start tries again; until then, free pages are reused.
  }
}

function freePagesIn(database: DatabaseSync): number {
  return Number(pragma(database, 'freelist_count'))
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
}

/** The reason if the file is damaged; `null` for any other failure. */
function damageIn(cause: unknown): KeyedText | null {
  if (!(cause instanceof Error)) return null
  const errcode = 'errcode' in cause && typeof cause.errcode === 'number' ? cause.errcode & 0xff : null
  const isDamage = cause instanceof DamagedError || (errcode !== null && DAMAGED.has(errcode))
  return isDamage ? errorCase('case.file.damaged', { message: cause.message }) : null
}

async function moveAside({ path, clock, onBad }: DatabaseOptions, reason: KeyedText): Promise<void> {
  const movedTo = movedAsideName(path, clock)
  try {
    await rename(path, movedTo)
    // They belong to the damaged file and would be applied to the new one.
    for (const suffix of COMPANIONS) await rm(`${path}${suffix}`, { force: true })
  } catch (cause) {
    throw unusableFile(path, cause)
  }
  onBad({ path, movedTo, reason })
}
