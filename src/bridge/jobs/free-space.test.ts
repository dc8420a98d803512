import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import type { DatabaseSync } from '../database/database.ts'
import { FreeSpace } from './free-space.ts'
import { purge } from './job-purge.ts'
import { JobStage, newJob, openJobsDatabase, temporaryDir } from './jobs.test-support.ts'

const MIB = 1024 * 1024

/** A store with one job, from which 16 MiB of other jobs were deleted. */
async function emptied(): Promise<{ database: DatabaseSync; stage: JobStage; size: () => number }> {
  const dir = await temporaryDir()
  const database = await openJobsDatabase(dir)
  const stage = new JobStage(database)
  onTestFinished(() => stage.store.close())
  stage.limits = { ...stage.limits, maxWaitingPerKey: 100, maxBytesPerKey: 100 * MIB }
  const body = Buffer.alloc(MIB, 'x')
  const jobs = Array.from({ length: 16 }, () => stage.store.create(newJob(), [{ path: '/', body }]))
  stage.add()
  for (const { n } of jobs) {
    stage.store.cancel(n)
    stage.store.remove(n)
  }
  while (purge(database, MIB));
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return { database, stage, size: () => statSync(join(dir, 'jobs.db')).size }
}

it('returns the space of deleted jobs to the disk, a little at a time', async () => {
  const { database, stage, size } = await emptied()
  expect(size()).toBeGreaterThan(16 * MIB)
  const space = new FreeSpace({
    database,
    store: stage.store,
    clock: stage.clock,
    logger: silentLogger,
    isIdle: () => true,
  })
  space.start()
  const steps: number[] = []
  const exec = database.exec.bind(database)
  database.exec = (sql) => {
    const before = freePages(database)
    exec(sql)
    if (sql.includes('incremental_vacuum')) steps.push(before - freePages(database))
  }
  stage.clock.advance(120_000)
  expect(size()).toBeLessThan(0.5 * MIB)
  expect(Buffer.from(stage.store.items.take(17)!.body).toString()).toBe('{"i":0}')
  expect(steps.length).toBeGreaterThan(50)
  expect(Math.max(...steps)).toBeLessThanOrEqual(64)
  space.stop()
  expect(stage.clock.pendingTimers).toBe(0)
})

it('waits while anything runs', async () => {
  const { database, stage } = await emptied()
  let isIdle = false
  const space = new FreeSpace({
    database,
    store: stage.store,
    clock: stage.clock,
    logger: silentLogger,
    isIdle: () => isIdle,
  })
  space.start()
  const before = freePages(database)
  stage.clock.advance(600_000)
  expect(freePages(database)).toBe(before)
  isIdle = true
  stage.clock.advance(1_000)
  isIdle = false
  const left = freePages(database)
  expect(left).toBeLessThan(before)
  stage.clock.advance(600_000)
  expect(freePages(database)).toBe(left)
  expect(left).toBeGreaterThan(0)
})

it('survives a disk that is full', async () => {
  const { database, stage } = await emptied()
  const space = new FreeSpace({
    database,
    store: stage.store,
    clock: stage.clock,
    logger: silentLogger,
    isIdle: () => true,
  })
  space.start()
  const exec = database.exec.bind(database)
  database.exec = () => {
    throw new Error('database or disk is full')
  }
  stage.clock.advance(60_000)
  database.exec = exec
  stage.clock.advance(120_000)
  expect(freePages(database)).toBe(0)
})

function freePages(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA freelist_count').get()?.['freelist_count'])
}
