import type { BodyShape } from '../../shared/body-shape.ts'
import type { Clock } from '../../shared/clock.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import type { Route } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { AnswerSink } from '../forward/answer-flow.ts'
import type { Grant } from '../policy/grant.ts'
import { AnswerReader } from './answer-reader.ts'
import type { KeptAnswers, KeptEntry } from './kept-answers.ts'
import { asksToKeep, keptNameIn } from './kept-name.ts'
import { isKeptPath, keptReplyFor, MAX_LOOKUP_BYTES, type KeptReply } from './kept-routes.ts'
import { KeptStream } from './kept-stream.ts'
import { digestOfRequest } from './request-digest.ts'

/** An authorized request. */
export interface KeepQuestion {
  readonly grant: Grant
  readonly route: Route
  readonly body: Uint8Array
  readonly model: string | null
  readonly shape: BodyShape
}

/** An answer that does not come from the upstream. */
export interface KeptSource {
  readonly model: string | null
  readonly shape: BodyShape
  start(sink: AnswerSink): void
  /** Continues after the sink's `write` returned false. */
  resume(): void
  /** The client has disconnected. May be called more than once. */
  stop(): void
}

const NO_BYTES = new Uint8Array()

/** `undefined` for most requests, which neither ask for a kept answer nor read one. */
export function keeperFor(
  answers: KeptAnswers,
  client: TunnelStream,
  head: RequestHead,
  clock: Clock,
): Keeper | undefined {
  const isConcerned = asksToKeep(head.headers) || isKeptPath(head.target)
  return isConcerned ? new Keeper(answers, client, head, clock) : undefined
}

/** Whether a request is about an answer that exists already. */
export function isForKept(answers: KeptAnswers, grant: Grant, { target, headers }: RequestHead): boolean {
  if (isKeptPath(target)) return true
  try {
    const name = keptNameIn(headers)
    return name !== undefined && answers.has(grant.id, name.text)
  } catch {
    return false
  }
}

/** Connects one request with the kept answers. */
export class Keeper {
  readonly #answers: KeptAnswers
  readonly #head: RequestHead
  readonly #clock: Clock
  /** The stream on which the request is answered. */
  readonly stream: KeptStream

  constructor(answers: KeptAnswers, client: TunnelStream, head: RequestHead, clock: Clock) {
    this.#answers = answers
    this.#head = head
    this.#clock = clock
    this.stream = new KeptStream(client, head, clock)
  }

  /**
   * Finds the answer to this request, or begins to keep a new one.
   * @param isOver whether the client has disconnected meanwhile
   * @returns `undefined` if the request must be sent to the upstream
   * @throws AppError KEPT_NAME_REUSED, TOO_MANY_STREAMS, BAD_REQUEST, TEXT_TOO_LONG
   */
  async join(question: KeepQuestion, isOver: () => boolean): Promise<KeptSource | undefined> {
    const { grant, route, body, model, shape } = question
    const name = keptNameIn(this.#head.headers)
    if (name === undefined || route.scope !== 'inference') return undefined
    const digest = await digestOfRequest(this.#head, body, route.body === 'multipart')
    if (isOver()) return undefined
    const { requestId, principal } = this.#head
    const request = { requestId, principal, grant, name, digest, model, shape }
    const entry = this.#answers.join(request)
    if (entry !== undefined) return this.#sourceOf(entry, 0, shape)
    this.stream.keep(this.#answers.create(request).answer)
    return undefined
  }

  /**
   * The reply on one of the paths of kept answers; `undefined` on any other.
   * @param collect reads the request's body
   */
  reply(
    { grant, route }: { readonly grant: Grant; readonly route: Route },
    collect: (maxBytes: number) => Promise<Uint8Array>,
  ): Promise<KeptSource> | undefined {
    if (!isKeptPath(route.path)) return undefined
    const body = route.body === 'none' ? Promise.resolve(NO_BYTES) : collect(MAX_LOOKUP_BYTES)
    return body.then((bytes) => this.#toSource(keptReplyFor(this.#answers, grant, route, this.#head, bytes)))
  }

  #toSource(reply: KeptReply): KeptSource {
    switch (reply.kind) {
      case 'answer': {
        const { shape } = reply.entry.request
        // On this path the relay treats all event streams alike.
        return this.#sourceOf(reply.entry, reply.from, shape === 'anthropic' ? 'sse' : shape)
      }
      case 'list':
        return wholeSource(200, Buffer.from(reply.json))
      case 'stopped':
        return wholeSource(204, NO_BYTES)
    }
  }

  #sourceOf(entry: KeptEntry, from: number, shape: BodyShape): KeptSource {
    const reader = new AnswerReader(entry.answer, from, this.#clock)
    return {
      model: entry.request.model,
      shape,
      start: (sink) => reader.start(sink),
      resume: () => reader.resume(),
      stop: () => reader.stop(),
    }
  }
}

function wholeSource(status: number, body: Uint8Array): KeptSource {
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length)]
  return {
    model: null,
    shape: 'opaque',
    start(sink) {
      sink.head(status, body.length === 0 ? [] : headers)
      if (body.length > 0) sink.write(body)
      sink.end()
    },
    resume() {},
    stop() {},
  }
}
