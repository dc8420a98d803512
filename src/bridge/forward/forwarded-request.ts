import type { BodyAllowance } from '../../shared/body-memory.ts'
import { ByteQueue } from '../../shared/byte-queue.ts'
import type { BodyShape } from '../../shared/body-shape.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { headerOf } from '../../shared/headers.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { CHAT_STREAM_PATH, type Route } from '../../shared/routes.ts'
import type { StreamHandlers, TunnelStream } from '../../tunnel/stream.ts'
import type { Keeper } from '../kept/keeper.ts'
import { shapeFor } from '../policy/answer-shape.ts'
import { bytesToCheck, checkBody } from '../policy/body-rule.ts'
import { admit, type Admission, type Admitted } from './admission.ts'
import { acceptedEncoding, type AnswerEncoding } from './answer-encoding.ts'
import type { UpstreamAnswer } from './answer-body.ts'
import { endOf, type AnswerEnd } from './answer-end.ts'
import { toChatAnswer } from './chat-events.ts'
import { MAX_CHAT_QUESTION_BYTES, toUpstreamChat, type UpstreamChat } from './chat-question.ts'
import { AnswerFlow, type AnswerSink } from './answer-flow.ts'
import { AnswerStream } from './answer-stream.ts'
import { collectingSink, discardingSink, holdingSink, pipingSink, type BodySink } from './body-sink.ts'
import { announcedLengthOf } from './headers.ts'
import type { ForwardPorts } from './forward-ports.ts'
import { localReplyFor, takeOverOf, type AuthorizedRequest, type LocalAnswer } from './local-answer.ts'
import { LocalBody } from './local-body.ts'
import { refusalFor } from './refusal.ts'
import { RequestReport } from './request-report.ts'
import { failed, reasonOf } from './upstream-failure.ts'
import { UpstreamCall } from './upstream-call.ts'
import { splitTarget } from '../../shared/request-path.ts'

const NOBODY = ''
const NO_BYTES = new Uint8Array()

/** One request to the upstream and its response. */
export class ForwardedRequest implements StreamHandlers {
  readonly #stream: TunnelStream
  readonly head: RequestHead
  readonly admission: Admission
  readonly #ports: ForwardPorts
  readonly #path: string
  readonly #out: AnswerStream
  readonly #report: RequestReport
  /** Accounts for buffered parts of the body and the response. */
  readonly #memory: BodyAllowance
  #sink: BodySink
  #call: UpstreamCall | undefined
  #answerFlow: AnswerFlow | undefined
  /** For requests that concern kept answers. */
  readonly #keeper: Keeper | undefined
  /** Takes the place of the upstream's answer. */
  #localAnswer: LocalAnswer | undefined
  #localBody: LocalBody | undefined
  #route: Route | undefined
  #settled = false

  constructor(
    stream: TunnelStream,
    head: RequestHead,
    admission: Admission,
    ports: ForwardPorts,
    keeper?: Keeper,
  ) {
    this.#keeper = keeper
    this.#stream = stream
    this.head = head
    this.admission = admission
    this.#ports = ports
    const { grant } = admission
    this.#path = splitTarget(head.target).path
    this.#report = new RequestReport(head, this.#path, grant?.name ?? null, ports.clock, ports.onRequest)
    this.#out = new AnswerStream(stream, ports.clock, this.#report)
    this.#memory = ports.memory.open(grant?.id ?? NOBODY)
    this.#sink = discardingSink(this.#release)
  }

  /** Whether it occupies a model, as far as is known yet: an answer of the bridge itself does not, however long a client reads it. */
  get isInference(): boolean {
    return this.#route?.scope === 'inference' && this.#localAnswer === undefined
  }

