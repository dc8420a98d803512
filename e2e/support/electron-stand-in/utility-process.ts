import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ForkOptions } from 'electron'
import { app } from './app.ts'
import { strict, strictEmitter } from './strict.ts'

/** The project's Node: `process.execPath` names the stand-in. */
const NODE = join(import.meta.dirname, '../../../node_modules/node/bin/node')
/** Runs in the child before its entry. */
const PARENT_PORT = pathToFileURL(join(import.meta.dirname, 'parent-port.ts')).href
const OPTIONS = new Set(['env', 'execArgv', 'cwd', 'stdio', 'serviceName'])
/** Chromium's delay between SIGTERM and SIGKILL. */
const KILL_AFTER_MS = 2_000

/** A child of Node that talks over Node's own channel, with the events and the exit codes of Electron's. */
class UtilityProcess extends strictEmitter('UtilityProcess') {
  readonly #child: ChildProcess
  #isRunning = false
  #isKilled = false

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super()
    const { env = process.env, execArgv = [], cwd } = options
    // Electron does not end this process for an unhandled rejection.
    const flags = ['--unhandled-rejections=warn-with-error-code', '--import', PARENT_PORT, ...execArgv]
    this.#child = spawn(NODE, [...flags, modulePath, ...args], {
      env: env as NodeJS.ProcessEnv,
      ...(cwd !== undefined && { cwd }),
      stdio: [...toStdio(options.stdio), 'ipc'],
      serialization: 'advanced',
    })
    this.#child.on('message', (message) => this.emit('message', message))
    this.#child.once('spawn', () => {
      this.#isRunning = true
      this.emit('spawn')
    })
    this.#child.once('exit', (code, signal) => this.#exited(code, signal))
  }

  /** Known between the events `spawn` and `exit`. */
  get pid(): number | undefined {
    return this.#isRunning ? this.#child.pid : undefined
  }

  get stdout() {
    return this.#child.stdout
  }

  get stderr() {
    return this.#child.stderr
  }

  /** Throws for what cannot be cloned. Does nothing after the exit. */
  postMessage(message: unknown): void {
    if (this.#child.connected) this.#child.send(message as object)
  }

  /** @returns false before `spawn` and after `exit`, when it does nothing */
  kill(): boolean {
    if (!this.#isRunning) return false
    this.#isKilled = this.#child.kill()
    const timeout = setTimeout(() => this.#child.kill('SIGKILL'), KILL_AFTER_MS)
    this.#child.once('exit', () => clearTimeout(timeout))
    return this.#isKilled
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    this.#isRunning = false
    const asSignal = signal === null || this.#isKilled ? 0 : constants.signals[signal]
    this.emit('exit', code ?? asSignal)
  }
}

export const utilityProcess = strict('utilityProcess', {
  fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
    if (!app.isReady()) throw new TypeError('utilityProcess cannot be created before app is ready.')
    const unknown = Object.keys(options).find((name) => !OPTIONS.has(name))
    if (unknown !== undefined)
      throw new Error(`the stand-in for Electron has no utilityProcess.fork option ${unknown}`)
    return new UtilityProcess(modulePath, args, options)
  },
})

function toStdio(stdio: ForkOptions['stdio'] = 'inherit'): ('ignore' | 'inherit' | 'pipe')[] {
  const [stdin, ...outputs] = typeof stdio === 'string' ? ['ignore', stdio, stdio] : stdio
  if (stdin !== 'ignore') throw new Error('stdin value other than ignore is not supported.')
  if (outputs.length !== 2) throw new Error('configuration missing for stdin, stdout or stderr.')
  return [stdin, ...outputs.map(toOutput)]
}

function toOutput(value: string): 'ignore' | 'inherit' | 'pipe' {
  if (value === 'ignore' || value === 'inherit' || value === 'pipe') return value
  throw new Error('stdio must be of the following values: inherit, pipe, ignore')
}
