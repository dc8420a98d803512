import type { ByteQueue } from '../shared/byte-queue.ts'
import type { Clock, Timer } from '../shared/clock.ts'
import { DESKTOP_ERROR_FIELD } from '../shared/error-fields.ts'
import { AppError, toAppError, type ErrorCode } from '../shared/errors.ts'
import { parseResponseMessage } from '../shared/proxy-head.ts'
import type { ResetCode, StreamHandlers, TunnelStream } from '../tunnel/stream.ts'
import { parseAnswerHeaders } from './answer-headers.ts'
import type { RequestFacts } from './request-context.ts'
import type { ResponseBody } from './response-body.ts'
import type { ResponseSink } from './response-sink.ts'

export interface ClientExchangeOptions extends Pick<RequestFacts, 'request' | 'response' | 'receivedAt'> {
  readonly stream: TunnelStream
  readonly body: ResponseBody
  /** The sink of the response body. */
  readonly sink: Pick<ResponseSink, 'onDrain'>
  readonly clock: Clock
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean
  /** The beginning of the body if it was read already; the request is paused then. */
  readonly held?: ByteQueue | undefined
  readonly maxBodyBytes: number
  readonly ackTimeoutMs: number
  readonly idleTimeoutMs: number
  /** The same after the response has started. */
  readonly stallTimeoutMs: number
  /** Whether the tunnel currently has a carrier. */
  readonly isReachable: () => boolean
  readonly delays: TokenDelays
  /** Called once with the model server's result. */
  readonly report: Report
  readonly onDone: (outcome: Outcome) => void
}

/** The model server's result. `unknown`: cancelled, or refused by the desktop itself. */
export type AttemptResult = 'works' | 'failed' | 'unknown'

/** Call once; later calls are ignored. */
export type Report = (result: AttemptResult) => void

/** Receives the delays between chunks of streaming responses. */
export interface TokenDelays {
  /** Since the request. */
  firstToken(delayMs: number): void
  /** Since the previous chunk. */
  nextToken(delayMs: number): void
}

/** The result of a request, for logs and metrics. Times count from its arrival, time spent in a queue included. */
export interface Outcome {
  readonly error: ErrorCode | 'CANCELLED' | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  /** Time until the upstream's head arrived. */
  readonly headMs: number | undefined
  /** Time until the bridge accepted the request, from the moment that it was sent there. */
  readonly acceptMs: number | undefined
  readonly totalMs: number
  /** Generated tokens, if the bridge reported them. */
  readonly tokens: number | undefined
}

const RESET_ERRORS: Readonly<Record<ResetCode, ErrorCode>> = {
  CANCELLED: 'TUNNEL_LOST',
  UPSTREAM_FAILED: 'UPSTREAM_FAILED',
  TIMEOUT: 'IDLE_TIMEOUT',
  REFUSED: 'TOO_MANY_STREAMS',
  FLOW_ERROR: 'TUNNEL_LOST',
  SESSION_LOST: 'TUNNEL_LOST',
  INTERNAL: 'INTERNAL',
}

/** Errors that count as failures of the model server or desktop. */
const FAILURES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'ACK_TIMEOUT',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_FAILED',
])

/** One client's request and its stream, until both have ended. */
export class ClientExchange implements StreamHandlers {
  readonly #options: ClientExchangeOptions
  /** When the bridge was asked: earlier waiting is not its fault. */
  readonly #openedAt: number
  /** One timer for both limits: most requests end before it fires. */
  #timer: Timer | undefined
  #isAwaitingAck = true
  #movedAt: number
  #bytesIn = 0
  #bytesOut = 0
  #owedBytes = 0
  #headMs: number | undefined
  #acceptMs: number | undefined
  #tokens: number | undefined
  #pieceAt: number | undefined
  #isReading = false
  #isDone = false

  constructor(options: ClientExchangeOptions) {
    this.#options = options
    this.#openedAt = this.#movedAt = options.clock.monotonic()
  }

