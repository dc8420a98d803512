import type { ClientRequest, IncomingMessage } from 'node:http'
import type { BodyAllowance, BodyMemory } from '../../shared/body-memory.ts'
import { ByteQueue } from '../../shared/byte-queue.ts'
import type { BodyShape } from '../../shared/body-shape.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { headerOf } from '../../shared/headers.ts'
import { encodeMessage, type RequestHead, type ResponseMessage } from '../../shared/proxy-head.ts'
import { cutText } from '../../shared/redact.ts'
import type { Route } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { shapeFor } from '../policy/answer-shape.ts'
import { bytesToJudgeFor, judgeBody, type JudgedBody } from '../policy/body-rule.ts'
import type { Grant } from '../policy/grant.ts'
import { localNamesFor, localTargetFor, type LocalName } from '../policy/local-name.ts'
import { judgeRoute } from '../policy/route-rule.ts'
import { acceptedEncoding, type AnswerEncoding } from './answer-encoding.ts'
import { endOf, type AnswerEnd } from './answer-end.ts'
import { AnswerFlow } from './answer-flow.ts'
import { collectingSink, discardingSink, holdingSink, pipingSink, type BodySink } from './body-sink.ts'
import { requestHeadersFor, type Framing } from './headers.ts'
import { refusalFor } from './refusal.ts'
import type { RequestEvent } from './request-event.ts'
import { failed, reasonOf, toUpstreamError, unsupported } from './upstream-failure.ts'
import { openUpstreamRequest, type UpstreamTarget } from './upstream-request.ts'
import { UsageMeter } from './usage-meter.ts'

/** Dependencies of a forwarded request. */
export interface ForwardPorts {
  readonly clock: Clock
  readonly logger: Logger
  readonly upstream: () => UpstreamTarget | null
  readonly maxJsonBodyBytes: number
  readonly memory: BodyMemory
  readonly admit: ((grant: Grant) => Promise<void>) | undefined
  readonly onRequest: (event: RequestEvent) => void
  /** The request has finished in any way. Called once. */
  readonly onSettled: () => void
}

/** The caller's grant, or the reason for a refusal. */
export interface Admission {
  readonly grant: Grant | undefined
  readonly refusal: AppError | undefined
}

/** A request that passed all checks that do not need its body. */
interface Admitted {
  readonly grant: Grant
  readonly route: Route
  readonly upstream: UpstreamTarget
  /** The upstream's request target. */
  readonly target: string
  readonly localName: LocalName
}

const NOBODY = ''
const NO_BYTES = new Uint8Array()
/** How long the shape of an encodable response is withheld: shorter than any relay's heartbeat delay. */
const SHAPE_HOLD_MS = 10_000
/** Interval of progress events. */
const PROGRESS_MS = 1_000

/** One request to the upstream and its response. */
export class ForwardedRequest {
  readonly #stream: TunnelStream
  readonly #head: RequestHead
  readonly #admission: Admission
  readonly #ports: ForwardPorts
  readonly #path: string
  readonly #startedMs: number
  readonly #usage: UsageMeter
  /** Accounts for buffered parts of the body and the response. */
  readonly #memory: BodyAllowance
  #reportedMs: number
  #sink: BodySink
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #answerFlow: AnswerFlow | undefined
  /** Runs while a shape is withheld. */
  #shapeTimer: Timer | undefined
  #settled = false
  /** Status of the head that was sent. */
  #status: number | null = null
  #model: string | null = null
  #bytesIn = 0
  #bytesOut = 0

  constructor(stream: TunnelStream, head: RequestHead, admission: Admission, ports: ForwardPorts) {
    this.#stream = stream
    this.#head = head
    this.#admission = admission
    this.#ports = ports
    this.#path = head.target.replace(/\?.*$/s, '')
    this.#startedMs = ports.clock.monotonic()
    this.#reportedMs = this.#startedMs
    this.#usage = new UsageMeter(ports.clock)
    this.#memory = ports.memory.open(admission.grant?.id ?? NOBODY)
    this.#sink = discardingSink(this.#release)
  }

