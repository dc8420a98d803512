import { type BodyShape, bodyShapeFor, eventShapeFor } from '../shared/body-shape.ts'
import { ByteQueue, type Allowance } from '../shared/byte-queue.ts'
import type { Clock, Timer } from '../shared/clock.ts'
import { type Dialect, errorBody } from '../shared/dialect.ts'
import { AppError } from '../shared/errors.ts'
import { headerOf, keepHeaders, type RawHeaders } from '../shared/headers.ts'
import { errorResponse } from './error-response.ts'
import { CONTENT_TYPES, errorRecord, HEARTBEATS, isRecordShape, RecordTail } from './in-band.ts'
import { ResponsesEvents } from './responses-events.ts'
import { parseJsonObject } from '../shared/json-object.ts'

/** The client's response; a thin adapter over Node's ServerResponse. */
export interface BodyWriter {
  /** @param headers belong to the writer from now on */
  writeHead(status: number, headers: string[]): void
  /** Returns false if the client is slow. */
  write(bytes: Uint8Array): boolean
  end(): void
  /** Breaks the connection once everything has been sent, so the response does not look complete. */
  destroy(): void
}

export interface HeartbeatOptions {
  /** Time without output after which a streaming response is started without its head. */
  readonly firstMs: number
  /** The same for JSON; longer, because a status cannot be revoked once sent. */
  readonly jsonFirstMs: number
  readonly everyMs: number
}

export const HEARTBEAT: HeartbeatOptions = { firstMs: 15_000, jsonFirstMs: 25_000, everyMs: 15_000 }

export interface ResponseBodyOptions {
  readonly clock: Clock
  readonly dialect: Dialect
  /** Added to every head, overriding the upstream's fields. */
  readonly baseHeaders: RawHeaders
  readonly heartbeat: HeartbeatOptions
  /** Accounts for buffered error bodies. */
  readonly allowance?: Allowance
  readonly onHeartbeat?: () => void
}

/**
 * - `waiting`: nothing was sent.
 * - `early`: our own 200 was sent, and the upstream's head is pending.
 * - `open`: the upstream's data is passed on.
 * - `refused`: the upstream failed after our 200; its error body is being collected.
 */
type Phase = 'waiting' | 'early' | 'open' | 'refused' | 'done'

const MAX_REFUSAL_BYTES = 64 * 1024
const encoder = new TextEncoder()

/**
 * The response to one client. Sends heartbeats between records during silence, and ensures that an aborted response
 * never looks complete.
 */
export class ResponseBody {
  readonly #sink: BodyWriter
  readonly #options: ResponseBodyOptions
  readonly #tail = new RecordTail()
  /** Created when needed, like the error body: few responses have either. */
  #events: ResponsesEvents | undefined
  #refusal: ByteQueue | undefined
  #status = 200
  #phase: Phase = 'waiting'
  /** Changed to `opaque` once nothing may be inserted into the body. */
  #shape: BodyShape = 'opaque'
  #lastSentMs = 0
  #timer: Timer | undefined

  constructor(sink: BodyWriter, options: ResponseBodyOptions) {
    this.#sink = sink
    this.#options = options
  }

  /** A head was sent. */
  get committed(): boolean {
    return this.#phase !== 'waiting'
  }

  /** Nothing more will be sent, so later data can be discarded. */
  get finished(): boolean {
    return this.#phase === 'done'
  }

  /** The upstream's response is streaming as records. */
  get isStreaming(): boolean {
    return this.#phase === 'open' && isRecordShape(this.#shape)
  }

