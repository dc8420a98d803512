import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import { encodeMessage, parseResponseMessage, type RequestHead } from '../../shared/proxy-head.ts'
import type { ResetCode, StreamHandlers, TunnelStream } from '../../tunnel/stream.ts'
import type { AnswerSink } from '../forward/answer-flow.ts'
import { refusalFor } from '../forward/refusal.ts'
import { AnswerReader } from './answer-reader.ts'
import type { KeptAnswer } from './kept-answer.ts'
import { splitTarget } from '../../shared/request-path.ts'

/**
 * The client's stream until its answer is kept. From then on, output goes into the answer, and the client is its first
 * reader, which may disconnect without ending the answer.
 */
export class KeptStream implements TunnelStream {
  readonly #client: TunnelStream
  readonly #head: RequestHead
  readonly #clock: Clock
  #handlers: StreamHandlers | undefined
  #answer: KeptAnswer | undefined
  #reader: AnswerReader | undefined

  constructor(client: TunnelStream, head: RequestHead, clock: Clock) {
    this.#client = client
    this.#head = head
    this.#clock = clock
  }

  get id(): number {
    return this.#client.id
  }

  get closed(): boolean {
    return this.#answer === undefined ? this.#client.closed : this.#answer.state !== 'running'
  }

  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers
    this.#client.attach({
      message: (bytes) => handlers.message(bytes),
      data: (chunk) => handlers.data(chunk),
      end: () => handlers.end(),
      reset: (code, reason) =>
        this.#reader === undefined ? handlers.reset(code, reason) : this.#reader.stop(),
      drain: () => (this.#reader === undefined ? handlers.drain() : this.#reader.resume()),
    })
  }

  /** From now on, all output goes into this answer. */
  keep(answer: KeptAnswer): void {
    this.#answer = answer
    answer.feedFrom({
      stop: () => this.#handlers?.reset('CANCELLED', 'the answer is no longer needed'),
      resume: () => this.#handlers?.drain(),
    })
    this.#reader = new AnswerReader(answer, 0, this.#clock)
    this.#reader.start(this.#clientSink())
  }

  message(bytes: Uint8Array): void {
    const message = this.#answer && parseResponseMessage(bytes)
    if (message?.type === 'head') this.#answer?.begin(message)
    else this.#client.message(bytes)
  }

  write(chunk: Uint8Array): boolean {
    return this.#answer === undefined ? this.#client.write(chunk) : this.#answer.append(chunk)
  }

  end(): void {
    if (this.#answer === undefined) this.#client.end()
    else this.#answer.finish()
  }

  reset(code: ResetCode, reason?: string): void {
    if (this.#answer === undefined) this.#client.reset(code, reason)
    else this.#answer.fail(new AppError('UPSTREAM_FAILED', reason))
  }

  release(bytes: number): void {
    this.#client.release(bytes)
  }

  #clientSink(): AnswerSink {
    const client = this.#client
    let hasHead = false
    return {
      head(status, headers, error) {
        hasHead = true
        client.message(encodeMessage({ type: 'head', status, headers, ...(error && { error }) }))
      },
      write: (chunk) => client.write(chunk),
      end: () => client.end(),
      fail: (cause) => {
        const error = toAppError(cause)
        if (hasHead) client.reset('UPSTREAM_FAILED', error.message)
        else this.#refuse(error)
      },
    }
  }

  #refuse(error: AppError): void {
    const { method, target, headers: asked } = this.#head
    const { status, headers, body } = refusalFor(method, splitTarget(target).path, asked, error)
    this.#client.message(encodeMessage({ type: 'head', status, headers, error: error.code }))
    this.#client.write(body)
    this.#client.end()
  }
}
