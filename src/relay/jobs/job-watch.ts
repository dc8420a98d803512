import type { Clock, Random, Timer } from '../../shared/clock.ts'
import { isFinal, type Job } from '../../shared/jobs.ts'
import { updateMessage } from './job-message.ts'
import { isProblem, type JobProblem } from './job-problem.ts'
import type { WatchCaller, JobEvents, JobReader, JobReading } from './job-reader.ts'
import type { JobMember, JobName, JobNews, JobShare, JobSharing } from './job-sharing.ts'
import type { StatusCache } from './status-cache.ts'

/** One subscription of a connection. */
export interface Watcher {
  readonly caller: WatchCaller
  /** The credential in the status cache. */
  readonly identity: string
  /** @param isLast the job has ended, and with it this subscription */
  update(message: string, isLast: boolean): void
  /** The credential no longer gets the job. */
  refuse(problem: JobProblem): void
}

export interface JobWatchOptions {
  readonly name: JobName
  readonly clock: Clock
  readonly random: Random
  readonly reader: Pick<JobReader, 'read' | 'events'>
  readonly cache: StatusCache
  readonly sharing: JobSharing
  /** Nobody watches the job any more. */
  readonly onOver: () => void
}

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 10_000
/** Interval between attempts to check credentials while the device cannot check them. */
const CHECK_AGAIN_MS = 1_000
/** A credential is checked again, since a refusal is only noticed when the device is asked. */
const RECHECK_MS = 5 * 60_000
/** The status cache is written less often than a job changes. */
const CACHE_EVERY_MS = 10_000

/**
 * All subscriptions to one job at this relay. They share one subscription at the device, made with the credential of
 * one of them, or none if another relay has it. States only go forward: an older revision is ignored.
 */
export class JobWatch implements JobMember {
  readonly #options: JobWatchOptions
  readonly #watchers = new Set<Watcher>()
  /** Credentials that the device has accepted since it was last away. Only their watchers get its states. */
  readonly #proven = new Set<string>()
  readonly #share: JobShare
  readonly #abort = new AbortController()
  #newest: Job | undefined
  #seenAt = 0
  #cachedAt = -Infinity
  #checkedAt = -Infinity
  #isAway = false
  #isLeading = false
  #isChecking = false
  #isOver = false
  #failures = 0
  #events: { readonly events: JobEvents; readonly by: Watcher } | undefined
  #retry: Timer | undefined
  #recheck: Timer | undefined

  /** @param first has been authorized by `reading` */
  constructor(options: JobWatchOptions, first: Watcher, reading: JobReading) {
    this.#options = options
    this.add(first, reading)
    this.#scheduleRecheck()
    this.#share = options.sharing.join(options.name, this)
  }

  get size(): number {
    return this.#watchers.size
  }

  /** Whether this relay has the subscription at the device. */
  get isSubscribed(): boolean {
    return this.#events !== undefined
  }

  /** Adds a watcher that was authorized by this reading. */
  add(watcher: Watcher, { job, staleSeconds }: JobReading): void {
    this.#watchers.add(watcher)
    const isNews = this.#newest === undefined || job.revision > this.#newest.revision
    if (staleSeconds === undefined) {
      this.#proven.add(watcher.caller.token)
      this.#offer(job)
    } else if (isNews) {
      this.#newest = job
      this.#seenAt = this.#options.clock.now() - staleSeconds * 1_000
      this.#isAway = true
    }
    // The others were told by `offer`, and so was this one if it was news.
    if (!isNews || staleSeconds !== undefined) this.#tell([watcher])
    this.#finish()
  }

