import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Bridge } from '../../bridge/bridge.ts'
import { ModelPull, type PullState } from '../../bridge/upstream/model-pull.ts'
import { ollamaProgram } from '../../bridge/upstream/ollama-program.ts'
import type { UpstreamKey } from '../../bridge/upstream/upstream-key.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'

export interface ModelServerOptions {
  readonly platform: NodeJS.Platform
  readonly env: NodeJS.ProcessEnv
  readonly logger: Logger
  readonly onChange: () => void
  /** `undefined` until the app is open. */
  readonly bridge: () => Pick<Bridge, 'snapshot' | 'rediscoverUpstream'> | undefined
}

/** Sets up the user's model server: starts Ollama and downloads models. */
export class ModelServer {
  readonly #options: ModelServerOptions
  readonly #pull: ModelPull
  #canStart: boolean

  constructor(options: ModelServerOptions) {
    this.#options = options
    this.#canStart = this.#program() !== null
    this.#pull = new ModelPull({
      onChange: options.onChange,
      onDone: () => void options.bridge()?.rediscoverUpstream(),
    })
  }

  get pullState(): PullState | null {
    return this.#pull.state
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
    if (program === null) throw new AppError('UPSTREAM_UNREACHABLE', 'Ollama is no longer installed.')
    const child = spawn(program.command, [...program.args], { detached: true, stdio: 'ignore' })
    const started = Promise.withResolvers<void>()
    child.once('spawn', () => started.resolve())
    child.on('error', (cause) => {
      this.#options.logger.warn({ err: cause }, 'Ollama not started')
      started.reject(new AppError('UPSTREAM_UNREACHABLE', 'Ollama could not be started.', { cause }))
    })
    child.unref()
    await started.promise
    await this.#options.bridge()?.rediscoverUpstream()
  }

  /** Starts the download of a model. @throws AppError CONFIG_INVALID, UPSTREAM_UNREACHABLE */
  pull(model: string, key: Pick<UpstreamKey, 'for'>): void {
    const upstream = this.#options.bridge()?.snapshot.upstream
    if (upstream?.kind !== 'up' || upstream.facts.kind !== 'ollama')
      throw new AppError('UPSTREAM_UNREACHABLE', 'Only a running Ollama can download models.')
    const { baseUrl } = upstream.facts
    this.#pull.start(baseUrl, key.for(baseUrl), model)
  }

  /** Stops the download, or forgets the last one's outcome. */
  cancelPull(): void {
    this.#pull.cancel()
  }

  #program() {
    const { platform, env } = this.#options
    return ollamaProgram(platform, env, existsSync)
  }
}
