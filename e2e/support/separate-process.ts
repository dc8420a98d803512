import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Lines } from './lines.ts'

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

  /** One line to its stdin. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** Resident memory now, in MiB. */
  async rssMiB(): Promise<number> {
    const answer = this.lines.json<{ rss: number }>((value) => 'rss' in value)
    this.tell('')
    return (await answer).rss / 2 ** 20
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.stdin.end()
    await exited
  }
}

/** One JSON line to whoever started this process. */
export function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Answers each line on stdin with the memory of this process; ends with stdin. */
export function sayMemoryWhenAsked(): void {
  process.stdin.on('data', () => say({ rss: process.memoryUsage.rss() }))
  process.stdin.on('end', () => process.exit())
}