  remove(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return
    if (this.#watchers.size === 0) return this.close()
    const { by } = this.#events ?? {}
    if (by === watcher && ![...this.#watchers].some(({ identity }) => identity === by.identity))
      this.#resubscribe()
  }

  /** The device may be back. */
  wake(): void {
    if (this.#retry === undefined) return
    this.#failures = 0
    this.#resubscribe()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#watchers.clear()
    this.#recheck?.cancel()
    this.#unsubscribe()
    this.#abort.abort()
    this.#share.leave()
    this.#options.onOver()
  }

  // JobMember

  get state(): JobNews {
    return { type: 'state', job: this.#newest, isAway: this.#isAway }
  }

  lead(): void {
    if (this.#isLeading || this.#isOver) return
    this.#isLeading = true
    this.#subscribe()
  }

  follow(): void {
    this.#isLeading = false
    this.#unsubscribe()
  }

  heard(news: JobNews): void {
    if (this.#isOver) return
    if (news.type === 'recheck') return void this.#checkAll()
    // A subscription of this relay takes precedence: for a moment two relays may watch, and only one of them reach the device.
    if (news.isAway && this.#events !== undefined) return
    if (news.isAway) this.#away(news.job)
    else if (news.job !== undefined) this.#offer(news.job)
  }

  #offer(job: Job): void {
    const { clock, name } = this.#options
    if (this.#isOver || job.id !== name.jobId) return
    const knownRevision = this.#newest?.revision ?? -1
    if (job.revision < knownRevision) return
    const isNews = job.revision > knownRevision || this.#isAway
    this.#newest = job
    this.#seenAt = clock.now()
    this.#isAway = false
    if (!isNews) return this.#finish()
    this.#cacheState(isFinal(job.state))
    if (this.#isLeading) this.#share.publish(this.state)
    this.#tell([...this.#watchers])
    this.#finish()
  }

  /** Checks credentials that the device has not accepted yet, and closes after the end of the job. */
  #finish(): void {
    if (this.#isOver || this.#isAway || this.#newest === undefined) return
    if ([...this.#watchers].every((watcher) => this.#isProven(watcher))) {
      if (isFinal(this.#newest.state)) this.close()
      return
    }
    const now = this.#options.clock.monotonic()
    if (now - this.#checkedAt < CHECK_AGAIN_MS) return
    this.#checkedAt = now
    void this.#checkAll()
  }

  #isProven({ caller }: Watcher): boolean {
    return this.#proven.has(caller.token)
  }

  /** The device has gone offline; watchers get the last state with its age. */
  #away(job?: Job): void {
    const isNews = job !== undefined && job.revision > (this.#newest?.revision ?? -1)
    this.#proven.clear()
    this.#checkedAt = -Infinity
    if (this.#isAway && !isNews) return
    if (!this.#isAway) this.#seenAt = this.#options.clock.now()
    if (isNews) this.#newest = job
    this.#isAway = true
    this.#cacheState(true)
    if (this.#isLeading) this.#share.publish(this.state)
    this.#tell([...this.#watchers])
  }

  #tell(watchers: readonly Watcher[]): void {
    if (this.#newest === undefined) return
    const ageS = Math.max(0, Math.round((this.#options.clock.now() - this.#seenAt) / 1_000))
    const message = updateMessage(this.#newest, this.#isAway ? ageS : undefined)
    const isLast = !this.#isAway && isFinal(this.#newest.state)
    for (const watcher of watchers)
      if (this.#isAway || this.#isProven(watcher)) watcher.update(message, isLast)
  }

  #cacheState(isUrgent: boolean): void {
    const { clock, cache, name } = this.#options
    const now = clock.monotonic()
    if (this.#newest === undefined || (!isUrgent && now - this.#cachedAt < CACHE_EVERY_MS)) return
    this.#cachedAt = now
    const watchers = [...this.#watchers].filter((watcher) => this.#isAway || this.#isProven(watcher))
    const identities = new Set(watchers.map(({ identity }) => identity))
    for (const identity of identities) cache.note({ routingId: name.routingId, identity }, this.#newest)
  }

  #resubscribe(): void {
    this.#unsubscribe()
    this.#subscribe()
  }

  #unsubscribe(): void {
    this.#retry?.cancel()
    this.#retry = undefined
    const { events } = this.#events ?? {}
    this.#events = undefined
    events?.close()
  }

  #subscribe(): void {
    const [by] = this.#watchers
    if (by === undefined || !this.#isLeading || this.#isChecking || this.#events !== undefined) return
    const { reader, name } = this.#options
    // A state from the cache is sent again, to confirm that the device is back.
    const known = this.#isAway ? undefined : this.#newest?.revision
    const events = reader.events(by.caller, name.jobId, known, (job) => {
      if (this.#events?.events !== events) return
      this.#failures = 0
      this.#proven.add(by.caller.token)
      this.#offer(job)
    })
    this.#events = { events, by }
    void events.ended.then((problem) => {
      if (this.#events?.events === events) this.#ended(by, problem)
    })
  }

  #ended(by: Watcher, problem: JobProblem | undefined): void {
    this.#events = undefined
    if (problem?.kind === 'refused') return this.#refused(by, problem)
    const { clock, random } = this.#options
    if (problem?.kind === 'away') this.#away()
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS)
    this.#failures += 1
    const delayMs = Math.max(backoffMs * (0.5 + random() / 2), problem?.retryAfterMs ?? 0)
    this.#retry = clock.after(Math.min(delayMs, MAX_RETRY_MS), () => {
      this.#retry = undefined
      this.#subscribe()
    })
  }

  /** All others have to show that they still get the job; one of them carries on. */
  #refused({ caller }: Watcher, problem: JobProblem): void {
    this.#refuse(caller.token, problem)
    this.#share.publish({ type: 'recheck' })
    void this.#checkAll()
  }

  #refuse(token: string, problem: JobProblem): void {
    const { cache, name } = this.#options
    for (const watcher of this.#watchers) {
      if (watcher.caller.token !== token) continue
      this.#watchers.delete(watcher)
      cache.drop({ routingId: name.routingId, identity: watcher.identity }, name.jobId)
      watcher.refuse(problem)
    }
    if (this.#watchers.size === 0) this.close()
  }

  /** Checks each credential once. The subscription at the device pauses only if its own credential was refused. */
  async #checkAll(): Promise<void> {
    if (this.#isChecking) return
    this.#isChecking = true
    const { reader, name } = this.#options
    const callers = new Map([...this.#watchers].map(({ caller }) => [caller.token, caller]))
    for (const [token, caller] of callers) {
      const found = await reader.read(caller, name.jobId, this.#abort.signal)
      if (this.#isOver) return
      if (!isProblem(found)) {
        if (found.staleSeconds === undefined) this.#accepted(token, found.job)
      } else if (found.kind === 'refused') this.#refuse(token, found)
    }
    this.#isChecking = false
    if (this.#isOver) return
    const { by } = this.#events ?? {}
    if (by === undefined) this.#subscribe()
    else if (!this.#watchers.has(by)) this.#resubscribe()
    this.#finish()
  }

  /** The device has answered a request with this credential. */
  #accepted(token: string, job: Job): void {
    const wasProven = this.#proven.has(token)
    this.#proven.add(token)
    const isNews = this.#isAway || this.#newest === undefined || job.revision > this.#newest.revision
    if (isNews) return this.#offer(job)
    if (!wasProven) this.#tell([...this.#watchers].filter(({ caller }) => caller.token === token))
    this.#finish()
  }

  #scheduleRecheck(): void {
    this.#recheck = this.#options.clock.after(RECHECK_MS, () => {
      if (!this.#isAway) void this.#checkAll()
      this.#scheduleRecheck()
    })
  }
}
