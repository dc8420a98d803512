import type { Clock, Timer } from '../../shared/clock.ts'
import type { RequestEvent } from '../forward/request-event.ts'

type Finish = Extract<RequestEvent, { readonly type: 'finish' }>

/** One request that runs or ran; nothing of its content. */
export interface RequestActivity extends Omit<Finish, 'type' | 'durationMs'> {
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** `null` while it runs. */
  readonly durationMs: number | null
}

/** What there is to see. Newest first. */
export interface ActivitySnapshot {
  readonly active: readonly RequestActivity[]
  readonly finished: readonly RequestActivity[]
}

export interface ActivityLogOptions {
  readonly clock: Clock
  /** There is something new to see; four times a second at most. */
  readonly onChange: () => void
}

const MAX_FINISHED = 100
/** More are under way than anybody looks at: the oldest are no longer shown until they end. */
const MAX_ACTIVE = 200
const MAX_PATH_LENGTH = 256
const TELL_EVERY_MS = 250
const NOTHING_YET = {
  model: null,
  status: null,
  error: null,
  durationMs: null,
  bytesIn: 0,
  bytesOut: 0,
  tokens: null,
  tokensPerS: null,
} as const

/** The requests under way and the last ones that ended, in memory only. */
export class ActivityLog {
  readonly #options: ActivityLogOptions
  readonly #active = new Map<string, RequestActivity>()
  /** Oldest first. */
  readonly #finished: RequestActivity[] = []
  #telling: Timer | undefined
  #hasNews = false

  constructor(options: ActivityLogOptions) {
    this.#options = options
  }

  /** Takes what the bridge tells of its requests. */
  note(event: RequestEvent): void {
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

  /** Tells nothing more until something new is noted. */
  stop(): void {
    this.#telling?.cancel()
    this.#telling = undefined
    this.#hasNews = false
  }

  #begin(activity: RequestActivity): void {
    this.#active.set(activity.requestId, activity)
    const [oldest] = this.#active.keys()
    if (this.#active.size > MAX_ACTIVE && oldest !== undefined) this.#active.delete(oldest)
  }

  #finish(activity: RequestActivity): void {
    this.#active.delete(activity.requestId)
    this.#finished.push(activity)
    if (this.#finished.length > MAX_FINISHED) this.#finished.shift()
  }

  /** At once after a quiet moment, else when the next turn comes. */
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
