import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'
import { heldBytes } from './memory.ts'

/** Work done by a process since the last query. */
export interface Work {
  readonly cpuMs: number
  /** CPU time of the longest turn of its event loop, during which it served no other request. */
  readonly longestTurnMs: number
}

/** A TypeScript entry of this folder, run by this Node in a separate process. */
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
    return (await this.ask<{ code: string }>(owner, 'code')).code
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Writes one line to its stdin. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Resident memory now, in MiB. */
  async rssMiB(): Promise<number> {
    const { rss } = await this.ask<{ rss: number }>('rss')
    return rss / 2 ** 20
  }

  /** Bytes of objects and buffers that it still holds after a full garbage collection. */
  async heldBytes(): Promise<number> {
    return (await this.ask<{ held: number }>('held')).held
  }

  /** Resolves as soon as its event loop is free. */
  work(): Promise<Work> {
    return this.ask<Work>('cpuMs')
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }

  /** @param figure a field of the answer */
  ask<T extends object>(question: string, figure = question): Promise<T> {
    const answer = this.lines.json<T>((value) => figure in value, 60_000)
    this.tell(question)
    return answer
  }
}

/** Writes one JSON line to the parent process. */
export function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/**
 * Answers one question per line of stdin; ends with stdin.
 * @param others answers questions that do not concern the process itself
 */
export function answerQuestions(others: (question: string) => object = () => ({})): void {
  const turns = new Turns()
  let before = process.cpuUsage()
  const work = (): Work => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    return { cpuMs: (user + system) / 1000, longestTurnMs: turns.takeLongestMs() }
  }
  const lines = createInterface(process.stdin)
  lines.on('line', (question) => {
    if (question === 'cpuMs') say(work())
    else if (question === 'held') void heldBytes().then((held) => say({ held }))
    else if (question === 'rss') say({ rss: process.memoryUsage.rss() })
    else say(others(question))
  })
  lines.on('close', () => process.exit())
}

const TURN_MS = 5

/** Measures the work of the event loop between timers as CPU time, which other processes do not affect. */
class Turns {
  #last = 0
  #longest = 0

  constructor() {
    setInterval(() => this.#note(), TURN_MS).unref()
  }

  takeLongestMs(): number {
    this.#note()
    const longest = this.#longest
    this.#longest = 0
    return longest / 1000
  }

  #note(): void {
    const { user, system } = process.threadCpuUsage()
    this.#longest = Math.max(this.#longest, user + system - this.#last)
    this.#last = user + system
  }
}