  /** Takes over the stream. Must be called in the tick in which the stream was emitted. */
  start(): void {
    this.#stream.attach({
      message() {},
      data: (chunk) => {
        this.#bytesIn += chunk.length
        this.#sink.data(chunk)
        this.#reportAtTimes()
      },
      end: () => this.#sink.end(),
      reset: () => this.#settle('CANCELLED'),
      drain: () => this.#answerFlow?.resume(),
    })
    this.#ports.onRequest({ type: 'start', ...this.#facts })
    this.#run().catch((cause: unknown) => this.#fail(cause))
  }

  /** Aborts the request with an error. */
  breakOff(error: AppError): void {
    this.#fail(error)
  }

  get #facts() {
    const { requestId, method } = this.#head
    return { requestId, method, path: cutText(this.#path), key: this.#admission.grant?.name ?? null }
  }

  get #figures() {
    return {
      model: this.#model,
      status: this.#status,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    }
  }

  readonly #release = (bytes: number): void => this.#stream.release(bytes)

  async #run(): Promise<void> {
    const admitted = this.#admit()
    const { admit } = this.#ports
    if (admit === undefined) return this.#proceed(admitted)
    const held = holdingSink()
    this.#sink = held.sink
    await admit(admitted.grant)
    if (this.#settled) return
    // Unless another sink has replaced it: not every body is needed.
    this.#sink = discardingSink(this.#release)
    const proceeding = this.#proceed(admitted)
    held.replay(this.#sink)
    await proceeding
  }

  /** Installs its sink before the first await. */
  async #proceed(admitted: Admitted): Promise<void> {
    const maxBytes = bytesToJudgeFor(admitted.route, this.#ports.maxJsonBodyBytes)
    const lengthBytes = this.#announcedLength()
    if (maxBytes !== null && (lengthBytes ?? 0) > maxBytes) throw new AppError('BODY_TOO_LARGE')
    this.#send({ type: 'accept' })
    if (maxBytes !== null) {
      const judged = await this.#judge(admitted, maxBytes)
      if (!this.#settled) this.#forwardJudged(admitted, judged)
      return
    }
    const shape = shapeFor(admitted.route, {})
    // A response without a body cannot contain a heartbeat.
    if (shape !== 'opaque' && this.#head.method !== 'HEAD') this.#send({ type: 'shape', shape })
    if (this.#head.hasBody && admitted.route.body !== 'none') {
      const request = this.#forward(admitted, { kind: 'original', lengthBytes }, true)
      this.#sink = pipingSink(request, lengthBytes, this.#release, (error) => this.#fail(error))
    } else this.#forwardWhole(admitted, { kind: 'none' }, NO_BYTES)
  }

  /** @throws AppError for every refusal that needs no body */
  #admit(): Admitted {
    const { grant, refusal } = this.#admission
    if (grant === undefined || refusal !== undefined) throw refusal ?? new AppError('KEY_UNKNOWN')
    const upstream = this.#ports.upstream()
    const localName = localNamesFor(this.#head.device, upstream?.models ?? [])
    const target = localTargetFor(this.#head.target, localName)
    const route = judgeRoute(grant, this.#head.method, target)
    if (upstream === null) throw new AppError('UPSTREAM_UNREACHABLE')
    if (upstream.kind === 'openai' && !upstream.isKindGuessed && route.dialect === 'ollama')
      throw unsupported(upstream.name)
    return { grant, route, upstream, target, localName }
  }

  /** `null` if no length was announced (chunked). */
  #announcedLength(): number | null {
    const value = headerOf(this.#head.headers, 'content-length')
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : null
  }

  async #judge({ grant, route, localName }: Admitted, maxBytes: number): Promise<JudgedBody> {
    const { headers, hasBody } = this.#head
    const memory = this.#memory
    const collecting = collectingSink(new ByteQueue({ maxBytes, allowance: memory }), this.#release)
    if (hasBody) this.#sink = collecting.sink
    const body = hasBody ? await collecting.body : NO_BYTES
    const judged = await judgeBody(grant, route, headers, body, localName, memory)
    memory.keep(judged.bytes.length)
    this.#model = judged.model
    if (!this.#settled) this.#report()
    this.#announce(judged.shape)
    return judged
  }

  /**
   * Withholds the shape of a JSON response while it may still be encoded: after a long wait the relay starts such a
   * response itself and could not continue with an encoded one.
   */
  #announce(shape: BodyShape): void {
    if (shape === 'opaque') return
    if (shape !== 'json' || this.#acceptedEncoding === null) return this.#send({ type: 'shape', shape })
    this.#shapeTimer = this.#ports.clock.after(SHAPE_HOLD_MS, () => {
      this.#shapeTimer = undefined
      this.#send({ type: 'shape', shape, waitedMs: SHAPE_HOLD_MS })
    })
  }

  get #acceptedEncoding(): AnswerEncoding | null {
    return acceptedEncoding(headerOf(this.#head.headers, 'accept-encoding'))
  }

  #forwardJudged(admitted: Admitted, { bytes }: JudgedBody): void {
    this.#forwardWhole(admitted, { kind: 'judged', lengthBytes: bytes.length }, bytes)
  }

  /** Sends a request with a complete body. A read may use a shared socket, since it can safely be repeated. */
  #forwardWhole(admitted: Admitted, framing: Framing, body: Uint8Array): void {
    const fresh = admitted.route.scope !== 'read'
    // The upstream closed the shared socket; retry on a new one.
    const retry = fresh ? undefined : () => this.#forwardWhole(admitted, framing, body)
    const request = this.#forward(admitted, framing, fresh, retry)
    request.once(fresh ? 'finish' : 'response', () => this.#memory.keep(0))
    request.end(body)
  }

  #forward(admitted: Admitted, framing: Framing, fresh: boolean, retry?: () => void): ClientRequest {
    const { method, headers } = this.#head
    const { upstream, target } = admitted
    const host = new URL(upstream.baseUrl).host
    const request = openUpstreamRequest(
      upstream,
      {
        method,
        target,
        headers: requestHeadersFor(headers, host, framing, upstream.apiKey),
        fresh,
      },
      this.#ports.clock,
    )
    this.#request = request
    request.on('response', (response) => this.#answer(admitted, response))
    request.on('error', (cause) => {
      // After a response has started, it reports failures itself; a broken upload after an early response is not an
      // error.
      if (this.#settled || this.#response !== undefined) return
      if (request.reusedSocket && retry !== undefined) retry()
      else this.#fail(toUpstreamError(cause, upstream.name))
    })
    // An unrequested protocol switch closes the request without a response or an error.
    request.on('close', () => {
      if (request === this.#request && this.#response === undefined) this.#fail(failed())
    })
    return request
  }

  #answer({ grant, route, upstream }: Admitted, response: IncomingMessage): void {
    if (this.#settled) return
    this.#response = response
    if (route.scope === 'inference') this.#usage.expect(response.headers['content-type'])
    const answerEnd = endOf(route, response)
    this.#answerFlow = new AnswerFlow(response, {
      grant,
      route,
      upstream,
      method: this.#head.method,
      // The relay may have started the response already if it knows the shape.
      encoding: this.#shapeTimer === undefined ? null : this.#acceptedEncoding,
      memory: this.#memory,
      watch: (chunk) => {
        this.#usage.add(chunk)
        answerEnd?.add(chunk)
      },
      sink: {
        head: (status, headers) => this.#sendHead(status, headers),
        write: (chunk) => this.#settled || this.#write(chunk),
        end: () => this.#onAnswerEnd(answerEnd),
        fail: (cause) => this.#fail(cause),
      },
    })
    this.#answerFlow.start()
  }

  #onAnswerEnd(answerEnd: AnswerEnd | undefined): void {
    if (answerEnd?.isOver !== false) this.#finish()
    // Deferred until after the bytes that arrived with the end: a reset overtakes them.
    else this.#ports.clock.soon(() => this.#fail(failed()))
  }

  #finish(): void {
    if (this.#settled) return
    this.#stream.end()
    this.#settle(null)
  }

  /** Ends the request with an error that the client can see: as a response, or by resetting the stream after one. */
  #fail(cause: unknown): void {
    if (this.#settled) return
    const error = cause instanceof AppError ? cause : new AppError('INTERNAL', undefined, { cause })
    const { requestId } = this.#head
    const { logger } = this.#ports
    if (error.entry.kind === 'internal') logger.warn({ requestId, err: error }, 'request failed')
    // A stopped model server is not a bug: log the reason without a stack.
    if (error.entry.kind === 'upstream')
      logger.warn({ requestId, code: error.code, reason: reasonOf(error) }, 'request failed')
    if (this.#status === null) this.#refuse(error)
    else this.#stream.reset('UPSTREAM_FAILED', error.message)
    this.#settle(error.code)
  }

  #refuse(error: AppError): void {
    const { method, headers: asked } = this.#head
    const { status, headers, body } = refusalFor(method, this.#path, asked, error)
    this.#sendHead(status, headers, error.code)
    if (method !== 'HEAD') this.#write(body)
    this.#stream.end()
  }

  #settle(error: ErrorCode | 'CANCELLED' | null): void {
    if (this.#settled) return
    this.#settled = true
    this.#shapeTimer?.cancel()
    this.#sink = discardingSink(this.#release)
    this.#memory.close()
    this.#ports.onSettled()
    // A completed request has returned its socket, which may already carry another.
    if (error !== null || this.#request?.writableEnded === false) this.#request?.destroy()
    this.#ports.onRequest({
      type: 'finish',
      ...this.#facts,
      ...this.#figures,
      error,
      durationMs: this.#ports.clock.monotonic() - this.#startedMs,
      ...this.#usage.read(this.#response?.headers['content-type']?.startsWith('text/event-stream') ?? false),
    })
  }

  #reportAtTimes(): void {
    if (!this.#settled && this.#ports.clock.monotonic() - this.#reportedMs >= PROGRESS_MS) this.#report()
  }

  #report(): void {
    this.#reportedMs = this.#ports.clock.monotonic()
    const usage = this.#usage.readSoFar()
    this.#ports.onRequest({ type: 'progress', ...this.#facts, ...this.#figures, ...usage })
  }

  #send(message: ResponseMessage): void {
    this.#stream.message(encodeMessage(message))
  }

  #sendHead(status: number, headers: readonly string[], error?: ErrorCode): void {
    if (this.#settled) return
    this.#shapeTimer?.cancel()
    this.#status = status
    this.#send({ type: 'head', status, headers, ...(error && { error }) })
  }

  #write(chunk: Uint8Array): boolean {
    this.#bytesOut += chunk.length
    this.#reportAtTimes()
    return this.#stream.write(chunk)
  }
}
