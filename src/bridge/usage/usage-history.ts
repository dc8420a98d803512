import type { Clock, Timer } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { toAppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { matchRoute } from '../../shared/routes.ts'
import type { UsageSummary } from '../../shared/usage.ts'
import type { DatabaseSync } from '../database/database.ts'
import type { FinishedRequest } from '../forward/request-event.ts'
import {
  addRows,
  deleteAll,
  deleteBefore,
  lastDayByKey,
  durationClassOf,
  namesOn,
  NO_DURATION,
  toCsv,
  totalsBy,
  type UsageNames,
  type UsageRow,
} from './usage-rows.ts'

export interface UsageHistoryOptions {
  /** `null` if this runtime has no SQLite: nothing is recorded. */
  readonly database: DatabaseSync | null
  readonly clock: Clock
  /** Reports a failure in one sentence, once until it is resolved. */
  readonly notify: (sentence: KeyedText) => void
  /** Whether the user wants a history. */
  readonly isOn: () => boolean
}

export const MAX_DAYS = 90
const WRITE_EVERY_MS = 60_000
/** Names beyond this limit are counted without a name, so that invented ones cannot fill the disk. */
const MAX_NAMES_PER_DAY = 500
const MAX_WAITING = 20_000
const MAX_NAME_LENGTH = 512
const MAX_KEYS = 10_000
/** Names in a summary. */
const MAX_LISTED = 50

/** Counts requests for models by day, model and key. */
export class UsageHistory {
  readonly #options: UsageHistoryOptions
  /** Counts that are not written yet. */
  readonly #waiting = new Map<string, UsageRow>()
  /** Combinations of model and key of `#day`. */
  readonly #names = new Set<string>()
  #day = ''
  #writing: Timer | undefined
  #isFailing = false

  constructor(options: UsageHistoryOptions) {
    this.#options = options
    try {
      if (options.database !== null) deleteBefore(options.database, this.#dayBefore(MAX_DAYS - 1))
    } catch (cause) {
      // The disk is full, for example, which must not prevent the start.
      this.#failed(cause)
    }
  }

  /** Whether this runtime can keep a history. */
  get isAvailable(): boolean {
    return this.#options.database !== null
  }

  /** Counts a finished request for a model. */
  note(event: FinishedRequest): void {
    const { database, clock, isOn } = this.#options
    if (database === null || !isOn() || !isUse(event)) return
    this.#add(this.#rowOf(event))
    this.#writing ??= clock.after(WRITE_EVERY_MS, () => this.#write())
  }

  /** @param days how many, today included: 1 to `MAX_DAYS` */
  summary(days: number): UsageSummary {
    const { database } = this.#options
    if (database === null) return { days: [], models: [], keys: [] }
    this.#write()
    const firstDay = this.#dayBefore(days - 1)
    const used = new Map(totalsBy(database, 'day', firstDay, MAX_DAYS).map((totals) => [totals.name, totals]))
    const names = Array.from({ length: days }, (_, index) => this.#dayBefore(days - 1 - index))
    return {
      days: names.map(
        (name) => used.get(name) ?? { name, requests: 0, errors: 0, tokens: 0, medianMs: null },
      ),
      models: totalsBy(database, 'model', firstDay, MAX_LISTED),
      keys: totalsBy(database, 'key', firstDay, MAX_LISTED),
    }
  }

  /** The last day of each key's use (`2026-01-31`), by the key's name. */
  lastUsed(): Record<string, string> {
    const { database } = this.#options
    if (database === null) return {}
    this.#write()
    return lastDayByKey(database, MAX_KEYS)
  }

  /** By day, model and key, as CSV. */
  csv(): string {
    const { database } = this.#options
    if (database === null) return ''
    this.#write()
    return toCsv(database, this.#dayBefore(MAX_DAYS - 1))
  }

  /** Deletes everything recorded. */
  clear(): void {
    this.#waiting.clear()
    this.#names.clear()
    if (this.#options.database !== null) deleteAll(this.#options.database)
  }

  /** Writes what is left and closes the database. */
  close(): void {
    this.#write()
    this.#options.database?.close()
  }

  #add(row: UsageRow): void {
    const id = JSON.stringify([row.day, row.model, row.key, row.durationClass])
    const before = this.#waiting.get(id)
    // The disk has been full for a while.
    if (before === undefined && this.#waiting.size >= MAX_WAITING) return
    this.#waiting.set(id, {
      ...row,
      requests: row.requests + (before?.requests ?? 0),
      errors: row.errors + (before?.errors ?? 0),
      tokens: row.tokens + (before?.tokens ?? 0),
    })
  }

  #rowOf({ model, key, status, error, tokens, durationMs }: FinishedRequest): UsageRow {
    const day = dayOf(this.#options.clock.now())
    const isFailed = error !== 'CANCELLED' && (error !== null || status === null || status >= 400)
    // A failed request can name a model that does not exist.
    const names = this.#admitted(day, isFailed ? '' : (model ?? ''), key ?? '')
    const durationClass = isFailed ? NO_DURATION : durationClassOf(durationMs)
    return { day, ...names, durationClass, requests: 1, errors: Number(isFailed), tokens: tokens ?? 0 }
  }

  #admitted(day: string, model: string, key: string): UsageNames {
    if (day !== this.#day) {
      this.#day = day
      this.#names.clear()
      for (const names of this.#namesOf(day)) this.#names.add(names)
    }
    const names = { model: model.slice(0, MAX_NAME_LENGTH), key: key.slice(0, MAX_NAME_LENGTH) }
    const id = idOf(names)
    if (!this.#names.has(id) && this.#names.size >= MAX_NAMES_PER_DAY) return { model: '', key: '' }
    this.#names.add(id)
    return names
  }

  #namesOf(day: string): string[] {
    const { database } = this.#options
    return database === null ? [] : namesOn(database, day).map(idOf)
  }

  /** A full disk must not end the bridge: the counts wait for the next attempt. */
  #write(): void {
    const { database } = this.#options
    this.#writing?.cancel()
    this.#writing = undefined
    if (database === null || this.#waiting.size === 0) return
    try {
      addRows(database, this.#waiting.values())
      this.#waiting.clear()
      deleteBefore(database, this.#dayBefore(MAX_DAYS - 1))
      this.#isFailing = false
    } catch (cause) {
      this.#failed(cause)
    }
  }

  #failed(cause: unknown): void {
    if (!this.#isFailing)
      this.#options.notify(errorCase('notice.usageFailing', { message: toAppError(cause).message }))
    this.#isFailing = true
  }

  #dayBefore(days: number): string {
    const date = new Date(this.#options.clock.now())
    date.setDate(date.getDate() - days)
    return dayOf(date.getTime())
  }
}

function idOf({ model, key }: UsageNames): string {
  return JSON.stringify([model, key])
}

/** Requests that use a model; reading what the bridge keeps does not count. */
function isUse({ method, path }: FinishedRequest): boolean {
  const match = matchRoute(method, path)
  return match.kind === 'found' && match.route.scope === 'inference' && !match.route.isLocal
}

/** Local day of a time, in milliseconds since the epoch. */
function dayOf(time: number): string {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
