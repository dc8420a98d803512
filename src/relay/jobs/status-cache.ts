import type { Clock } from '../../shared/clock.ts'
import type { Eventual } from '../../shared/eventual.ts'
import type { Job } from '../../shared/jobs.ts'
import type { Principal } from '../../shared/proxy-head.ts'

/** The credential that has read a job: only the same one gets its cached state. */
export interface JobReaderId {
  /** Identifies the owner's devices. */
  readonly routingId: string
  /** A key's digest, or `owner`. */
  readonly identity: string
}

/** A job's last known state. */
export interface CachedJob {
  readonly job: Job
  /** Milliseconds since the epoch. */
  readonly seenAt: number
}

/** The last known states of jobs, for as long as their device is offline: no prompt and no answer. */
export interface StatusCache {
  note(reader: JobReaderId, job: Job): void
  /** Removes what the credential may no longer read: one job, or all. */
  drop(reader: JobReaderId, jobId?: string): void
  find(reader: JobReaderId, jobId: string): Eventual<CachedJob | undefined>
  /** Whether the credential has read any job. */
  knows(reader: JobReaderId): Eventual<boolean>
}

export const CACHED_MS = 24 * 3_600_000
/** Further jobs of a credential replace its oldest. */
export const MAX_CACHED_JOBS = 200
const MAX_CACHED_CHARS = 16 * 1024 * 1024

export function identityOf(principal: Principal): string {
  return principal.kind === 'key' ? principal.digest : 'owner'
}

/** `JOB_STATUS_CACHE=false` */
export const NO_STATUS_CACHE: StatusCache = {
  note() {},
  drop() {},
  find: () => undefined,
  knows: () => false,
}

interface Entry {
  readonly json: string
  readonly seenAt: number
}

/** The status cache of a single relay. */
export class MemoryStatusCache implements StatusCache {
  readonly #clock: Clock
  /** By credential, least recently written first; the jobs of each in the same order. */
  readonly #readers = new Map<string, Map<string, Entry>>()
  #chars = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(reader: JobReaderId, job: Job): void {
    const name = nameOf(reader)
    const jobs = this.#readers.get(name) ?? new Map<string, Entry>()
    this.#readers.delete(name)
    this.#readers.set(name, jobs)
    this.#remove(jobs, job.id)
    const json = JSON.stringify(job)
    jobs.set(job.id, { json, seenAt: this.#clock.now() })
    this.#chars += json.length
    if (jobs.size > MAX_CACHED_JOBS) this.#removeOldest(jobs)
    this.#sweep()
  }

  drop(reader: JobReaderId, jobId?: string): void {
    const name = nameOf(reader)
    const jobs = this.#readers.get(name)
    if (jobs === undefined) return
    for (const id of jobId === undefined ? [...jobs.keys()] : [jobId]) this.#remove(jobs, id)
    if (jobs.size === 0) this.#readers.delete(name)
  }

  find(reader: JobReaderId, jobId: string): CachedJob | undefined {
    this.#sweep()
    const entry = this.#readers.get(nameOf(reader))?.get(jobId)
    if (entry === undefined || this.#isOver(entry)) return undefined
    return { job: JSON.parse(entry.json) as Job, seenAt: entry.seenAt }
  }

  knows(reader: JobReaderId): boolean {
    return [...(this.#readers.get(nameOf(reader))?.values() ?? [])].some((entry) => !this.#isOver(entry))
  }

  /** Removes what is over, and the least recently written where there is too much. */
  #sweep(): void {
    for (const [name, jobs] of this.#readers) {
      const newest = [...jobs.values()].at(-1)
      if (newest !== undefined && !this.#isOver(newest) && this.#chars <= MAX_CACHED_CHARS) return
      for (const id of jobs.keys()) this.#remove(jobs, id)
      this.#readers.delete(name)
    }
  }

  #removeOldest(jobs: Map<string, Entry>): void {
    const [oldest] = jobs.keys()
    if (oldest !== undefined) this.#remove(jobs, oldest)
  }

  #remove(jobs: Map<string, Entry>, id: string): void {
    this.#chars -= jobs.get(id)?.json.length ?? 0
    jobs.delete(id)
  }

  #isOver({ seenAt }: Entry): boolean {
    return this.#clock.now() - seenAt >= CACHED_MS
  }
}

/** Identifies a credential among those of all owners. */
export function nameOf({ routingId, identity }: JobReaderId): string {
  return `${routingId} ${identity}`
}
