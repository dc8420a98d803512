import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf, withoutHeader, type RawHeaders } from '../../shared/headers.ts'
import type { AnswerSink } from '../forward/answer-flow.ts'
import type { AttachedReader, KeptAnswer } from './kept-answer.ts'

/** Copies a kept answer to one client, from any of its bytes to its end, at the client's pace. */
export class AnswerReader implements AttachedReader {
  readonly #answer: KeptAnswer
  readonly #from: number
  readonly #clock: Clock
  #sink: AnswerSink | undefined
  #at: number
  #hasHead = false
  #isPaused = false

  /** @throws AppError KEPT_POSITION_UNKNOWN if the answer does not have that byte yet, or no longer has it */
  constructor(answer: KeptAnswer, from: number, clock: Clock) {
    if (from > answer.totalBytes) throw new AppError('KEPT_POSITION_UNKNOWN')
    this.#answer = answer
    this.#from = this.#at = from
    this.#clock = clock
    answer.attach(this)
  }

  get at(): number {
    return this.#at
  }

  start(sink: AnswerSink): void {
    this.#sink = sink
    this.#pump()
  }

  wake(): void {
    this.#pump()
  }

  /** The client wants more. */
  resume(): void {
    this.#isPaused = false
    this.#pump()
  }

  /** The client has disconnected. */
  stop(): void {
    this.#sink = undefined
    this.#answer.detach(this)
  }

  #pump(): void {
    if (this.#sink === undefined) return
    if (!this.#hasHead && !this.#sendHead()) return
    for (let bytes = this.#next(); bytes !== undefined; bytes = this.#next()) {
      this.#at += bytes.length
      if (this.#sink !== undefined && !this.#sink.write(bytes)) this.#isPaused = true
    }
    this.#answer.taken()
    if (!this.#isPaused && this.#at === this.#answer.totalBytes) this.#finishIfOver()
  }

  #next(): Uint8Array | undefined {
    return this.#isPaused || this.#sink === undefined ? undefined : this.#answer.bytesAt(this.#at)
  }

  /**
   * Inside a record the head waits for the next byte: the relay would mistake a pause after the head for one between
   * records, and insert a heartbeat.
   * @returns whether the body may follow
   */
  #sendHead(): boolean {
    const { head, state, totalBytes } = this.#answer
    if (head === undefined) {
      if (state !== 'running') this.#finishIfOver()
      return false
    }
    const hasNothing = state === 'running' && this.#at === totalBytes
    if (hasNothing && !this.#answer.isRecordStart(this.#at)) return false
    this.#hasHead = true
    this.#sink?.head(head.status, this.#restOf(head.headers), head.error)
    return true
  }

  #restOf(headers: RawHeaders): RawHeaders {
    const length = headerOf(headers, 'content-length')
    if (this.#from === 0 || length === undefined) return headers
    return [
      ...withoutHeader(headers, 'content-length'),
      'Content-Length',
      String(Number(length) - this.#from),
    ]
  }

  #finishIfOver(): void {
    const { state, error } = this.#answer
    const sink = this.#sink
    if (state === 'running' || sink === undefined) return
    this.stop()
    if (error === undefined) sink.end()
    // After the bytes written in this tick, which a reset would overtake.
    else this.#clock.soon(() => sink.fail(error))
  }
}