  /** Takes over the stream. Must be called in the tick in which it was opened. */
  start(): void {
    const { stream, response, sink, expectsContinue } = this.#options
    this.#watch()
    stream.attach(this)
    response.on('close', () => this.#onClientGone())
    sink.onDrain = () => this.#settleDebt()
    if (!expectsContinue) this.#readBody()
  }

  // Events of the stream.

  message(bytes: Uint8Array): void {
    try {
      this.#onMessage(bytes)
    } catch (cause) {
      this.#options.stream.reset('INTERNAL', 'unreadable message')
      this.#fail(toAppError(cause))
    }
  }

  data(chunk: Uint8Array): void {
    this.#movedAt = this.#options.clock.monotonic()
    this.#bytesOut += chunk.length
    if (this.#options.body.isStreaming) this.#notePiece(this.#movedAt)
    if (this.#options.body.data(chunk)) this.#options.stream.release(chunk.length)
    else this.#owedBytes += chunk.length
    this.#stopIfFinished()
  }

  end(): void {
    this.#finish(this.#options.body.end() ? undefined : 'UPSTREAM_FAILED')
  }

  reset(code: ResetCode, reason: string): void {
    // A request that the bridge has not accepted can safely be retried.
    if (code === 'SESSION_LOST' && this.#isAwaitingAck) return this.#fail(new AppError('OFFLINE'))
    const detail = reason === '' ? undefined : reason
    this.#fail(new AppError(RESET_ERRORS[code], detail))
  }

  drain(): void {
    this.#sendHeld()
  }

  #notePiece(now: number): void {
    const { delays, receivedAt } = this.#options
    if (this.#pieceAt === undefined) delays.firstToken(now - receivedAt)
    else delays.nextToken(now - this.#pieceAt)
    this.#pieceAt = now
  }

  #onMessage(bytes: Uint8Array): void {
    const message = parseResponseMessage(bytes)
    this.#isAwaitingAck = false
    this.#movedAt = this.#options.clock.monotonic()
    this.#acceptMs ??= this.#movedAt - this.#openedAt
    switch (message.type) {
      case 'accept':
        return this.#accepted()
      case 'shape':
        return this.#options.body.expectShape(message.shape, message.waitedMs)
      case 'usage':
        this.#tokens = message.tokens
        return
      case 'head':
        this.#headMs = this.#movedAt - this.#options.receivedAt
        this.#options.report(message.error === undefined ? 'works' : resultOf(message.error))
        this.#shortenWatch()
        this.#options.body.head(message.status, [
          ...parseAnswerHeaders(message.headers),
          ...(message.error === undefined ? [] : [DESKTOP_ERROR_FIELD, message.error]),
        ])
        return this.#stopIfFinished()
    }
  }

  /** The response may already have ended, because the data did not match the head already sent. */
  #stopIfFinished(): void {
    if (!this.#options.body.finished || this.#isDone) return
    this.#options.stream.reset('CANCELLED', 'the response could not be used')
    this.#finish('UPSTREAM_FAILED')
  }

  #accepted(): void {
    const { expectsContinue, response } = this.#options
    // After a head it would be read as part of the body.
    if (!expectsContinue || this.#isReading || response.headersSent) return
    response.writeContinue()
    this.#readBody()
  }

  #readBody(): void {
    const { request, stream, held } = this.#options
    this.#isReading = true
    request.on('data', (chunk: Buffer) => {
      if (!this.#onBody(chunk)) request.pause()
    })
    request.on('end', () => stream.end())
    if (held !== undefined) this.#sendHeld()
  }

  /** Sends the buffered beginning first, then the rest. */
  #sendHeld(): void {
    const { request, stream, held } = this.#options
    for (let bytes = held?.shift(); bytes !== undefined; bytes = held?.shift())
      if (!this.#onBody(bytes)) return
    request.resume()
    if (request.readableEnded) stream.end()
  }

  /** @returns whether the stream has room for more */
  #onBody(chunk: Uint8Array): boolean {
    if (this.#isDone) return true
    const { stream, maxBodyBytes, clock } = this.#options
    this.#movedAt = clock.monotonic()
    this.#bytesIn += chunk.length
    if (this.#bytesIn > maxBodyBytes) {
      stream.reset('CANCELLED', 'request body too large')
      this.#fail(new AppError('BODY_TOO_LARGE'))
      return true
    }
    return stream.write(chunk)
  }

  /** The client has consumed its data: return credit to the bridge. */
  #settleDebt(): void {
    this.#options.stream.release(this.#owedBytes)
    this.#owedBytes = 0
  }

  /** There is no time limit until the first token: the model may be loading. */
  get #idleLimitMs(): number {
    const { idleTimeoutMs, stallTimeoutMs } = this.#options
    return this.#headMs === undefined ? idleTimeoutMs : stallTimeoutMs
  }

  /** When the bridge must have accepted the request. */
  get #ackDueAt(): number {
    return this.#isAwaitingAck ? this.#openedAt + this.#options.ackTimeoutMs : Infinity
  }

  #watch(): void {
    const { clock } = this.#options
    const dueAt = Math.min(this.#ackDueAt, this.#movedAt + this.#idleLimitMs)
    this.#timer = clock.after(Math.max(0, dueAt - clock.monotonic()), () => this.#tick())
  }

  /** Reschedules the timer, since the limit may now be shorter. */
  #shortenWatch(): void {
    const { idleTimeoutMs, stallTimeoutMs } = this.#options
    if (stallTimeoutMs >= idleTimeoutMs) return
    this.#timer?.cancel()
    this.#watch()
  }

  #tick(): void {
    const { clock, stream, isReachable } = this.#options
    const now = clock.monotonic()
    if (now >= this.#ackDueAt) {
      stream.reset('TIMEOUT', 'not acknowledged')
      this.#fail(isReachable() ? new AppError('ACK_TIMEOUT') : new AppError('OFFLINE'))
    } else if (now >= this.#movedAt + this.#idleLimitMs) {
      stream.reset('TIMEOUT', 'idle for too long')
      this.#fail(new AppError('IDLE_TIMEOUT'))
    } else this.#watch()
  }

  #onClientGone(): void {
    if (!this.#isDone) {
      this.#options.stream.reset('CANCELLED', 'the client disconnected')
      this.#finish('CANCELLED')
    }
    // The response's end may have been waiting for the client.
    this.#settleDebt()
  }

  #fail(error: AppError): void {
    if (this.#isDone) return
    this.#options.body.fail(error)
    this.#finish(error.code)
  }

  #finish(error: Outcome['error']): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#timer?.cancel()
    this.#options.body.dispose()
    this.#options.report(resultOf(error))
    this.#endRequest()
    this.#options.onDone({
      error,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      acceptMs: this.#acceptMs,
      headMs: this.#headMs,
      totalMs: this.#options.clock.monotonic() - this.#options.receivedAt,
      tokens: this.#tokens,
    })
  }

  /**
   * A response may complete before the device has received the whole request. The rest is discarded; otherwise it would
   * be buffered until the device grants credit. No-op if both sides have ended.
   */
  #endRequest(): void {
    const { request, stream } = this.#options
    stream.reset('CANCELLED', 'answered before the request was complete')
    if (!request.complete) request.resume()
  }
}

function resultOf(error: Outcome['error']): AttemptResult {
  return FAILURES.has(error) ? 'failed' : 'unknown'
}
