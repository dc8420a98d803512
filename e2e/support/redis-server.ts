import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

/** A real Redis without persistence, which can be killed and restarted at the same port. */
export class RedisServer {
  readonly #port: number
  #child: ChildProcess
  /** For inspecting its content. */
  readonly client: Redis

  private constructor(port: number) {
    this.#port = port
    this.#child = launch(port)
    this.client = new Redis(port, '127.0.0.1', { retryStrategy: () => 50, maxRetriesPerRequest: null })
    this.client.on('error', () => {})
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort())
    await server.client.ping()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  /** Kills it; its data is lost. */
  async kill(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }

  /** Stops responding, as behind a network that drops everything. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Starts an empty one at the same port. */
  async revive(): Promise<void> {
    this.#child = launch(this.#port)
    await this.client.ping()
  }

  async close(): Promise<void> {
    this.client.disconnect()
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill()
  }
}

function launch(port: number): ChildProcess {
  const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no' }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  return spawn('redis-server', args, { stdio: 'ignore' })
}
