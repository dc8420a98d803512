import { join } from 'node:path'
import { openDatabase, type DatabaseOptions, type DatabaseSync } from '../database/database.ts'
import { FILES } from '../data-dir/paths.ts'
import { MIGRATIONS } from './job-schema.ts'
import type { JobLimits } from './job-quota.ts'
import { JobStore } from './job-store.ts'
import { FileStore } from './openai/file-store.ts'
import { ResponseEventTable } from './openai/response-event-table.ts'

/** Jobs with everything that belongs to them. */
export interface JobStorage {
  readonly database: DatabaseSync
  readonly store: JobStore
  readonly files: FileStore
  readonly responseEvents: ResponseEventTable
}

export interface JobStorageOptions extends Pick<DatabaseOptions, 'clock' | 'onBad'> {
  readonly dataDir: string
  /** Read at each use, since settings change. */
  readonly limits: () => JobLimits
}

const MAX_FILES_PER_KEY = 1_000

/**
 * Opens the jobs of the data directory, which this process holds.
 * @returns `null` if this runtime has no SQLite
 * @throws AppError CONFIG_INVALID, or the file system's error
 */
export async function openJobStorage(options: JobStorageOptions): Promise<JobStorage | null> {
  const { dataDir, clock, limits } = options
  const path = join(dataDir, FILES.jobs)
  const database = await openDatabase({ ...options, path, migrations: MIGRATIONS })
  if (database === null) return null
  const files = await FileStore.open({
    database,
    clock,
    directory: join(dataDir, FILES.jobFiles),
    limits: () => ({ maxFiles: MAX_FILES_PER_KEY, maxBytes: limits().maxBytesPerKey }),
  })
  const store = new JobStore({ database, clock, limits })
  return { database, store, files, responseEvents: new ResponseEventTable(database) }
}
