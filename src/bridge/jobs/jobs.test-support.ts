import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyDigest } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { openDatabase, type DatabaseSync } from '../database/database.ts'
import type { ItemResult, NewItem } from './job-items.ts'
import type { JobCaller } from './job-record.ts'
import { MIGRATIONS } from './job-schema.ts'
import type { JobScope } from './job-queries.ts'
import type { JobLimits } from './job-quota.ts'
import { JobStore, type NewJob } from './job-store.ts'

export const DAY_MS = 86_400_000
export const LIMITS: JobLimits = { maxWaitingPerKey: 10, maxBytesPerKey: 1_000_000, keepMs: 30 * DAY_MS }
export const DEVICE: JobScope = { kind: 'device' }

/** An empty directory for a database. */
export function temporaryDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'ctl-jobs-'))
}

export async function openJobsDatabase(dir: string, clock = new FakeClock()): Promise<DatabaseSync> {
  const path = join(dir, 'jobs.db')
  const database = await openDatabase({ path, migrations: MIGRATIONS, clock, onBad: () => {} })
  if (database === null) throw new Error('this runtime has no SQLite')
  return database
}

/** A store with a fake clock. For tests only. */
export class JobStage {
  readonly clock: FakeClock
  readonly store: JobStore
  limits = LIMITS

  constructor(database: DatabaseSync, clock = new FakeClock()) {
    this.clock = clock
    this.store = new JobStore({ database, clock, limits: () => this.limits })
  }

  static async open(dir?: string): Promise<JobStage> {
    const clock = new FakeClock()
    return new JobStage(await openJobsDatabase(dir ?? (await temporaryDir()), clock), clock)
  }

  /** Creates a job of `count` requests. */
  add(count = 1, more: Partial<NewJob> = {}) {
    return this.store.create(newJob(more), itemsOf(count))
  }

  /** The job with this number, which exists. */
  job(n: number) {
    const record = this.store.find(n)
    if (record === undefined) throw new Error('no such job')
    return record
  }

  /** Works on the next item, with this result. */
  work(n: number, result: Partial<ItemResult> = {}): number {
    const item = this.store.items.take(n)
    if (item === undefined) throw new Error('nothing is due')
    this.store.items.finish(item, resultOf(`answer ${item.number}`, result))
    return item.number
  }
}

export function callerOf(key: string): JobCaller {
  return { kind: 'key', digest: key as KeyDigest }
}

export function newJob(more: Partial<NewJob> = {}): NewJob {
  const grant = more.grant ?? { id: 'phone', name: 'phone' }
  return { type: 'request', ownerId: 'me', caller: callerOf(grant.id), model: 'm', ...more, grant }
}

export function itemsOf(count: number): NewItem[] {
  return Array.from({ length: count }, (_, i) => ({
    customId: `c${i}`,
    path: '/api/chat',
    body: Buffer.from(`{"i":${i}}`),
  }))
}

export function resultOf(text: string, more: Partial<ItemResult> = {}): ItemResult {
  return {
    isFailed: false,
    requestId: 'r',
    status: 200,
    contentType: 'application/json',
    body: Buffer.from(text),
    error: null,
    ...more,
  }
}

export const FAILURE: Partial<ItemResult> = {
  isFailed: true,
  status: 400,
  error: { code: 'HTTP_400', message: 'No.' },
}
