import type { BodyShape } from '../../shared/body-shape.ts'
import type { Clock } from '../../shared/clock.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { isLocalPath } from '../../shared/routes.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { AuthorizedRequest, LocalAnswer } from '../forward/local-answer.ts'
import type { Grant } from '../policy/grant.ts'
import { AnswerReader } from './answer-reader.ts'
import type { KeptAnswers, KeptEntry } from './kept-answers.ts'
import { asksToKeep, keptNameIn } from './kept-name.ts'
import { KeptStream } from './kept-stream.ts'
import { digestOfRequest } from './request-digest.ts'

/** The part of an authorized request that identifies its answer. */
type KeepQuestion = Omit<AuthorizedRequest, 'head'>

/** `undefined` for most requests, which do not ask for a kept answer. */
export function keeperFor(
  answers: KeptAnswers,
  client: TunnelStream,
  head: RequestHead,
  clock: Clock,
): Keeper | undefined {
  const isAsked = asksToKeep(head.headers) && !isLocalPath(head.target)
  return isAsked ? new Keeper(answers, client, head, clock) : undefined
}

/** Whether a request is about an answer that exists already. */
export function isForKept(answers: KeptAnswers, grant: Grant, { headers }: RequestHead): boolean {
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
  async join(question: KeepQuestion, isOver: () => boolean): Promise<LocalAnswer | undefined> {
    const { grant, route, body, model, shape } = question
    const name = keptNameIn(this.#head.headers)
    if (name === undefined || route.scope !== 'inference') return undefined
    const digest = await digestOfRequest(this.#head, body, route.body === 'multipart')
    if (isOver()) return undefined
    const { requestId, principal } = this.#head
    const request = { requestId, principal, grant, name, digest, model, shape }
    const entry = this.#answers.join(request)
    if (entry !== undefined) return keptReply(entry, 0, shape, this.#clock)
    this.stream.keep(this.#answers.create(request).answer)
    return undefined
  }
}

/** A kept answer from one of its bytes on. @throws AppError KEPT_POSITION_UNKNOWN */
export function keptReply(entry: KeptEntry, from: number, shape: BodyShape, clock: Clock): LocalAnswer {
  const reader = new AnswerReader(entry.answer, from, clock)
  return {
    model: entry.request.model,
    shape,
    start: (sink) => reader.start(sink),
    resume: () => reader.resume(),
    stop: () => reader.stop(),
  }
}
