import type { BodyAllowance } from '../../shared/body-memory.ts'
import type { BodyShape } from '../../shared/body-shape.ts'
import { AppError } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import type { Route } from '../../shared/routes.ts'
import type { Grant } from '../policy/grant.ts'
import type { Admitted } from './admission.ts'
import type { AnswerSink } from './answer-flow.ts'
import type { LocalBody } from './local-body.ts'

/** An answer of the bridge itself, in place of the model server's. */
export interface LocalAnswer {
  readonly model: string | null
  readonly shape: BodyShape
  start(sink: AnswerSink): void
  /** Continues after the sink's `write` returned false. */
  resume(): void
  /** The client has disconnected, or the answer was sent. May be called more than once. */
  stop(): void
}

/** A request on a path that the bridge serves itself. Its scope was checked, its body was not read. */
export interface LocalRequest extends Admitted {
  readonly head: RequestHead
  readonly body: LocalBody
  /** Accounts for buffered parts of the request until it is answered. */
  readonly memory: BodyAllowance
}

/** A request for the model server that passed every check. */
export interface AuthorizedRequest {
  readonly head: RequestHead
  readonly grant: Grant
  readonly route: Route
  /** As the model server would receive it. */
  readonly body: Uint8Array
  readonly model: string | null
  readonly shape: BodyShape
}

/** A part of the bridge that responds to requests itself. Its errors become the refusal. */
export interface LocalRoutes {
  /** The answer on one of its own paths; `undefined` on all others. */
  reply(request: LocalRequest): Promise<LocalAnswer> | undefined
  /** Keeps a request from the model server and responds instead; `undefined`, at once or later, for all others. */
  takeOver?(request: AuthorizedRequest): Promise<LocalAnswer | undefined> | undefined
}

/** @throws AppError JOBS_UNAVAILABLE if no part serves the path */
export function localReplyFor(parts: readonly LocalRoutes[], request: LocalRequest): Promise<LocalAnswer> {
  for (const part of parts) {
    const reply = part.reply(request)
    if (reply !== undefined) return reply
  }
  throw new AppError('JOBS_UNAVAILABLE')
}

/** The answer of the part that keeps this request from the model server, if any. */
export function takeOverOf(
  parts: readonly LocalRoutes[],
  request: AuthorizedRequest,
): Promise<LocalAnswer | undefined> | undefined {
  for (const part of parts) {
    const taken = part.takeOver?.(request)
    if (taken !== undefined) return taken
  }
  return undefined
}

const JSON_TYPE = 'application/json'

/**
 * A complete answer.
 * @param content JSON text, or any bytes of `contentType`; empty for none
 * @param fields further header fields, if there is content
 */
export function wholeAnswer(
  status: number,
  content: string | Uint8Array,
  contentType = JSON_TYPE,
  fields: RawHeaders = [],
): LocalAnswer {
  const body = typeof content === 'string' ? Buffer.from(content) : content
  const headers = ['Content-Type', contentType, 'Content-Length', String(body.length), ...fields]
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

export interface StreamedParts {
  readonly status: number
  readonly headers: RawHeaders
  /** `opaque` keeps the relay from adding heartbeats. */
  readonly shape: BodyShape
  readonly model?: string | null
  /**
   * The body. The next chunk is taken once the client has room for it, and none after `signal` is aborted, which a
   * source that waits for anything must observe.
   */
  readonly source: (signal: AbortSignal) => AsyncIterable<Uint8Array>
}

/** An answer that is produced in chunks, at the client's pace. */
export function streamedAnswer({ status, headers, shape, model = null, source }: StreamedParts): LocalAnswer {
  const abort = new AbortController()
  const { signal } = abort
  let room = Promise.withResolvers<void>()
  const send = async (sink: AnswerSink): Promise<void> => {
    sink.head(status, headers)
    for await (const piece of source(signal)) {
      if (signal.aborted) return
      room = Promise.withResolvers()
      if (!sink.write(piece)) await room.promise
      if (signal.aborted) return
    }
    if (!signal.aborted) sink.end()
  }
  return {
    model,
    shape,
    start(sink) {
      send(sink).catch((cause: unknown) => {
        if (!signal.aborted) sink.fail(cause)
      })
    },
    resume: () => room.resolve(),
    stop() {
      abort.abort()
      room.resolve()
    },
  }
}