  /** Takes over the stream. Must be called in the tick in which the stream was emitted. */
  start(): void {
    this.#stream.attach(this)
    this.#report.start()
    try {
      this.#run()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  /** Aborts the request with an error. */
  breakOff(error: AppError): void {
    this.#fail(error)
  }

  /** Sends the acceptance that is still withheld, if any. */
  acceptNow(): void {
    this.#out.acceptNow()
  }

  // Called by the stream.

  message(): void {}

  data(chunk: Uint8Array): void {
    if (!this.#settled) this.#report.received(chunk.length)
    this.#sink.data(chunk)
  }

  end(): void {
    this.#sink.end()
  }

  reset(): void {
    this.#settle('CANCELLED')
  }

  drain(): void {
    const source = this.#localAnswer ?? this.#answerFlow
    source?.resume()
  }

  readonly #release = (bytes: number): void => this.#stream.release(bytes)

  #run(): void {
    const admitted = admit(this.head, this.admission, this.#ports.upstream())
    this.#route = admitted.route
    const admitting = this.#ports.admit(admitted.grant)
    if (admitting === undefined) return this.#proceed(admitted)
    const held = holdingSink()
    this.#sink = held.sink
    this.#await(
      admitting.then(() => {
        if (this.#settled) return
        // Unless another sink has replaced it: not every body is needed.
        this.#sink = discardingSink(this.#release)
        try {
          this.#proceed(admitted)
        } finally {
          held.replay(this.#sink)
        }
      }),
    )
  }

  #await(work: Promise<void>): void {
    work.catch((cause: unknown) => this.#fail(cause))
  }

  /** Installs its sink before it returns. */
  #proceed(admitted: Admitted): void {
    if (admitted.route.isLocal) return this.#replyLocally(admitted)
    const { maxJsonBodyBytes } = this.#ports
    const maxBytes = bytesToCheck(
      admitted.route,
      isChatStream(admitted) ? MAX_CHAT_QUESTION_BYTES : maxJsonBodyBytes,
    )
    const lengthBytes = announcedLengthOf(this.head.headers)
    if (maxBytes !== null && (lengthBytes ?? 0) > maxBytes) throw new AppError('BODY_TOO_LARGE')
    this.#accept(admitted.route)
    if (maxBytes !== null) return this.#await(this.#checkAndForward(admitted, maxBytes))
    const shape = shapeFor(admitted.route, {})
    // A response without a body cannot contain a heartbeat.
    if (shape !== 'opaque' && this.head.method !== 'HEAD') this.#out.shape(shape)
    if (this.head.hasBody && admitted.route.body !== 'none') {
      const request = this.#callFor(admitted).open({ kind: 'original', lengthBytes })
      this.#sink = pipingSink(request, lengthBytes, this.#release, (error) => this.#fail(error))
    } else this.#callFor(admitted).send({ kind: 'none' }, NO_BYTES)
  }

  #replyLocally(admitted: Admitted): void {
    this.#out.accept()
    const [head, memory] = [this.head, this.#memory]
    const body = new LocalBody(head, memory, this.#release)
    this.#sink = this.#localBody = body
    const reply = localReplyFor(this.#ports.localRoutes, { ...admitted, head, body, memory })
    this.#await(reply.then((answer) => this.#serve(answer)))
  }

  /** Most reads get their head immediately, which includes the acceptance. */
  #accept({ scope }: Route): void {
    if (scope !== 'read' || headerOf(this.head.headers, 'expect') !== undefined) return this.#out.accept()
    this.#out.holdAccept()
    this.#ports.heldAccepts.add(this)
  }

  async #checkAndForward(admitted: Admitted, maxBytes: number): Promise<void> {
    const { grant, route, localName } = admitted
    const memory = this.#memory
    const body = await this.#collect(maxBytes)
    const sent = isChatStream(admitted) ? toUpstreamChat(body, admitted.upstream, grant) : undefined
    const headers = sent?.headers ?? this.head.headers
    const checked = await checkBody(grant, route, headers, sent?.body ?? body, localName, memory)
    const { bytes, model, shape } = checked
    if (this.#settled) return
    memory.keep(bytes.length)
    this.#report.model = model
    this.#report.progress()
    // A repeated request may get another default model, but is still the same request.
    const sentByClient = sent === undefined ? bytes : body
    const instead = this.#insteadFor({ grant, route, head: this.head, body: sentByClient, model, shape })
    if (instead !== undefined) {
      const answer = await instead
      if (answer !== undefined) return this.#serve(answer)
      if (this.#settled) return
    }
    this.#announce(shape)
    this.#callFor(admitted, sent).send({ kind: 'checked', lengthBytes: bytes.length }, bytes)
  }

  /** The answer that takes the place of the model server's, if any. */
  #insteadFor(request: AuthorizedRequest): Promise<LocalAnswer | undefined> | undefined {
    const join = () => this.#keeper?.join(request, () => this.#settled)
    const taken =
      this.admission.origin === 'client' ? takeOverOf(this.#ports.localRoutes, request) : undefined
    return taken === undefined ? join() : taken.then((answer) => answer ?? join())
  }

  async #collect(maxBytes: number): Promise<Uint8Array> {
    if (!this.head.hasBody) return NO_BYTES
    const queue = new ByteQueue({ maxBytes, allowance: this.#memory })
    const { sink, body } = collectingSink(queue, this.#release)
    this.#sink = sink
    return body
  }

  #announce(shape: BodyShape): void {
    if (shape === 'opaque') return
    if (shape === 'json' && this.#acceptedEncoding !== null) this.#out.holdShape(shape)
    else this.#out.shape(shape)
  }

  get #acceptedEncoding(): AnswerEncoding | null {
    // All readers of a kept answer get the same bytes.
    if (this.#keeper !== undefined) return null
    return acceptedEncoding(headerOf(this.head.headers, 'accept-encoding'))
  }

  /** @param changed what the upstream gets instead of the client's target and headers */
  #callFor(admitted: Admitted, changed?: Pick<UpstreamChat, 'target' | 'headers'>): UpstreamCall {
    const head = { ...this.head, headers: changed?.headers ?? this.head.headers }
    const call = { ...admitted, target: changed?.target ?? admitted.target }
    this.#call = new UpstreamCall(head, call, this.#ports.clock, {
      answered: (answer) => this.#answer(admitted, answer),
      sent: () => this.#memory.keep(0),
      failed: (error) => this.#fail(error),
    })
    return this.#call
  }

  #answer(admitted: Admitted, received: UpstreamAnswer): void {
    if (this.#settled) return
    const { grant, route, upstream } = admitted
    const answer = isChatStream(admitted) ? toChatAnswer(received) : received
    if (route.scope === 'inference') this.#report.expectUsage(headerOf(answer.headers, 'content-type'))
    const answerEnd = endOf(route, answer)
    this.#answerFlow = new AnswerFlow(answer, {
      grant,
      route,
      upstream,
      method: this.head.method,
      // The relay may have started the response already if it knows the shape.
      encoding: this.#out.mayBeEncoded ? this.#acceptedEncoding : null,
      memory: this.#memory,
      watch: (chunk) => {
        this.#report.watch(chunk)
        answerEnd?.add(chunk)
      },
      sink: this.#answerSink(() => this.#onAnswerEnd(answerEnd)),
    })
    this.#answerFlow.start()
  }

  #serve(answer: LocalAnswer): void {
    if (this.#settled) return answer.stop()
    this.#localAnswer = answer
    this.#memory.keep(0)
    this.#report.model = answer.model
    if (answer.shape !== 'opaque') this.#out.shape(answer.shape)
    answer.start(this.#answerSink(() => this.#finish()))
  }

  #answerSink(end: () => void): AnswerSink {
    return {
      head: (status, headers, error) => {
        if (!this.#settled) this.#out.head(status, headers, error)
      },
      write: (chunk) => this.#settled || this.#out.write(chunk),
      end,
      fail: (cause) => this.#fail(cause),
    }
  }

  #onAnswerEnd(answerEnd: AnswerEnd | undefined): void {
    if (answerEnd?.isOver !== false) this.#finish()
    // Deferred until after the bytes that arrived with the end: a reset overtakes them.
    else this.#ports.clock.soon(() => this.#fail(failed()))
  }

  #finish(): void {
    if (this.#settled) return
    const tokens = this.head.usage === true ? this.#report.total().tokens : null
    if (tokens !== null) this.#out.usage(tokens)
    this.#stream.end()
    this.#settle(null)
  }

  /** Ends the request with an error that the client can see: as a response, or by resetting the stream after one. */
  #fail(cause: unknown): void {
    if (this.#settled) return
    const error = cause instanceof AppError ? cause : new AppError('INTERNAL', undefined, { cause })
    const { requestId } = this.head
    const { logger } = this.#ports
    if (error.entry.kind === 'internal') logger.warn({ requestId, err: error }, 'request failed')
    // A stopped model server is not a bug: log the reason without a stack.
    if (error.entry.kind === 'upstream')
      logger.warn({ requestId, code: error.code, reason: reasonOf(error) }, 'request failed')
    if (!this.#out.hasBegun) this.#refuse(error)
    else this.#stream.reset('UPSTREAM_FAILED', error.message)
    this.#settle(error.code)
  }

  #refuse(error: AppError): void {
    const { method, headers: asked } = this.head
    const { status, headers, body } = refusalFor(method, this.#path, asked, error)
    this.#out.head(status, headers, error.code)
    if (method !== 'HEAD') this.#out.write(body)
    this.#stream.end()
  }

  #settle(error: ErrorCode | 'CANCELLED' | null): void {
    if (this.#settled) return
    this.#settled = true
    this.#out.settle()
    this.#sink = discardingSink(this.#release)
    this.#memory.close()
    this.#localAnswer?.stop()
    this.#localBody?.abort()
    this.#ports.heldAccepts.delete(this)
    this.#ports.onSettled(this)
    this.#call?.close(error !== null)
    this.#report.finish(error)
  }
}

function isChatStream({ route }: Admitted): boolean {
  return route.path === CHAT_STREAM_PATH
}
