import type { Clock, Timer } from '../../shared/clock.ts'
import { toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { shrink, type DatabaseSync } from '../database/database.ts'

export interface FreeSpaceOptions {
  readonly database: DatabaseSync
  readonly clock: Clock
  readonly logger: Logger
  /** Whether nothing would have to wait. */
  readonly isIdle: () => boolean
}

const LOOK_EVERY_MS = 60_000
const STEP_EVERY_MS = 100
/** 256 KiB, which takes a few milliseconds. Nothing else happens meanwhile. */
const PAGES_PER_STEP = 64

/** Gives the space of deleted jobs back to the disk, a little at a time while nothing runs. */
export class FreeSpace {
  readonly #options: FreeSpaceOptions
  #timer: Timer | undefined

  constructor(options: FreeSpaceOptions) {
    this.#options = options
  }

  start(): void {
    this.#timer = this.#options.clock.after(LOOK_EVERY_MS, () => this.#step())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #step(): void {
    const { clock, isIdle } = this.#options
    const delayMs = isIdle() && this.#giveBack() ? STEP_EVERY_MS : LOOK_EVERY_MS
    this.#timer = clock.after(delayMs, () => this.#step())
  }

  /** @returns whether there is more */
  #giveBack(): boolean {
    const { database, logger } = this.#options
    try {
      return shrink(database, PAGES_PER_STEP)
    } catch (cause) {
      logger.warn({ err: toAppError(cause) }, 'the file of the jobs could not be made smaller')
      return false
    }
  }
}
