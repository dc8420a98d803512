import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'
import { heldBytes } from './memory.ts'

/** Work that a process did since it was last asked. */
export interface Work {
  readonly cpuMs: number
  /** The longest time for which its event loop served nobody. */
  readonly longestBlockMs: number
}

/** A TypeScript entry of this folder, run by this Node in a process whose memory is its own. */
export class SeparateProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly lines: Lines

  constructor(entry: string, ...args: string[]) {
    const path = fileURLToPath(new URL(entry, import.meta.url))
    // As `npm start` and the documented service run it.
    const command = ['--max-semi-space-size=1', path, ...args]
    this.#child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.lines = new Lines(this.#child.stdout)
  }

  /** A further pairing code, of a relay; the owner's former one ends. */
  async pairingCode(owner: string): Promise<string> {
    const answer = this.lines.json<{ code: string }>((value) => 'code' in value, 60_000)
    this.tell(`code ${owner}`)
    return (await answer).code
  }

  /** One line to its stdin. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Resident memory now, in MiB. */
  async rssMiB(): Promise<number> {
    const { rss } = await this.#ask<{ rss: number }>('rss')
    return rss / 2 ** 20
  }

  /** Bytes of objects and buffers that it still holds after a full garbage collection. */
  async heldBytes(): Promise<number> {
    return (await this.#ask<{ held: number }>('held')).held
  }

  /** Answers as soon as its event loop is free. */
  work(): Promise<Work> {
    return this.#ask<Work>('cpuMs')
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }

  /** @param figure a name in the answer, and the question as well */
  #ask<T extends object>(figure: string): Promise<T> {
    const answer = this.lines.json<T>((value) => figure in value, 60_000)
    this.tell(figure)
    return answer
  }
}

/** One JSON line to whoever started this process. */
export function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/**
 * Answers each question about this process that stands on a line of stdin; ends with stdin.
 * @param answer to questions of the caller's own; `undefined` = not one
 */
export function answerQuestions(answer: (question: string) => object | undefined = () => undefined): void {
  const resolution = 10
  const delays = monitorEventLoopDelay({ resolution })
  let before = process.cpuUsage()
  delays.enable()
  const work = (): Work => {
    const { user, system } = process.cpuUsage(before)
    const longestBlockMs = Math.max(0, delays.max / 1e6 - resolution)
    before = process.cpuUsage()
    delays.reset()
    return { cpuMs: (user + system) / 1000, longestBlockMs }
  }
  const lines = createInterface(process.stdin)
  lines.on('line', (question) => {
    if (question === 'cpuMs') say(work())
    else if (question === 'held') void heldBytes().then((held) => say({ held }))
    else say(answer(question) ?? { rss: process.memoryUsage.rss() })
  })
  lines.on('close', () => process.exit())
}
