import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { MIGRATIONS } from './job-schema.ts'
import { JobStage, openJobsDatabase, temporaryDir } from './jobs.test-support.ts'

it('a file of an earlier version is migrated with its jobs, and can shrink', async () => {
  const dir = await temporaryDir()
  const { DatabaseSync } = await import('node:sqlite')
  const old = new DatabaseSync(join(dir, 'jobs.db'))
  old.exec(`${MIGRATIONS.slice(0, 2).join(';')}; PRAGMA user_version = 2`)
  old.exec(
    `INSERT INTO jobs VALUES (7, 'job_old', 'request', 'running', 3, 'me', 'phone', 'phone', '{"kind":"local"}', 'm', NULL, NULL,
       1, 2, NULL, 9e12, 1, 1, 1, 0, 0, 1, 1024, NULL, NULL, NULL, NULL);
     INSERT INTO items (job, number, state, attempts, next_attempt_at, path, request)
     VALUES (7, 0, 'running', 1, 0, '/api/chat', CAST('{}' AS BLOB))`,
  )
  old.close()
  await chmod(join(dir, 'jobs.db'), 0o600)
  const database = await openJobsDatabase(dir)
  const stage = new JobStage(database)
  expect(stage.job(7)).toMatchObject({ id: 'job_old', state: 'queued' })
  expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
  stage.work(7)
  expect(stage.job(7).state).toBe('completed')
})
