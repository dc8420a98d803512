import type { Readable } from 'node:stream'
import { PATIENCE_MS } from './patience.ts'

interface Waiter {
  look(): void
  give(cause: string): void
}

/** The lines of a stream, for instance of a process's stdout, awaitable one by one. */
export class Lines {
  /** All complete lines so far, for messages and for looking back. */
  readonly seen: string[] = []
  #rest = ''
  #next = 0
  #ended = false
  readonly #waiters = new Set<Waiter>()

  constructor(stream: Readable) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#take(text))
    stream.on('close', () => this.#end())
  }

  /**
   * The next matching line; earlier lines are skipped. Rejects at the deadline or when the stream ends, with the lines
   * that did come.
   */
  next(fits: (line: string) => boolean = () => true, deadlineMs = PATIENCE_MS): Promise<string> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timeout)
        this.#waiters.delete(waiter)
      }
      const waiter: Waiter = {
        look: () => {
          const at = this.seen.slice(this.#next).findIndex((line) => fits(line))
          if (at < 0) return
          this.#next += at + 1
          leave()
          resolve(this.seen[this.#next - 1] ?? '')
        },
        give: (cause) => {
          leave()
          reject(new Error(`${cause}; lines so far:\n${this.seen.join('\n')}`))
        },
      }
      const timeout = setTimeout(() => waiter.give(`no such line within ${deadlineMs} ms`), deadlineMs)
      this.#waiters.add(waiter)
      waiter.look()
      if (this.#ended) waiter.give('the stream ended without such a line')
    })
  }

  /** The next matching JSON line, parsed. A line that is not JSON is an error. */
  async json<T extends object = Record<string, unknown>>(
    fits: (value: T) => boolean = () => true,
    deadlineMs?: number,
  ): Promise<T> {
    return JSON.parse(await this.next((line) => fits(JSON.parse(line)), deadlineMs))
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    this.seen.push(...lines)
    for (const waiter of this.#waiters) waiter.look()
  }

  #end(): void {
    this.#ended = true
    if (this.#rest !== '') this.#take('\n')
    for (const waiter of this.#waiters) waiter.give('the stream ended without such a line')
  }
}
