import { toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { jobTimesOf, type JobRecord } from './job-record.ts'
import type { JobStore } from './job-store.ts'

/**
 * Handles the end of each job at least once: again after a start, if the process ended meanwhile, or if it failed.
 */
export class JobEnds {
  readonly #store: Pick<JobStore, 'unsettled' | 'settle'>
  readonly #logger: Logger
  readonly #onEnd: (job: JobRecord) => Promise<void>
  /** Jobs whose end is being handled, or could not be. */
  readonly #begun = new Set<number>()

  constructor(
    store: Pick<JobStore, 'unsettled' | 'settle'>,
    logger: Logger,
    onEnd: (job: JobRecord) => Promise<void> = () => Promise.resolve(),
  ) {
    this.#store = store
    this.#logger = logger
    this.#onEnd = onEnd
  }

  /** @param isOpen whether the store may still be used */
  handle(isOpen: () => boolean): void {
    for (const job of this.#store.unsettled()) {
      if (this.#begun.has(job.n)) continue
      this.#begun.add(job.n)
      const { id: jobId, type, state, counts, attempts } = job
      this.#logger.info({ jobId, type, state, ...counts, attempts, ...jobTimesOf(job) }, 'job ended')
      this.#handle(job, isOpen).catch((cause: unknown) =>
        this.#logger.warn({ jobId, err: toAppError(cause) }, 'the end of a job was not handled'),
      )
    }
  }

  async #handle(job: JobRecord, isOpen: () => boolean): Promise<void> {
    await this.#onEnd(job)
    if (isOpen()) this.#store.settle(job.n)
    this.#begun.delete(job.n)
  }
}
