/** Requests of the pages in a random walk, whose responses arrive when the test says so. */
import type { ChatApi } from './answer-records.ts'
import type { Deliveries, Receiver } from './walk-deliveries.test-support.ts'

/** How a connection ends before its answer does. */
export type CutKind = 'break' | 'end' | 'error'

const encoder = new TextEncoder()

interface DesktopConnectionOptions {
  readonly deliveries: Deliveries
  readonly page: Receiver
  readonly api: ChatApi
  readonly signal: AbortSignal | null | undefined
}

let connections = 0

/** One request of a page. */
export class DesktopConnection {
  readonly #options: DesktopConnectionOptions
  readonly #channel = `response ${++connections}`
  readonly #response = Promise.withResolvers<Response>()
  #body: ReadableStreamDefaultController<Uint8Array> | undefined
  #isOver = false
  /** Whether the last byte that was sent ended a record. */
  #isAtRecord = true

  constructor(options: DesktopConnectionOptions) {
    this.#options = options
    const { signal } = options
    signal?.addEventListener('abort', () => this.#fail(signal.reason))
  }

  get response(): Promise<Response> {
    return this.#response.promise
  }

  get isOver(): boolean {
    return this.#isOver
  }

  begin(status = 200, headers: Record<string, string> = {}): void {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      this.#body = controller
    }
    const cancel = (): void => {
      this.#isOver = true
    }
    this.#later(() => {
      const body = status === 204 ? null : new ReadableStream({ start, cancel })
      this.#response.resolve(new Response(body, { status, headers }))
    })
  }

  reply(text: string, status = 200, headers: Record<string, string> = {}): void {
    this.begin(status, headers)
    if (status !== 204) this.#later(() => this.#body?.enqueue(encoder.encode(text)))
    this.end('end')
  }

  /** In two parts, the first of which ends in the middle of a record. */
  send(bytes: Uint8Array, onArrival: () => void): void {
    if (bytes.length === 0) return
    const middle = bytes.length - 7
    this.#later(() => {
      this.#isAtRecord = false
      this.#body?.enqueue(bytes.slice(0, middle))
    })
    this.#later(() => {
      this.#isAtRecord = true
      this.#body?.enqueue(bytes.slice(middle))
      onArrival()
    })
  }

  end(kind: CutKind): void {
    this.#later(() => {
      if (kind === 'break') return this.#fail(new TypeError('network'))
      this.#isOver = true
      if (kind === 'error') this.#body?.enqueue(encoder.encode(this.#error))
      this.#body?.close()
    })
  }

  /** Loses what is on its way. */
  cut(kind: CutKind): void {
    this.#options.deliveries.drop(this.#channel)
    this.end(this.#body === undefined ? 'break' : kind)
  }

  /** As the relay appends it, after completing a partial record. */
  get #error(): string {
    const json = '{"error":{"message":"The tunnel was lost."}}'
    return this.#options.api === 'ollama'
      ? `${this.#isAtRecord ? '' : '\n'}${json}\n`
      : `${this.#isAtRecord ? '' : '\n\n'}data: ${json}\n\n`
  }

  #fail(cause: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#response.reject(cause)
    this.#body?.error(cause)
  }

  #later(act: () => void): void {
    this.#options.deliveries.put(this.#channel, this.#options.page, () => {
      if (!this.#isOver) act()
    })
  }
}
