import type { Clock, Timer } from '../../../shared/clock.ts'
import { toAppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/logger.ts'
import type { JobRecord } from '../job-record.ts'
import type { JobStorage } from '../job-storage.ts'
import type { JobExecutor } from '../job-task.ts'
import { BatchRoutes } from './batch-routes.ts'
import { Batches } from './batches.ts'
import { FileRoutes } from './file-routes.ts'
import { OpenAiRoutes } from './openai-routes.ts'
import { ResponseRoutes } from './response-routes.ts'
import { Responses } from './responses.ts'

export interface OpenAiSurfaceOptions extends JobStorage {
  readonly clock: Clock
  readonly logger: Logger
  /** The owner of this device; empty if it has none. */
  readonly ownerId: () => string
  /** Lifetime of files whose client does not choose one, in seconds. */
  readonly keepS: () => number
}

const SWEEP_EVERY_MS = 3_600_000

/** OpenAI's files, batches and background responses, on a store of jobs. */
export class OpenAiSurface {
  readonly routes: OpenAiRoutes
  readonly #options: OpenAiSurfaceOptions
  readonly #batches: Batches
  readonly #responses: Responses
  #sweepTimer: Timer | undefined

  constructor(options: OpenAiSurfaceOptions) {
    this.#options = options
    const { store, files, responseEvents, ownerId, keepS } = options
    this.#batches = new Batches(options)
    this.#responses = new Responses(store, responseEvents)
    this.routes = new OpenAiRoutes({
      ownerId,
      files: new FileRoutes(files, keepS),
      batches: new BatchRoutes(this.#batches, store),
      responses: new ResponseRoutes(this.#responses),
    })
  }

  /** Makes the attempts at responses. */
  readonly attemptResponse: JobExecutor = ({ job, request, forwarder, signal }) =>
    this.#responses.attempt(job, request, forwarder, signal)

  /** Handles the end of a job. May be repeated. */
  async end(job: JobRecord): Promise<void> {
    if (job.type === 'batch') await this.#batches.end(job)
    if (job.type === 'response') this.#responses.end(job)
  }

  start(): void {
    this.#batches.start()
    this.#sweep()
  }

  /** Resolves once nothing is read or written any more. */
  async stop(): Promise<void> {
    this.#sweepTimer?.cancel()
    await this.#batches.stop()
  }

  #sweep(): void {
    const { files, clock, logger } = this.#options
    files.deleteExpired().catch((cause: unknown) => {
      logger.warn({ err: toAppError(cause) }, 'expired files were not deleted')
    })
    this.#sweepTimer = clock.after(SWEEP_EVERY_MS, () => this.#sweep())
  }
}
