import type { Clock, Random } from '../../shared/clock.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Principal } from '../../shared/proxy-head.ts'
import type { Forwarder } from '../forward/forwarder.ts'
import type { LocalRoutes } from '../forward/local-answer.ts'
import { FreeSpace } from './free-space.ts'
import type { JobConditions } from './job-queue.ts'
import { JobRoutes } from './job-routes.ts'
import { JobRunner } from './job-runner.ts'
import type { JobStorage } from './job-storage.ts'
import type { JobsSnapshot } from './jobs-snapshot.ts'
import { OpenAiSurface } from './openai/openai-surface.ts'

export interface JobsOptions {
  readonly storage: JobStorage
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly settings: () => JobSettings
  readonly forwarder: () => Pick<Forwarder, 'accept' | 'inferenceCount'>
  readonly isUpstreamUp: () => boolean
  readonly isSharing: () => boolean
  readonly isOnBattery: () => boolean
  readonly isKnown: (principal: Principal) => boolean
  /** The owner of this device; empty if it has none. */
  readonly ownerId: () => string
  /** The snapshot has changed. */
  readonly onChange: () => void
}

/** The settings that concern jobs. */
export type JobSettings = Pick<Settings, Extract<keyof Settings, `jobs${string}`>>

const DAY_S = 86_400

/** Connects the jobs with the rest of the bridge. */
export class Jobs {
  readonly #options: JobsOptions
  #unwatch: (() => void) | undefined
  /** Counted again after a change. */
  #counts: JobsSnapshot['counts'] | undefined
  readonly runner: JobRunner
  readonly #openAi: OpenAiSurface
  readonly #freeSpace: FreeSpace
  /** For the forwarder. */
  readonly routes: readonly LocalRoutes[]

  constructor(options: JobsOptions) {
    this.#options = options
    const { storage, clock, random, logger, settings, forwarder, isSharing, isKnown, ownerId } = options
    const { store, database } = storage
    const openAi = new OpenAiSurface({
      ...storage,
      clock,
      logger,
      ownerId,
      keepS: () => settings().jobsKeepDays * DAY_S,
    })
    this.#openAi = openAi
    this.runner = new JobRunner({
      store,
      clock,
      random,
      logger,
      isSharing,
      isKnown,
      onHold: options.onChange,
      forwarder: { accept: (...stream) => forwarder().accept(...stream) },
      settings: () => {
        const { jobsConcurrency, jobsMaxRetries, jobsBaseRetryDelaySeconds } = settings()
        return {
          concurrency: jobsConcurrency,
          maxRetries: jobsMaxRetries,
          baseRetryDelayMs: jobsBaseRetryDelaySeconds * 1000,
        }
      },
      conditions: () => this.#conditions(),
      executors: { response: openAi.attemptResponse },
      onEnd: (job) => openAi.end(job),
    })
    this.#freeSpace = new FreeSpace({
      database,
      store,
      clock,
      logger,
      isIdle: () => forwarder().inferenceCount === 0 && !this.runner.isBusy,
    })
    this.routes = [new JobRoutes({ store, clock, ownerId }), openAi.routes]
  }

  start(): void {
    if (this.#unwatch !== undefined) return
    this.#unwatch = this.#options.storage.store.watch(() => {
      this.#counts = undefined
      this.#options.onChange()
    })
    this.#openAi.start()
    this.runner.start()
    this.#freeSpace.start()
  }

  /** Stops what runs, and queues it again. Afterwards the store may be closed. */
  stop(): void {
    this.runner.stop()
    this.#freeSpace.stop()
    void this.#openAi.stop()
    if (this.#unwatch === undefined) return
    this.#unwatch()
    this.#unwatch = undefined
    this.#counts = this.#options.storage.store.counts()
  }

  get snapshot(): JobsSnapshot {
    this.#counts ??= this.#options.storage.store.counts()
    return { counts: this.#counts, hold: this.runner.hold }
  }

  #conditions(): JobConditions {
    const { clock, settings, forwarder, isUpstreamUp, isOnBattery } = this.#options
    const { jobsPaused, jobsOnlyAtNight, jobsNightFrom, jobsNightTo, jobsOnBattery, jobsIdleBelow } =
      settings()
    return {
      isPaused: jobsPaused,
      isNightOnly: jobsOnlyAtNight,
      night: { fromHour: jobsNightFrom, toHour: jobsNightTo },
      hour: new Date(clock.now()).getHours(),
      isOnBattery: isOnBattery(),
      runsOnBattery: jobsOnBattery,
      isUpstreamUp: isUpstreamUp(),
      liveCount: forwarder().inferenceCount,
      idleBelow: jobsIdleBelow,
    }
  }
}
