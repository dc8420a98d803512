import type { DatabaseSync } from '../../database/database.ts'
import { conditionOf, type JobScope } from '../job-queries.ts'
import { UPLOAD_PURPOSES, type FilePurpose, type FileRecord } from './file-record.ts'
import type { PageQuery } from './list-page.ts'
import { notFound } from './openai-fault.ts'

/** Schema of the table. Part of the released migrations, so it must not change. */
export const FILES_SCHEMA = `
  CREATE TABLE files (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    filename TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT;
  CREATE INDEX files_by_grant ON files (grant_id, sequence)`

/** Columns that a later version added. */
export const FILE_NAMES_SCHEMA = `
  ALTER TABLE files ADD COLUMN name TEXT;
  ALTER TABLE files ADD COLUMN digest TEXT;
  CREATE UNIQUE INDEX files_by_name ON files (owner, grant_id, name) WHERE name IS NOT NULL`

export type NewFile = Omit<FileRecord, 'sequence'>

/** The client's name for an upload, and the digest by which a repeated upload is recognized. */
export interface FileName {
  readonly text: string
  readonly digest: string
}

/** The key that a file belongs to. */
export interface FileOwner {
  readonly ownerId: string
  readonly grantId: string
}

const ALIVE = '(expires_at IS NULL OR expires_at > ?)'

/** The facts of files in the database. Times are in seconds since the epoch. */
export class FileTable {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Adds a file, or replaces the one with its id. */
  put(
    owner: FileOwner,
    { id, purpose, filename, bytes, createdAt, expiresAt }: NewFile,
    name: FileName | undefined,
  ): void {
    const [text, digest] = [name?.text ?? null, name?.digest ?? null]
    this.#database
      .prepare(
        `INSERT INTO files (id, owner, grant_id, purpose, filename, bytes, created_at, expires_at, name, digest)
         VALUES (:id, :ownerId, :grantId, :purpose, :filename, :bytes, :createdAt, :expiresAt, :text, :digest)
         ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes`,
      )
      .run({ id, ...owner, purpose, filename, bytes, createdAt, expiresAt, text, digest })
  }

  /** The file that was uploaded with a name, and the digest of that upload. */
  named(
    { ownerId, grantId }: FileOwner,
    text: string,
    now: number,
  ): { record: FileRecord; digest: string } | undefined {
    const row = this.#database
      .prepare(`SELECT * FROM files WHERE owner = ? AND grant_id = ? AND name = ? AND ${ALIVE}`)
      .get(ownerId, grantId, text, now)
    return row && { record: toRecord(row), digest: String(row['digest']) }
  }

  /** Frees a name for another file. */
  freeName({ ownerId, grantId }: FileOwner, text: string): void {
    this.#database
      .prepare('UPDATE files SET name = NULL WHERE owner = ? AND grant_id = ? AND name = ?')
      .run(ownerId, grantId, text)
  }

  find(scope: JobScope, id: string, now: number): FileRecord | undefined {
    const { sql, values } = conditionOf(scope)
    const row = this.#database
      .prepare(`SELECT * FROM files WHERE id = ? AND ${sql} AND ${ALIVE}`)
      .get(id, ...values, now)
    return row && toRecord(row)
  }

  /**
   * A page, and one file of the next page.
   * @throws OpenAiFault if the position is unknown
   */
  list(
    scope: JobScope,
    purpose: string | null,
    { after, limit, order }: PageQuery,
    now: number,
  ): FileRecord[] {
    const start = order === 'asc' ? 0 : Number.MAX_SAFE_INTEGER
    const from = after === null ? start : this.find(scope, after, now)?.sequence
    if (from === undefined) throw notFound('File', after ?? '', 'after')
    const { sql, values } = conditionOf(scope)
    const [comparison, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC']
    return this.#database
      .prepare(
        `SELECT * FROM files WHERE ${sql} AND ${ALIVE} AND purpose = coalesce(?, purpose)
           AND sequence ${comparison} ? ORDER BY sequence ${direction} LIMIT ?`,
      )
      .all(...values, now, purpose, from, limit + 1)
      .map(toRecord)
  }

  delete(id: string): void {
    this.#database.prepare('DELETE FROM files WHERE id = ?').run(id)
  }

  /** Number and size of a key's files. */
  totalsOf(grantId: string): { readonly files: number; readonly bytes: number } {
    const row = this.#database
      .prepare('SELECT count(*) AS files, coalesce(sum(bytes), 0) AS bytes FROM files WHERE grant_id = ?')
      .get(grantId)
    return { files: Number(row?.['files']), bytes: Number(row?.['bytes']) }
  }

  ids(): string[] {
    return this.#database
      .prepare('SELECT id FROM files')
      .all()
      .map(({ id }) => String(id))
  }

  expiredIds(now: number): string[] {
    return this.#database
      .prepare('SELECT id FROM files WHERE expires_at <= ?')
      .all(now)
      .map(({ id }) => String(id))
  }
}

function toRecord(row: Record<string, unknown>): FileRecord {
  const { id, sequence, purpose, filename, bytes, created_at: createdAt, expires_at: expiresAt } = row
  return {
    id: String(id),
    sequence: Number(sequence),
    purpose: purposeOf(purpose),
    filename: String(filename),
    bytes: Number(bytes),
    createdAt: Number(createdAt),
    expiresAt: expiresAt === null ? null : Number(expiresAt),
  }
}

function purposeOf(text: unknown): FilePurpose {
  return UPLOAD_PURPOSES.find((purpose) => purpose === text) ?? 'batch_output'
}
