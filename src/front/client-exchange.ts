import type { ByteQueue } from '../shared/byte-queue.ts'
import type { Clock, Timer } from '../shared/clock.ts'
import { AppError, toAppError, type ErrorCode } from '../shared/errors.ts'
import { parseResponseMessage } from '../shared/proxy-head.ts'
import type { ResetCode, StreamHandlers, TunnelStream } from '../tunnel/stream.ts'
import { parseAnswerHeaders } from './answer-headers.ts'
import type { RequestFacts } from './request-context.ts'
import type { ResponseBody } from './response-body.ts'
import type { ResponseSink } from './response-sink.ts'

export interface ClientExchangeOptions extends Pick<RequestFacts, 'request' | 'response'> {
  readonly stream: TunnelStream
  readonly body: ResponseBody
  /** Where the body writes to. */
  readonly sink: Pick<ResponseSink, 'onDrain'>
  readonly clock: Clock
  /** The client waits for "100 Continue" before it sends its body. */
  readonly expectsContinue: boolean
  /** The beginning of the body, where it was read already; the request is paused then. */
  readonly held?: ByteQueue | undefined
  readonly maxBodyBytes: number
  readonly ackTimeoutMs: number
  readonly idleTimeoutMs: number
  /** The same once the answer has begun. */
  readonly stallTimeoutMs: number
  /** Whether there is a carrier to the bridge now. */
  readonly isReachable: () => boolean
  readonly delays: TokenDelays
  /** Hears once what the request says about the model server. */
  readonly report: Report
  readonly onDone: (outcome: Outcome) => void
}

/** What a request says about the model server. `unknown`: it was cancelled, or refused by the desktop itself. */
export type AttemptResult = 'works' | 'failed' | 'unknown'

/** To be told once; later calls do nothing. */
export type Report = (result: AttemptResult) => void

/** Hears, of answers that come in records, how long each piece took. */
export interface TokenDelays {
  /** Since the request. */
  firstToken(delayMs: number): void
  /** Since the piece before. */
  nextToken(delayMs: number): void
}

/** How a request ended, for logs and figures. */
export interface Outcome {
  readonly error: ErrorCode | 'CANCELLED' | undefined
  readonly bytesIn: number
  readonly bytesOut: number
  /** Until the upstream's head arrived. */
  readonly headMs: number | undefined
  /** Until the bridge took the request on. */
  readonly acceptMs: number | undefined
  readonly totalMs: number
}

const RETRY_S = 2

const RESET_ERRORS: Readonly<Record<ResetCode, ErrorCode>> = {
  CANCELLED: 'TUNNEL_LOST',
  UPSTREAM_FAILED: 'UPSTREAM_FAILED',
  TIMEOUT: 'IDLE_TIMEOUT',
  REFUSED: 'TOO_MANY_STREAMS',
  FLOW_ERROR: 'TUNNEL_LOST',
  SESSION_LOST: 'TUNNEL_LOST',
  INTERNAL: 'INTERNAL',
}

/** What the desktop could not get from its model server, or itself did not give. */
const FAILURES: ReadonlySet<unknown> = new Set<ErrorCode>([
  'ACK_TIMEOUT',
  'UPSTREAM_UNREACHABLE',
  'UPSTREAM_FAILED',
])

/** One client's request, tied to the stream that carries it, until both are done. */
export class ClientExchange implements StreamHandlers {
  readonly #options: ClientExchangeOptions
  readonly #startedAt: number
  /** One for both limits: most requests end before it is due. */
  #timer: Timer | undefined
  #isAwaitingAck = true
  #movedAt: number
  #bytesIn = 0
  #bytesOut = 0
  #owedBytes = 0
  #headMs: number | undefined
  #acceptMs: number | undefined
  #pieceAt: number | undefined
  #isReading = false
  #isDone = false

  constructor(options: ClientExchangeOptions) {
    this.#options = options
    this.#startedAt = this.#movedAt = options.clock.monotonic()
  }

