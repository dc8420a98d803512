import type { Clock } from '../../shared/clock.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { cutText } from '../../shared/redact.ts'
import type { RequestEvent } from './request-event.ts'
import { UsageMeter, type Usage } from './usage-meter.ts'

/** Interval of progress events. */
const PROGRESS_MS = 1_000
const NO_USAGE: Usage = { tokens: null, tokensPerS: null }

/** Counts a request's bytes and tokens, and emits its events. */
export class RequestReport {
  readonly #facts: { requestId: string; method: string; path: string; key: string | null }
  readonly #clock: Clock
  readonly #tell: (event: RequestEvent) => void
  readonly #startedMs: number
  #reportedMs: number
  #usage: UsageMeter | undefined
  /** The usage of the complete response, once it was read. */
  #total: Usage | undefined
  #isEventStream = false
  #bytesIn = 0
  #bytesOut = 0
  model: string | null = null
  /** Status of the head that was sent. */
  status: number | null = null

  constructor(
    { requestId, method }: RequestHead,
    path: string,
    key: string | null,
    clock: Clock,
    tell: (event: RequestEvent) => void,
  ) {
    this.#facts = { requestId, method, path: cutText(path), key }
    this.#clock = clock
    this.#tell = tell
    this.#startedMs = clock.monotonic()
    this.#reportedMs = this.#startedMs
  }

  start(): void {
    this.#tell({ type: 'start', ...this.#facts })
  }

  /** The response contains a model's output. */
  expectUsage(contentType: string | undefined): void {
    this.#usage = new UsageMeter(this.#clock)
    this.#usage.expect(contentType)
    this.#isEventStream = contentType?.startsWith('text/event-stream') ?? false
  }

  /** Observes a chunk as sent by the upstream. */
  watch(chunk: Uint8Array): void {
    this.#usage?.add(chunk)
  }

  received(bytes: number): void {
    this.#bytesIn += bytes
    this.#progressAtTimes()
  }

  sent(bytes: number): void {
    this.#bytesOut += bytes
    this.#progressAtTimes()
  }

  progress(): void {
    this.#reportedMs = this.#clock.monotonic()
    const usage = this.#usage?.readSoFar() ?? NO_USAGE
    this.#tell({ type: 'progress', ...this.#facts, ...this.#figures, ...usage })
  }

  /** The usage of the complete response. */
  total(): Usage {
    return (this.#total ??= this.#usage?.read(this.#isEventStream) ?? NO_USAGE)
  }

  finish(error: Extract<RequestEvent, { type: 'finish' }>['error']): void {
    const durationMs = this.#clock.monotonic() - this.#startedMs
    this.#tell({ type: 'finish', ...this.#facts, ...this.#figures, error, durationMs, ...this.total() })
  }

  get #figures() {
    return { model: this.model, status: this.status, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut }
  }

  #progressAtTimes(): void {
    if (this.#clock.monotonic() - this.#reportedMs >= PROGRESS_MS) this.progress()
  }
}
