import type { Clock, Random, Timer } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { isFinal, type JobType } from '../../shared/jobs.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { Forwarder } from '../forward/forwarder.ts'
import type { CollectedAnswer, LocalCallRequest } from '../forward/local-call.ts'
import { JobEnds } from './job-ends.ts'
import { JobHolds } from './job-holds.ts'
import type { JobItem } from './job-items.ts'
import {
  holdFor,
  JobTurns,
  type JobConditions,
  type JobHold,
  type JobLane,
  type WaitingJob,
} from './job-queue.ts'
import { toJobError, type JobRecord } from './job-record.ts'
import type { JobStore } from './job-store.ts'
import { requestOf, runRequest, type JobExecutor, type JobTask } from './job-task.ts'
import { retryDelayMs, verdictOn, type JobVerdict } from './job-verdict.ts'
import { runTransfer, TransferError } from './model-transfer.ts'

export interface JobRunnerOptions {
  readonly store: JobStore
  readonly forwarder: Pick<Forwarder, 'accept'>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: () => JobRunnerSettings
  readonly conditions: () => JobConditions
  /** Whether requests of clients are served at all. If not, only this device's own jobs run. */
  readonly isSharing: () => boolean
  readonly isKnown: (principal: Principal) => boolean
  /** For types whose answers are more than collected. */
  readonly executors?: Partial<Record<JobType, JobExecutor>>
  /** Handles the end of a job, as `JobEnds` says. */
  readonly onEnd?: (job: JobRecord) => Promise<void>
  /** `hold` has changed. */
  readonly onHold?: () => void
}

export interface JobRunnerSettings {
  /** Requests for a model at once. */
  readonly concurrency: number
  /** Attempts after the first one. */
  readonly maxRetries: number
  readonly baseRetryDelayMs: number
}

interface RunningItem {
  readonly item: JobItem
  readonly lane: JobLane
  readonly abort: AbortController
}

const LANES: readonly JobLane[] = ['model', 'transfer', 'ownTransfer']
const TRANSFERS: ReadonlySet<JobType> = new Set(['pull', 'create'])
/** Downloads share the line, and the model server's disk. */
const MAX_TRANSFERS = 1
/** Night and battery are looked at this often. */
const LOOK_EVERY_MS = 60_000
const SWEEP_EVERY_MS = 3_600_000