  /** Announces the shape, which enables heartbeats. @param waitedMs time already spent waiting */
  expectShape(shape: BodyShape, waitedMs = 0): void {
    if (this.#phase !== 'waiting') return
    this.#watch(shape === 'sse' ? eventShapeFor(this.#options.dialect) : shape, waitedMs)
  }

  /**
   * Passes on the upstream's head. If our own was sent already, it must be compatible; otherwise the response ends with
   * an error.
   */
  head(status: number, headers: RawHeaders): void {
    if (this.#phase === 'waiting') this.#passHead(status, headers)
    else if (this.#phase === 'early') this.#joinHead(status, headers)
  }

  /** @returns false if the client is slow */
  data(chunk: Uint8Array): boolean {
    if (this.#phase !== 'open') return this.#divert(chunk)
    this.#lastSentMs = this.#options.clock.monotonic()
    this.#tail.note(chunk)
    if (this.#shape === 'responses') (this.#events ??= new ResponsesEvents()).note(chunk)
    if (this.#shape === 'json') this.#shape = 'opaque'
    return this.#sink.write(chunk)
  }

  /** The upstream's response is complete. @returns false if it was invalid, and the client got an error instead */
  end(): boolean {
    switch (this.#phase) {
      case 'open':
        this.dispose()
        this.#sink.end()
        return true
      case 'refused':
        this.#failInBand(this.#refusalJson())
        return false
      case 'waiting':
      case 'early':
        this.fail(new AppError('UPSTREAM_FAILED'))
        return false
      case 'done':
        return false
    }
  }

  /** Ends the response with an error in a form that is still possible. */
  fail(error: AppError): void {
    if (this.#phase === 'done') return
    if (this.#phase !== 'waiting') return this.#failInBand(errorBody(this.#options.dialect, error))
    const { status, headers, body } = errorResponse(this.#options.dialect, error)
    this.#writeHead(status, headers)
    this.#sink.write(body)
    this.dispose()
    this.#sink.end()
  }

  /** The client has disconnected: stop without further output. */
  dispose(): void {
    this.#phase = 'done'
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #passHead(status: number, headers: RawHeaders): void {
    const shape = this.#shapeOf(headers)
    this.#writeHead(status, isRecordShape(shape) ? unbuffered(headers) : headers)
    this.#phase = 'open'
    this.#watch(isSuccess(status) && isInsertable(headers) ? shape : 'opaque')
  }

  #joinHead(status: number, headers: RawHeaders): void {
    this.#status = status
    if (!isSuccess(status)) this.#phase = 'refused'
    else if (this.#fits(headers)) this.#phase = 'open'
    else this.fail(new AppError('UPSTREAM_FAILED', 'The model server answered in an unexpected format.'))
  }

  /**
   * A single JSON object is also a line of NDJSON, and a JSON response without a type is usually empty. Anything else
   * would contradict the content type already sent.
   */
  #fits(headers: RawHeaders): boolean {
    const late = this.#shapeOf(headers)
    if (headerOf(headers, 'content-encoding') !== undefined) return false
    if (this.#shape === 'ndjson') return late === 'ndjson' || late === 'json'
    return late === this.#shape || (this.#shape === 'json' && late === 'opaque')
  }

  #shapeOf(headers: RawHeaders): BodyShape {
    return bodyShapeFor(headerOf(headers, 'content-type'), this.#options.dialect)
  }

  #writeHead(status: number, headers: RawHeaders): void {
    const { baseHeaders } = this.#options
    const isAdded = (name: string): boolean => name === 'vary' || headerOf(baseHeaders, name) === undefined
    // `Vary` is a list and may be repeated.
    this.#sink.writeHead(status, [...baseHeaders, ...keepHeaders(headers, isAdded)])
  }

  /** Handles data that cannot be passed on directly. */
  #divert(chunk: Uint8Array): boolean {
    if (this.#phase === 'refused') this.#collectRefusal(chunk)
    else this.fail(new AppError('PROTOCOL_ERROR'))
    return true
  }

  /** An error body that does not fit is replaced by our own error. */
  #collectRefusal(chunk: Uint8Array): void {
    const { allowance } = this.#options
    const refusal = (this.#refusal ??= new ByteQueue({ maxBytes: MAX_REFUSAL_BYTES, allowance }))
    try {
      refusal.push(chunk)
    } catch {
      refusal.clear()
      this.#failInBand(this.#refusalJson())
    }
  }

  #refusalJson(): string {
    const json = toErrorJson(new TextDecoder().decode(this.#refusal?.takeAll()))
    if (json !== undefined) return json
    const error = new AppError('UPSTREAM_FAILED', `The model server answered with status ${this.#status}.`)
    return errorBody(this.#options.dialect, error)
  }

  #failInBand(json: string): void {
    const shape = this.#shape
    this.dispose()
    if (isRecordShape(shape)) {
      const error =
        shape === 'responses'
          ? (this.#events ?? new ResponsesEvents()).errorEvents(json)
          : errorRecord(shape, json)
      this.#sink.write(encoder.encode(this.#tail.completionFor(shape) + error))
    } else if (shape === 'json') this.#sink.write(encoder.encode(json))
    // Clients that ignore unknown fields would take a normal end for success.
    this.#sink.destroy()
  }

  #watch(shape: BodyShape, waitedMs = 0): void {
    this.#shape = shape
    this.#lastSentMs = this.#options.clock.monotonic() - waitedMs
    if (shape !== 'opaque' && this.#timer === undefined) this.#arm(Math.max(0, this.#patienceMs() - waitedMs))
  }

  #patienceMs(): number {
    const { firstMs, jsonFirstMs, everyMs } = this.#options.heartbeat
    if (this.#phase !== 'waiting') return everyMs
    return this.#shape === 'json' ? jsonFirstMs : firstMs
  }

  #arm(delayMs: number): void {
    this.#timer = this.#options.clock.after(delayMs, () => this.#tick())
  }

  /** One timer for all checks, which compares timestamps: data does not reset it. */
  #tick(): void {
    this.#timer = undefined
    if (this.#shape === 'opaque') return
    const leftMs = this.#lastSentMs + this.#patienceMs() - this.#options.clock.monotonic()
    if (leftMs > 0) return this.#arm(leftMs)
    if (this.#phase === 'waiting') this.#commitEarly(CONTENT_TYPES[this.#shape])
    if (this.#tail.isBoundary(this.#shape)) this.#beat(HEARTBEATS[this.#shape])
    this.#arm(this.#patienceMs())
  }

  #commitEarly(contentType: string): void {
    this.#writeHead(200, unbuffered(['content-type', contentType]))
    this.#phase = 'early'
  }

  #beat(heartbeat: Uint8Array): void {
    this.#lastSentMs = this.#options.clock.monotonic()
    this.#sink.write(heartbeat)
    this.#options.onHeartbeat?.()
  }
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299
}

/** Whether nothing was promised about the body's bytes. */
function isInsertable(headers: RawHeaders): boolean {
  return (
    headerOf(headers, 'content-length') === undefined && headerOf(headers, 'content-encoding') === undefined
  )
}

/** Disables buffering in proxies: one field for nginx, another for CDNs. */
function unbuffered(headers: RawHeaders): RawHeaders {
  const given = headerOf(headers, 'cache-control') ?? 'no-cache'
  const cacheControl = given.includes('no-transform') ? given : `${given}, no-transform`
  const rest = without(headers, new Set(['cache-control', 'x-accel-buffering']))
  return [...rest, 'cache-control', cacheControl, 'x-accel-buffering', 'no']
}

function without(headers: RawHeaders, names: ReadonlySet<string>): RawHeaders {
  return keepHeaders(headers, (name) => !names.has(name))
}

/** The upstream's own error on one line, if it is JSON. */
function toErrorJson(text: string): string | undefined {
  const value = parseJsonObject(text)
  return value !== undefined && 'error' in value ? JSON.stringify(value) : undefined
}
