import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The built program. */
export const MAIN = join(ROOT, 'dist/cli/main.js')

/** The environment without our variables and without those that point to a model server or keychain of this machine. */
const CLEAN_ENV = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(CLOUDTOLOCALLLM_|OLLAMA_|LOG_LEVEL$|PORT$|HOST$|PUBLIC_URL$)/.test(name),
    ),
  ),
  CLOUDTOLOCALLLM_SECRETS: 'file',
}

export interface ProgramOptions {
  /** On top of a clean environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Command to run instead of the built program, with the arguments appended. */
  readonly command?: readonly [string, ...string[]]
}

/** A command of the built program, as a process with streams to read. */
export class Program {
  readonly stdout: Lines
  readonly stderr: Lines
  /** The exit code, or the signal that ended it, once all output has arrived. */
  readonly exit: Promise<number | string>
  readonly #child: ChildProcess

  constructor(
    args: readonly string[],
    { env = {}, command = [process.execPath, MAIN] }: ProgramOptions = {},
  ) {
    const [file, ...before] = command
    this.#child = spawn(file, [...before, ...args], {
      cwd: ROOT,
      env: { ...CLEAN_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A separate process group, so that killing it also kills all descendants.
      detached: true,
    })
    this.stdout = new Lines(this.#child.stdout as Readable)
    this.stderr = new Lines(this.#child.stderr as Readable)
    this.exit = once(this.#child, 'close').then(([code, signal]) => code ?? signal)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.#child.kill(signal)
  }

  /** The complete output, once it has ended. */
  async result(): Promise<{ code: number | string; stdout: string; stderr: string }> {
    const code = await this.exit
    return { code, stdout: this.stdout.seen.join('\n'), stderr: this.stderr.seen.join('\n') }
  }

  /** Kills it and its child processes, unless it has exited. */
  async close(): Promise<void> {
    try {
      // Without a process there is no group; 0 would be our own.
      if (this.pid > 0) process.kill(-this.pid, 'SIGKILL')
    } catch {
      // The group no longer exists.
    }
    await this.exit
  }
}

/** Runs programs on separate data directories, and cleans up. */
export class Workshop {
  readonly #dirs: string[] = []
  readonly #programs: Program[] = []

  async dataDir(): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'ctl-cli-'))
    this.#dirs.push(dir)
    return dir
  }

  run(args: readonly string[], options?: ProgramOptions): Program {
    const program = new Program(args, options)
    this.#programs.push(program)
    return program
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.splice(0).map((program) => program.close()))
    await Promise.all(
      this.#dirs.splice(0).map((dir) => rm(dir, { recursive: true, force: true, maxRetries: 10 })),
    )
  }
}
