import { ByteQueue } from '../../shared/byte-queue.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { headerOf, type RawHeaders } from '../../shared/headers.ts'
import { encodeMessage, parseResponseMessage, type Principal } from '../../shared/proxy-head.ts'
import type { ResetCode, StreamHandlers, TunnelStream } from '../../tunnel/stream.ts'
import type { RequestOrigin } from './admission.ts'
import type { AnswerSink } from './answer-flow.ts'
import type { Forwarder } from './forwarder.ts'

/** A request of the bridge itself, on behalf of a client. */
export interface LocalCallRequest {
  readonly method: string
  readonly target: string
  readonly headers: RawHeaders
  /** Empty for none. */
  readonly body: Uint8Array
  /** Its permissions and limits apply, unless `origin` is `local`. */
  readonly principal: Principal
  readonly origin: Exclude<RequestOrigin, 'client'>
  readonly requestId: string
}

/**
 * A request without a tunnel: an ordinary one for the forwarder, with the same checks, limits and records as a client's.
 * A refusal is an answer whose head has an error code; one that breaks off fails with the forwarder's reason.
 */
export class LocalCall implements TunnelStream {
  readonly id = 0
  readonly #request: LocalCallRequest
  readonly #sink: AnswerSink
  #handlers: StreamHandlers | undefined
  #isOver = false

  constructor(request: LocalCallRequest, sink: AnswerSink) {
    this.#request = request
    this.#sink = sink
  }

  get closed(): boolean {
    return this.#isOver
  }

  start(forwarder: Pick<Forwarder, 'accept'>): void {
    const { method, target, body, principal, requestId, origin, headers: given } = this.#request
    const hasBody = body.length > 0
    const headers = hasBody ? [...given, 'Content-Length', String(body.length)] : given
    forwarder.accept(this, encodeMessage({ method, target, headers, principal, requestId, hasBody }), origin)
    if (hasBody) this.#handlers?.data(body)
    this.#handlers?.end()
  }

  /** Stops the model server. Nothing reaches the sink any more. */
  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handlers?.reset('CANCELLED', 'the request is no longer wanted')
  }

  /** The sink has room again after its `write` returned false. */
  resume(): void {
    this.#handlers?.drain()
  }

  // Called by the forwarder.

  attach(handlers: StreamHandlers): void {
    this.#handlers = handlers
  }

  message(bytes: Uint8Array): void {
    const message = parseResponseMessage(bytes)
    if (message.type === 'head' && !this.#isOver)
      this.#sink.head(message.status, message.headers, message.error)
  }

  write(chunk: Uint8Array): boolean {
    return this.#isOver || this.#sink.write(chunk)
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.end()
  }

  reset(_code: ResetCode, reason?: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#sink.fail(new AppError('UPSTREAM_FAILED', reason))
  }

  /** The body was handed over as a whole. */
  release(): void {}
}

/** A complete answer to a local call. */
export interface CollectedAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Uint8Array
  /** If the bridge refused the request itself. */
  readonly error: ErrorCode | undefined
  /** Seconds after which a retry makes sense, if the answer says so. */
  readonly retryAfterS: number | undefined
}

export type CollectedHead = Omit<CollectedAnswer, 'body'>

/** The head of an answer, as a sink gets it. */
export function collectedHead(status: number, headers: RawHeaders, error?: ErrorCode): CollectedHead {
  const retryAfter = Number(headerOf(headers, 'retry-after') ?? Number.NaN)
  return {
    status,
    contentType: headerOf(headers, 'content-type') ?? 'application/octet-stream',
    error,
    retryAfterS: Number.isFinite(retryAfter) ? Math.max(0, retryAfter) : undefined,
  }
}

/**
 * Sends a request and collects its answer.
 * @param signal stops the model server
 * @throws AppError UPSTREAM_FAILED if the answer breaks off, JOB_RESULT_TOO_LARGE; the signal's reason
 */
export function collectLocally(
  forwarder: Pick<Forwarder, 'accept'>,
  request: LocalCallRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<CollectedAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<CollectedAnswer>()
  const queue = new ByteQueue({ maxBytes })
  let head: CollectedHead | undefined
  const call = new LocalCall(request, {
    head: (...given) => {
      head = collectedHead(...given)
    },
    write(chunk) {
      try {
        queue.push(chunk)
        return true
      } catch {
        queue.clear()
        call.stop()
        reject(new AppError('JOB_RESULT_TOO_LARGE'))
        return false
      }
    },
    end() {
      if (head === undefined) reject(new AppError('UPSTREAM_FAILED'))
      else resolve({ ...head, body: queue.takeAll() })
    },
    fail: reject,
  })
  return callUntil(signal, call, forwarder, { promise, resolve, reject })
}

/**
 * Starts a call, and stops the model server once `signal` is aborted.
 * @param done settled by the call's sink; rejects with the signal's reason
 */
export function callUntil<T>(
  signal: AbortSignal,
  call: LocalCall,
  forwarder: Pick<Forwarder, 'accept'>,
  { promise, reject }: PromiseWithResolvers<T>,
): Promise<T> {
  const stop = (): void => {
    call.stop()
    reject(signal.reason)
  }
  if (signal.aborted) stop()
  else {
    signal.addEventListener('abort', stop, { once: true })
    call.start(forwarder)
  }
  return promise.finally(() => signal.removeEventListener('abort', stop))
}