  /** Takes the stream over. Must be called in the tick in which the stream was opened. */
  start(): void {
    const { stream, response, sink, expectsContinue } = this.#options
    this.#watch()
    stream.attach(this)
    response.on('close', () => this.#onClientGone())
    sink.onDrain = () => this.#settleDebt()
    if (!expectsContinue) this.#readBody()
  }

  // What the stream says.

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
    // What the bridge has never taken on may be asked again without a second thought.
    if (code === 'SESSION_LOST' && this.#isAwaitingAck) return this.#fail(offline())
    const detail = reason === '' ? undefined : reason
    this.#fail(new AppError(RESET_ERRORS[code], detail, { retryAfterS: RETRY_S }))
  }

  drain(): void {
    this.#sendHeld()
  }

  #notePiece(now: number): void {
    const { delays } = this.#options
    if (this.#pieceAt === undefined) delays.firstToken(now - this.#startedAt)
    else delays.nextToken(now - this.#pieceAt)
    this.#pieceAt = now
  }

  #onMessage(bytes: Uint8Array): void {
    const message = parseResponseMessage(bytes)
    this.#isAwaitingAck = false
    this.#movedAt = this.#options.clock.monotonic()
    this.#acceptMs ??= this.#movedAt - this.#startedAt
    switch (message.type) {
      case 'accept':
        return this.#accepted()
      case 'shape':
        return this.#options.body.expectShape(message.shape, message.waitedMs)
      case 'head':
        this.#headMs = this.#movedAt - this.#startedAt
        this.#options.report(message.error === undefined ? 'works' : resultOf(message.error))
        this.#shortenWatch()
        this.#options.body.head(message.status, parseAnswerHeaders(message.headers))
        return this.#stopIfFinished()
    }
  }

  /** The answer may have come to an end of its own: what arrived did not fit what the client had been told. */
  #stopIfFinished(): void {
    if (!this.#options.body.finished || this.#isDone) return
    this.#options.stream.reset('CANCELLED', 'the answer could not be used')
    this.#finish('UPSTREAM_FAILED')
  }

  #accepted(): void {
    const { expectsContinue, response } = this.#options
    // Behind a head it would be read as a part of the body.
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

  /** First what was read before, then what comes. */
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

  /** The client has taken what it was given: the bridge may send more. */
  #settleDebt(): void {
    this.#options.stream.release(this.#owedBytes)
    this.#owedBytes = 0
  }

  /** A model may take as long as it needs for its first word. */
  get #idleLimitMs(): number {
    const { idleTimeoutMs, stallTimeoutMs } = this.#options
    return this.#headMs === undefined ? idleTimeoutMs : stallTimeoutMs
  }

  /** When the bridge has to have taken the request on. */
  get #ackDueAt(): number {
    return this.#isAwaitingAck ? this.#startedAt + this.#options.ackTimeoutMs : Infinity
  }

  #watch(): void {
    const { clock } = this.#options
    const dueAt = Math.min(this.#ackDueAt, this.#movedAt + this.#idleLimitMs)
    this.#timer = clock.after(Math.max(0, dueAt - clock.monotonic()), () => this.#tick())
  }

  /** The limit may be a shorter one now. */
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
      this.#fail(isReachable() ? new AppError('ACK_TIMEOUT', undefined, { retryAfterS: RETRY_S }) : offline())
    } else if (now >= this.#movedAt + this.#idleLimitMs) {
      stream.reset('TIMEOUT', 'idle for too long')
      this.#fail(new AppError('IDLE_TIMEOUT'))
    } else this.#watch()
  }

  #onClientGone(): void {
    if (!this.#isDone) {
      this.#options.stream.reset('CANCELLED', 'the client went away')
      this.#finish('CANCELLED')
    }
    // The end of an answer may have waited for the client until now.
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
      totalMs: this.#options.clock.monotonic() - this.#startedAt,
    })
  }

  /**
   * An answer may come before the device has taken the whole request: nobody wants the rest. It would be kept for as long as the device
   * gives no credit for it. Does nothing where both sides have ended.
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

function offline(): AppError {
  return new AppError('OFFLINE', undefined, { retryAfterS: RETRY_S })
}
