import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { FakeClock } from '../../../tunnel/fake-clock.test-support.ts'
import type { DatabaseSync } from '../../database/database.ts'
import { openJobsDatabase, temporaryDir } from '../jobs.test-support.ts'
import { FileStore, type FileLimits, type FileStoreOptions } from './file-store.ts'

/** A store of files in a temporary directory. For tests only. */
export class FileStage {
  readonly clock = new FakeClock()
  readonly dataDir: string
  readonly database: DatabaseSync
  limits: FileLimits = { maxFiles: 100, maxBytes: 10_000 }
  #count = 0

  private constructor(dataDir: string, database: DatabaseSync) {
    this.dataDir = dataDir
    this.database = database
  }

  static async open(): Promise<FileStage> {
    const dataDir = await temporaryDir()
    const stage = new FileStage(dataDir, await openJobsDatabase(dataDir))
    onTestFinished(async () => {
      stage.database.close()
      await rm(dataDir, { recursive: true, force: true })
    })
    return stage
  }

  get options(): FileStoreOptions {
    const { database, clock } = this
    return { database, clock, directory: join(this.dataDir, 'files'), limits: () => this.limits }
  }

  store(): Promise<FileStore> {
    return FileStore.open(this.options)
  }

  newId(): string {
    return `file-${String(this.#count++).padStart(24, '0')}`
  }
}
