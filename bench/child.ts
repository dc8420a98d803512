import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Question {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly value: unknown
}

/** A module of this folder running in its own process, which responds to requests. */
export class Child {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  /**
   * @param entry the file name without its extension
   * @param build the folder of another build of this module
   */
  constructor(entry: string, args: readonly string[] = [], build = import.meta.url) {
    const file = `${entry}${extname(import.meta.url)}`
    this.#process = fork(fileURLToPath(new URL(file, build)), args, {
      execArgv: [...process.execArgv, '--expose-gc'],
    })
    this.#process.on('message', ({ id, value }: Answer) => {
      this.#waiting.get(id)?.resolve(value)
      this.#waiting.delete(id)
    })
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${entry} ended early`))
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  ask<T>(name: string, argument: unknown = null): Promise<T> {
    const id = ++this.#lastId
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(id, waiting)
    const question: Question = { id, name, argument }
    this.#process.send(question)
    return waiting.promise as Promise<T>
  }

  async close(): Promise<void> {
    if (!this.#process.connected) return
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }
}

/** Serves the requests of the parent process, and exits with it. */
export function serve(handlers: Readonly<Record<string, (argument: never) => unknown>>): void {
  const reply = async ({ id, name, argument }: Question): Promise<void> => {
    const answer: Answer = { id, value: await handlers[name]?.(argument as never) }
    process.send?.(answer)
  }
  // An error here ends the process, and with it the benchmark.
  process.on('message', (question: Question) => void reply(question))
  process.on('disconnect', () => process.exit())
}

/** Milliseconds since the epoch, finer than `Date.now` and comparable between processes of one machine. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}
