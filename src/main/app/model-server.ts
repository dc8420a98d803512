import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Bridge } from '../../bridge/bridge.ts'
import { ollamaProgram } from '../../bridge/upstream/ollama-program.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isFinal, type Job } from '../../shared/jobs.ts'
import type { Logger } from '../../shared/logger.ts'

export interface ModelServerOptions {
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
  readonly logger: Logger
  readonly onChange: () => void
  /** `undefined` until the app is open. */
  readonly bridge: () => Pick<Bridge, 'snapshot' | 'rediscoverUpstream' | 'jobs'> | undefined
}

/** More than the number of jobs that run at once. */
const MAX_RUNNING = 64

/** Sets up the user's model server: starts Ollama and downloads models. */
export class ModelServer {
  readonly #options: ModelServerOptions
  /** Id of the download that was started last. */
  #pullId: string | undefined
  #canStart: boolean

  constructor(options: ModelServerOptions) {
    this.#options = options
    this.#canStart = this.#program() !== null
  }

  /**
   * The last download started here. Once it has ended, any running download instead: one started before a restart, by a client or on
   * the command line. `null` = none, or dismissed.
   */
  get currentPull(): Job | null {
    const { jobs, snapshot } = this.#options.bridge() ?? {}
    if (jobs === undefined || snapshot?.jobs === undefined) return null
    const own = this.#pullId === undefined ? null : foundIn(jobs, this.#pullId)
    if ((own !== null && !isFinal(own.state)) || snapshot.jobs.counts.running === 0) return own
    return jobs.list(MAX_RUNNING, ['running']).find(({ type }) => type === 'pull') ?? own
  }

  /** Ollama is installed. */
  get canStart(): boolean {
    return this.#canStart
  }

  /** Looks for an installed Ollama and for running servers. */
  async look(): Promise<void> {
    this.#canStart = this.#program() !== null
    await this.#options.bridge()?.rediscoverUpstream()
    this.#options.onChange()
  }

  /** Starts Ollama, which keeps running after the app has quit. @throws AppError UPSTREAM_UNREACHABLE if it cannot be started */
  async start(): Promise<void> {
    const program = this.#program()
    if (program === null) throw new AppError('UPSTREAM_UNREACHABLE', errorCase('case.ollama.removed'))
    const child = spawn(program.command, [...program.args], { detached: true, stdio: 'ignore' })
    const started = Promise.withResolvers<void>()
    child.once('spawn', () => started.resolve())
    child.on('error', (cause) => {
      this.#options.logger.warn({ err: cause }, 'Ollama not started')
      started.reject(new AppError('UPSTREAM_UNREACHABLE', errorCase('case.ollama.notStarted'), { cause }))
    })
    child.unref()
    await started.promise
    await this.#options.bridge()?.rediscoverUpstream()
  }

  /**
   * Queues the download of a model, which continues after a restart. Does nothing while one runs.
   * @throws AppError CONFIG_INVALID, UPSTREAM_UNREACHABLE, JOBS_UNAVAILABLE
   */
  async pull(model: string): Promise<void> {
    const bridge = this.#options.bridge()
    const upstream = bridge?.snapshot.upstream
    if (bridge === undefined || upstream?.kind !== 'up' || upstream.facts.kind !== 'ollama')
      throw new AppError('UPSTREAM_UNREACHABLE', errorCase('case.ollama.notRunning'))
    const { currentPull } = this
    if (currentPull !== null && !isFinal(currentPull.state)) return
    this.#pullId = (await bridge.jobs.pull(model)).id
    this.#options.onChange()
  }

  /** Cancels the download, or forgets the last one's outcome. */
  cancelPull(): void {
    if (this.currentPull !== null) this.#options.bridge()?.jobs.cancel(this.currentPull.id)
    this.#pullId = undefined
    this.#options.onChange()
  }

  #program() {
    const { platform, env } = this.#options
    return ollamaProgram(platform, env, existsSync)
  }
}

function foundIn(jobs: Bridge['jobs'], id: string): Job | null {
  try {
    return jobs.show(id)
  } catch {
    // It was deleted in the list of jobs meanwhile.
    return null
  }
}