/** Works on the jobs of a store, one item after the other, giving way to client requests. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #turns = new JobTurns()
  readonly #running = new Set<RunningItem>()
  readonly #ends: JobEnds
  /** Items whose result could not be saved. */
  readonly #unsaved: JobItem[] = []
  readonly #holds: JobHolds
  #timer: Timer | undefined
  #sweepTimer: Timer | undefined
  #unwatch: (() => void) | undefined
  #isWoken = false
  /** Whether anything was in the queue at the last look. */
  #isWaiting = false
  #hold: JobHold | null = null

  constructor(options: JobRunnerOptions) {
    this.#options = options
    this.#holds = new JobHolds(options.clock)
    this.#ends = new JobEnds(options.store, options.logger, options.onEnd)
  }

  /** Why nothing runs although something waits; `null` if that is not so. */
  get hold(): JobHold | null {
    return this.#hold
  }

  /** Whether anything runs. */
  get isBusy(): boolean {
    return this.#running.size > 0
  }

  start(): void {
    if (this.#unwatch !== undefined) return
    this.#unwatch = this.#options.store.watch((n) => this.#changed(n))
    this.#sweep()
    this.enforce()
    this.wake()
  }

  /** Stops what runs, and queues it again. */
  stop(): void {
    if (this.#unwatch === undefined) return
    this.#unwatch()
    this.#unwatch = undefined
    this.#timer?.cancel()
    this.#sweepTimer?.cancel()
    for (const running of this.#running) this.#interrupt(running)
  }

  /** Looks for work soon. Call it when anything changed: a client's request ended, the model server is back, a setting. */
  wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    this.#options.clock.soon(() => {
      this.#isWoken = false
      this.#guarded(() => this.#pump())
    })
  }

  /** A request of a client has ended. */
  clientDone(): void {
    if (this.#isWaiting) this.wake()
  }

  /** The model server responds again. */
  upstreamUp(): void {
    this.#holds.release()
    this.wake()
  }

  /** Interrupts the work for clients, after sharing has ended. */
  interruptShared(): void {
    for (const running of this.#running)
      if (this.#options.store.find(running.item.job)?.caller.kind !== 'local') this.#interrupt(running)
    this.wake()
  }

  /** Cancels the jobs of keys that were revoked or have expired. */
  enforce(): void {
    const { store, isSharing, isKnown } = this.#options
    if (!isSharing()) return
    const error = toJobError('KEY_UNKNOWN', new AppError('KEY_UNKNOWN').message)
    for (const { n, caller } of store.unfinished())
      if (caller.kind !== 'local' && !isKnown(caller)) store.cancel(n, error)
  }

  #pump(): void {
    if (this.#unwatch === undefined) return
    this.#ends.handle(() => this.#unwatch !== undefined)
    this.#saveAgain()
    const before = this.#hold
    const waiting = this.#waiting()
    this.#isWaiting = waiting.length > 0
    this.#hold = this.#isWaiting ? this.#holds.cause : null
    for (const lane of LANES) this.#fill(lane, waiting)
    this.#arm(waiting)
    if (this.#hold !== before) this.#options.onHold?.()
  }

  #saveAgain(): void {
    for (let item = this.#unsaved[0]; item !== undefined; item = this.#unsaved[0]) {
      this.#options.store.items.putBack(item, 0, false)
      this.#unsaved.shift()
    }
  }

  /** Starts as many items as may run now. */
  #fill(lane: JobLane, waiting: readonly WaitingJob[]): void {
    const { clock, store, conditions } = this.#options
    if (this.#holds.leftMs > 0) return
    const limit = lane === 'model' ? this.#concurrency : MAX_TRANSFERS
    const started = new Set<number>()
    for (;;) {
      const due = waiting.filter(
        (job) => job.lane === lane && job.dueAt <= clock.now() && !started.has(job.n),
      )
      const hold = holdFor(lane, conditions())
      if (due.length > 0 && this.#runningIn(lane) === 0) this.#hold ??= hold
      if (hold !== null || this.#runningIn(lane) >= limit) return
      const job = this.#turns.next(due)
      if (job === undefined) return
      const item = store.items.take(job.n)
      if (item === undefined) started.add(job.n)
      else this.#run(item, lane)
    }
  }

  /** One at a time after a crash, so that no request is blamed for a crash that another one causes. */
  get #concurrency(): number {
    const { store, settings } = this.#options
    const { concurrency } = settings()
    return concurrency > 1 && store.items.hasInterrupted() ? 1 : concurrency
  }

  #runningIn(lane: JobLane): number {
    return [...this.#running].filter((each) => each.lane === lane).length
  }

  #waiting(): WaitingJob[] {
    const { store, isSharing } = this.#options
    const waiting = store.waiting().map(({ n, grantId, type, isOwn, dueAt }): WaitingJob => {
      const lane = TRANSFERS.has(type) ? (isOwn ? 'ownTransfer' : 'transfer') : 'model'
      return { n, grantId, lane, isOwn, dueAt: Math.max(dueAt, this.#holds.keyUntil(grantId)) }
    })
    return waiting.filter(({ isOwn }) => isOwn || isSharing())
  }

  /** Looks again when the next item is due, and every minute while anything waits. */
  #arm(waiting: readonly WaitingJob[]): void {
    const { clock } = this.#options
    this.#timer?.cancel()
    const now = clock.now()
    const delays = [...waiting.map(({ dueAt }) => dueAt - now), this.#holds.leftMs]
    const delayMs = Math.min(LOOK_EVERY_MS, ...delays.filter((delay) => delay > 0))
    this.#timer = clock.after(delayMs, () => this.wake())
  }

  #run(item: JobItem, lane: JobLane): void {
    const { store, forwarder, clock } = this.#options
    const job = store.find(item.job)
    if (job === undefined) return
    const running = { item, lane, abort: new AbortController() }
    this.#running.add(running)
    const request = requestOf(job, item)
    const task: JobTask = {
      job,
      item,
      request,
      forwarder,
      clock,
      signal: running.abort.signal,
      report: (progress) => {
        if (this.#running.has(running)) this.#guarded(() => store.report(job.n, progress))
      },
    }
    const settle = (outcome: unknown): void => this.#settle(running, job, request, outcome)
    this.#execute(task).then(settle, settle)
  }

  /** Async, since an executor that throws before it returns a promise must not leave its item running. */
  async #execute(task: JobTask): Promise<CollectedAnswer> {
    const { type } = task.job
    return (this.#options.executors?.[type] ?? (TRANSFERS.has(type) ? runTransfer : runRequest))(task)
  }

  /** @param outcome an answer, or whatever was thrown */
  #settle(running: RunningItem, job: JobRecord, { requestId }: LocalCallRequest, outcome: unknown): void {
    // Interrupted or cancelled meanwhile.
    if (!this.#running.delete(running)) return
    const { logger } = this.#options
    const { item } = running
    const isSaved = this.#guarded(() => {
      if (outcome instanceof TransferError) this.#apply(verdictOn(outcome), job, item, requestId)
      else if (isAnswer(outcome)) this.#apply(verdictOn(outcome), job, item, requestId, outcome)
      else {
        const error = toAppError(outcome)
        if (error.entry.kind === 'internal') logger.warn({ jobId: job.id, err: error }, 'job failed')
        this.#apply(verdictOn(error), job, item, requestId)
      }
    })
    if (!isSaved) this.#unsaved.push(item)
    this.wake()
  }

  #apply(
    verdict: JobVerdict,
    job: JobRecord,
    item: JobItem,
    requestId: string,
    answer?: CollectedAnswer,
  ): void {
    const { store } = this.#options
    const { status = null, contentType = null, body = null } = answer ?? {}
    const result = { requestId, status, contentType, body }
    switch (verdict.kind) {
      case 'done':
        return store.items.finish(item, { ...result, isFailed: false, error: null })
      case 'failed':
        return store.items.finish(item, { ...result, isFailed: true, error: verdict.error })
      case 'revoked':
        return store.cancel(item.job, verdict.error)
      case 'retry': {
        const { error, afterS, isCounted } = verdict
        if (isCounted && item.attempts > this.#options.settings().maxRetries)
          return store.items.finish(item, { ...result, isFailed: true, error })
        return this.#later(item, isCounted ? item.attempts : 1, afterS, isCounted)
      }
      case 'keyWait':
        this.#holds.holdKey(job.grantId, verdict.afterS * 1000)
        return store.items.putBack(item, 0, false)
      case 'wait':
        this.#holds.holdAll(verdict.hold, verdict.afterS * 1000)
        return store.items.putBack(item, 0, false)
    }
  }

  #later(item: JobItem, attempts: number, afterS: number, isCounted: boolean): void {
    const { store, clock, random, settings } = this.#options
    const delayMs = retryDelayMs(attempts, settings().baseRetryDelayMs, afterS, random)
    store.items.putBack(item, clock.now() + Math.ceil(delayMs), isCounted)
  }

  #interrupt(running: RunningItem): void {
    this.#running.delete(running)
    running.abort.abort(new AppError('DRAINING'))
    this.#guarded(() => this.#options.store.items.putBack(running.item, 0, false))
  }

  /** A full disk must not end the bridge: what was not saved is repeated. @returns whether `work` succeeded */
  #guarded(work: () => void): boolean {
    try {
      work()
      return true
    } catch (cause) {
      const { clock, logger } = this.#options
      logger.warn({ err: toAppError(cause) }, 'jobs could not be saved')
      this.#holds.holdAll(null, LOOK_EVERY_MS)
      this.#timer?.cancel()
      this.#timer = clock.after(LOOK_EVERY_MS, () => this.wake())
      return false
    }
  }

  #changed(n: number): void {
    const job = this.#options.store.find(n)
    const isOver = job === undefined || isFinal(job.state)
    for (const running of isOver ? this.#running : [])
      if (running.item.job === n) {
        this.#running.delete(running)
        running.abort.abort(new AppError('JOB_CANCELLED'))
      }
    this.wake()
  }

  #sweep(): void {
    this.#guarded(() => this.#options.store.sweep())
    this.#sweepTimer = this.#options.clock.after(SWEEP_EVERY_MS, () => this.#sweep())
  }
}

function isAnswer(outcome: unknown): outcome is CollectedAnswer {
  return typeof outcome === 'object' && outcome !== null && 'contentType' in outcome
}
