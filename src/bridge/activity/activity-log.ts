import type { Clock, Timer } from '../../shared/clock.ts'
import { DayTally, type HourTally } from './day-tally.ts'
import type { FinishedRequest, RequestEvent } from '../forward/request-event.ts'

/** A running or finished request, without its content. */
export interface RequestActivity extends Omit<FinishedRequest, 'type' | 'durationMs'> {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `null` while running. */
  readonly durationMs: number | null
  /** Until when its answer is kept for its client: milliseconds since the epoch, `null` = it is not. */
  readonly keptUntil: number | null
}

/** Snapshot of the requests, newest first. */
export interface ActivitySnapshot {
  readonly active: readonly RequestActivity[]
  readonly finished: readonly RequestActivity[]
}

export interface ActivityLogOptions {
  readonly clock: Clock
  /** Called when the snapshot has changed, at most four times a second. */
  readonly onChange: () => void
}

const MAX_FINISHED = 100
/** With more running requests, the oldest are hidden until they end. */
const MAX_ACTIVE = 200
const MAX_PATH_LENGTH = 256
const TELL_EVERY_MS = 250
/** Interval at which the remaining time of kept answers is reported. */
const KEPT_TICK_MS = 30_000
const NOTHING_YET = {
  model: null,
  status: null,
  error: null,
  durationMs: null,
  bytesIn: 0,
  bytesOut: 0,
  tokens: null,
  tokensPerS: null,
  keptUntil: null,
} as const

/** The running requests and the last finished ones, in memory only. */
export class ActivityLog {
  readonly #options: ActivityLogOptions
  readonly #active = new Map<string, RequestActivity>()
  /** Oldest first. */
  readonly #finished: RequestActivity[] = []
  readonly #day: DayTally
  #telling: Timer | undefined
  #keptTick: Timer | undefined
  #hasNews = false

  constructor(options: ActivityLogOptions) {
    this.#options = options
    this.#day = new DayTally(options.clock)
  }

  /** Records an event of a request. */
  note(event: RequestEvent): void {
    if (event.type === 'kept') return this.#noteKept(event.requestId, event.until)
    const { type, ...facts } = event
    const before = this.#active.get(event.requestId)
    const startedAt = before?.startedAt ?? this.#options.clock.now()
    const path = event.path.slice(0, MAX_PATH_LENGTH)
    const activity = { ...NOTHING_YET, ...before, ...facts, path, startedAt }
    if (type === 'finish') this.#finish(activity)
    else this.#begin(activity)
    this.#tell()
  }

  snapshot(): ActivitySnapshot {
    return { active: [...this.#active.values()].toReversed(), finished: this.#finished.toReversed() }
  }

  /** Counts of each of the last 24 hours, the current one last. */
  hours(): readonly HourTally[] {
    return this.#day.read()
  }

  /** Cancels a pending notification. */
  stop(): void {
    this.#telling?.cancel()
    this.#telling = undefined
    this.#keptTick?.cancel()
    this.#keptTick = undefined
    this.#hasNews = false
  }

  /** The answer of a request that is about to finish, or has. */
  #noteKept(requestId: string, keptUntil: number | null): void {
    const active = this.#active.get(requestId)
    if (active !== undefined) this.#active.set(requestId, { ...active, keptUntil })
    const at = this.#finished.findLastIndex((finished) => finished.requestId === requestId)
    const finished = this.#finished[at]
    if (finished !== undefined) this.#finished[at] = { ...finished, keptUntil }
    this.#tell()
    if (keptUntil !== null) this.#keptTick ??= this.#options.clock.after(KEPT_TICK_MS, () => this.#tickKept())
  }

  #tickKept(): void {
    const isKept = this.#finished.some(({ keptUntil }) => keptUntil !== null)
    this.#keptTick = isKept ? this.#options.clock.after(KEPT_TICK_MS, () => this.#tickKept()) : undefined
    this.#tell()
  }

  #begin(activity: RequestActivity): void {
    this.#active.set(activity.requestId, activity)
    const [oldest] = this.#active.keys()
    if (this.#active.size > MAX_ACTIVE && oldest !== undefined) this.#active.delete(oldest)
  }

  #finish(activity: RequestActivity): void {
    this.#active.delete(activity.requestId)
    this.#finished.push(activity)
    this.#day.add(activity.tokens)
    if (this.#finished.length > MAX_FINISHED) this.#finished.shift()
  }

  /** Notifies immediately after a quiet period, otherwise at the next interval. */
  #tell(): void {
    this.#hasNews = true
    if (this.#telling !== undefined) return
    this.#hasNews = false
    this.#telling = this.#options.clock.after(TELL_EVERY_MS, () => {
      this.#telling = undefined
      if (this.#hasNews) this.#tell()
    })
    this.#options.onChange()
  }
}
