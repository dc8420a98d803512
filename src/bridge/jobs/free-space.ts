import type { Clock, Timer } from '../../shared/clock.ts'
import { toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { shrink, type DatabaseSync } from '../database/database.ts'
import { purge } from './job-purge.ts'
import type { JobStore } from './job-store.ts'

export interface FreeSpaceOptions {
  readonly database: DatabaseSync
  readonly store: Pick<JobStore, 'watch' | 'find'>
  readonly clock: Clock
  readonly logger: Logger
  /** Whether no job and no inference request is running. */
  readonly isIdle: () => boolean
}

const CHECK_EVERY_MS = 60_000
const STEP_EVERY_MS = 50
/** A step blocks the process for a few milliseconds. */
const BYTES_PER_STEP = 256 * 1024
const PAGES_PER_STEP = 64

/** Deletes the contents of deleted jobs and, while nothing runs, returns their space to the disk: both in small steps. */
export class FreeSpace {
  readonly #options: FreeSpaceOptions
  #timer: Timer | undefined
  #unwatch: (() => void) | undefined
  /** Whether the next step is due soon. */
  #isBusy = false

  constructor(options: FreeSpaceOptions) {
    this.#options = options
  }

  start(): void {
    const { store } = this.#options
    this.#unwatch = store.watch((n) => {
      if (!this.#isBusy && store.find(n) === undefined) this.#stepIn(STEP_EVERY_MS)
    })
    this.#stepIn(STEP_EVERY_MS)
  }

  stop(): void {
    this.#unwatch?.()
    this.#timer?.cancel()
  }

  #stepIn(ms: number): void {
    this.#isBusy = ms === STEP_EVERY_MS
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, () =>
      this.#stepIn(this.#step() ? STEP_EVERY_MS : CHECK_EVERY_MS),
    )
  }

  /** @returns whether there is more to do */
  #step(): boolean {
    const { database, logger, isIdle } = this.#options
    try {
      return purge(database, BYTES_PER_STEP) || (isIdle() && shrink(database, PAGES_PER_STEP))
    } catch (cause) {
      logger.warn({ err: toAppError(cause) }, 'deleted jobs could not be removed from the disk')
      return false
    }
  }
}
