import { AppError } from '../../../shared/errors.ts'
import { parseJsonObject } from '../../../shared/json-object.ts'
import type { AnswerSink } from '../../forward/answer-flow.ts'
import type { Forwarder } from '../../forward/forwarder.ts'
import {
  callUntil,
  collectedHead,
  LocalCall,
  type CollectedAnswer,
  type CollectedHead,
  type LocalCallRequest,
} from '../../forward/local-call.ts'
import type { ResponseFacts } from './response-object.ts'
import { isLastEvent, ResponseRecorder, type ResponseEvent } from './response-recorder.ts'

/** Limits of the stored events of one response. Beyond them only its end is stored. */
export const MAX_STORED_EVENTS = 50_000
export const MAX_STORED_BYTES = 16 * 1024 * 1024
/** The longest answer that is not an event stream. */
const MAX_WHOLE_BYTES = 8 * 1024 * 1024

export interface AttemptPorts {
  readonly forwarder: Pick<Forwarder, 'accept'>
  readonly facts: ResponseFacts
  /** Number of the first event. */
  readonly firstSequence: number
  readonly store: (events: readonly ResponseEvent[]) => void
}

/** One attempt at a response in the background: stores its events as they come, and ends with the response as a whole. */
export class ResponseAttempt implements AnswerSink {
  readonly #recorder: ResponseRecorder
  readonly #ports: AttemptPorts
  readonly #done = Promise.withResolvers<CollectedAnswer>()
  #head: CollectedHead | undefined
  /** An answer that is not an event stream. */
  readonly #whole: Uint8Array[] = []
  #bytes = 0
  #events = 0
  #call: LocalCall | undefined

  constructor(ports: AttemptPorts) {
    this.#ports = ports
    this.#recorder = new ResponseRecorder(ports.facts, ports.firstSequence)
  }

  /**
   * @param signal stops the model server
   * @throws AppError UPSTREAM_FAILED if the answer breaks off, JOB_RESULT_TOO_LARGE; the signal's reason
   */
  run(request: LocalCallRequest, signal: AbortSignal): Promise<CollectedAnswer> {
    this.#call = new LocalCall(request, this)
    return callUntil(signal, this.#call, this.#ports.forwarder, this.#done)
  }

  head(...given: Parameters<typeof collectedHead>): void {
    this.#head = collectedHead(...given)
  }

  write(chunk: Uint8Array): boolean {
    try {
      this.#take(chunk)
    } catch (cause) {
      this.fail(cause)
    }
    return true
  }

  end(): void {
    if (this.#head === undefined) return this.fail(new AppError('UPSTREAM_FAILED'))
    if (this.#isStream) return this.#finish(this.#head)
    const body = Buffer.concat(this.#whole)
    const response = this.#head.status === 200 ? parseJsonObject(body.toString()) : undefined
    if (response === undefined) return this.#done.resolve({ ...this.#head, body })
    this.#ports.store(this.#recorder.addWhole(response))
    this.#finish(this.#head)
  }

  fail(cause: unknown): void {
    this.#call?.stop()
    this.#done.reject(cause)
  }

  get #isStream(): boolean {
    return this.#head?.status === 200 && this.#head.contentType.startsWith('text/event-stream')
  }

  #take(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#isStream)
      return this.#ports.store(this.#recorder.add(chunk).filter((event) => this.#fits(event)))
    if (this.#bytes > MAX_WHOLE_BYTES) throw new AppError('JOB_RESULT_TOO_LARGE')
    this.#whole.push(chunk)
  }

  #fits(event: ResponseEvent): boolean {
    this.#events++
    return isLastEvent(event) || (this.#events <= MAX_STORED_EVENTS && this.#bytes <= MAX_STORED_BYTES)
  }

  #finish(head: CollectedHead): void {
    const { finished, failure } = this.#recorder
    if (finished === undefined) return this.fail(new AppError('UPSTREAM_FAILED', failure?.message))
    const body = Buffer.from(JSON.stringify(finished.response))
    this.#done.resolve({ ...head, contentType: 'application/json', body })
  }
}
