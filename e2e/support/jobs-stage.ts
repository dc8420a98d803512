import { readFile, writeFile } from 'node:fs/promises'
import OpenAI from 'openai'
import { freePort } from './free-port.ts'
import { FakeUpstream } from './fake-upstream.ts'
import { type Program, Workshop } from './program.ts'
import { until } from './until.ts'

type Env = Readonly<Record<string, string>>

/** A relay and a bridge as programs that can be killed and started again, each on its own data directory. */
export class JobsStage {
  readonly upstream: FakeUpstream
  readonly #workshop: Workshop
  readonly #relayDir: string
  readonly #bridgeDir: string
  readonly #port: number
  readonly #env: Env
  #relay: Program | undefined
  #bridge: Program | undefined
  #key = ''

  private constructor(
    workshop: Workshop,
    upstream: FakeUpstream,
    dirs: readonly [string, string],
    port: number,
    env: Env,
  ) {
    this.#workshop = workshop
    this.upstream = upstream
    ;[this.#relayDir, this.#bridgeDir] = dirs
    this.#port = port
    this.#env = env
  }

  /** @param env settings of the bridge */
  static async start(env: Env = {}): Promise<JobsStage> {
    const workshop = new Workshop()
    const dirs = [await workshop.dataDir(), await workshop.dataDir()] as const
    const stage = new JobsStage(workshop, await FakeUpstream.start(), dirs, await freePort(), env)
    const code = await stage.startRelay()
    await stage.startBridge('--relay', stage.url, '--pair', code)
    stage.#key = await stage.createKey('test')
    return stage
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get key(): string {
    return this.#key
  }

  /** The unmodified package, with as many retries as a client that runs for hours has. */
  client(apiKey = this.#key): OpenAI {
    return new OpenAI({ baseURL: `${this.url}/v1`, apiKey, maxRetries: 5 })
  }

  /** @returns a pairing code */
  async startRelay(): Promise<string> {
    const args = ['relay', '--json', '--port', String(this.#port), '--data-dir', this.#relayDir]
    this.#relay = this.#workshop.run(args)
    const { pairingCode } = await this.#relay.stdout.json<{ pairingCode: string }>(
      (line) => 'pairingCode' in line,
    )
    return pairingCode
  }

  async startBridge(...more: string[]): Promise<void> {
    const args = ['bridge', '--json', '--upstream', this.upstream.origin, '--data-dir', this.#bridgeDir]
    this.#bridge = this.#workshop.run([...args, ...more], { env: this.#env })
    await this.#bridge.stdout.json(({ event }) => event === 'online')
  }

  /** As a power failure or the system's memory killer would. */
  async killBridge(): Promise<void> {
    this.#bridge?.kill('SIGKILL')
    await this.#bridge?.exit
  }

  async restartRelay(): Promise<void> {
    this.#relay?.kill('SIGKILL')
    await this.#relay?.exit
    await this.startRelay()
  }

  /** Makes a key that the relay knows. */
  async createKey(name: string): Promise<string> {
    const args = ['keys', 'create', '--json', '--name', name, '--data-dir', this.#bridgeDir]
    const { stdout } = await this.#workshop.run(args).result()
    const { key } = JSON.parse(stdout) as { key: string }
    await until(async () => (await this.get('/v1/files', key)).status === 200)
    return key
  }

  /** Runs a script to its end. */
  run(args: readonly string[], env: Env = {}) {
    return this.#workshop.run(args, { env, command: [process.execPath] }).result()
  }

  get(path: string, key = this.#key): Promise<Response> {
    return fetch(this.url + path, { headers: { authorization: `Bearer ${key}` } })
  }

  /** The most memory that the bridge has held since `resetPeak`, in MiB. */
  async peakMiB(): Promise<number> {
    const status = await readFile(`/proc/${this.#bridge?.pid}/status`, 'utf8')
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
  }

  async resetPeak(): Promise<void> {
    await writeFile(`/proc/${this.#bridge?.pid}/clear_refs`, '5')
  }

  async close(): Promise<void> {
    await this.#workshop.close()
    await this.upstream.close()
  }
}
