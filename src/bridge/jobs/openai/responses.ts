import { parseJsonObject, type JsonObject } from '../../../shared/json-object.ts'
import type { Forwarder } from '../../forward/forwarder.ts'
import type { CollectedAnswer, LocalCallRequest } from '../../forward/local-call.ts'
import type { NamedRequest } from '../named-request.ts'
import type { JobRecord } from '../job-record.ts'
import type { JobStore } from '../job-store.ts'
import type { BackgroundRequest } from './background-request.ts'
import { visible } from './batches.ts'
import { notFound } from './openai-fault.ts'
import type { OpenAiCaller } from './openai-request.ts'
import { ResponseAttempt } from './response-attempt.ts'
import type { ResponseEventTable } from './response-event-table.ts'
import { responseStub, statusFor, type ResponseFacts } from './response-object.ts'
import {
  attemptEvent,
  failureEvent,
  FIRST_OF_ATTEMPT,
  firstEvents,
  isLastEvent,
  type ResponseEvent,
} from './response-recorder.ts'

export const RESPONSES_PATH = '/v1/responses'
/** Events that are read at once. */
const PAGE_EVENTS = 100

/** Responses in the background: jobs whose events are kept for clients that return. */
export class Responses {
  readonly #store: JobStore
  readonly #events: ResponseEventTable
  /** Readers that wait for the next event, by the number of the job. */
  readonly #readers = new Map<number, Set<() => void>>()

  /** Lives as long as the store. */
  constructor(store: JobStore, events: ResponseEventTable) {
    this.#store = store
    this.#events = events
    // A deleted response has no more events.
    store.watch((n) => {
      if (store.find(n) === undefined) this.#wake(n)
    })
  }

  /** @throws AppError TOO_MANY_JOBS, JOB_STORAGE_FULL, KEPT_NAME_REUSED */
  create(
    { body, metadata }: BackgroundRequest,
    model: string | null,
    { ownerId, grant, caller }: OpenAiCaller,
    name?: NamedRequest,
  ): JobRecord {
    const record = this.#store.create(
      { type: 'response', ownerId, grant, caller, model, detail: { metadata }, name },
      [{ path: RESPONSES_PATH, body }],
    )
    // The job of an earlier request with this name has its events already.
    if (this.#events.last(record.n) === undefined) this.#events.add(record.n, firstEvents(factsOf(record)))
    return record
  }

  /** @throws OpenAiFault if there is no such response */
  get({ scope }: OpenAiCaller, id: string): JobRecord {
    const record = visible(() => this.#store.get(scope, id))
    if (record?.type !== 'response') throw notFound('Response', id, 'response_id')
    return record
  }

  /** The response as OpenAI's API describes it. */
  toObject(record: JobRecord): JsonObject {
    if (record.state === 'completed') {
      const [result] = this.#store.items.results(record.n)
      const response = result?.body && parseJsonObject(Buffer.from(result.body).toString())
      if (response) return response
    }
    return responseStub(factsOf(record), statusFor(record.state), failureOf(record))
  }

  /** The request that the model server gets. */
  requestOf({ n }: JobRecord): Uint8Array {
    return this.#store.items.requestOf(n, 0)
  }

  cancel(record: JobRecord): void {
    this.#store.cancel(record.n)
  }

  /** Also stops it. */
  delete(record: JobRecord): void {
    this.#store.cancel(record.n)
    this.#store.remove(record.n)
  }

  /** The events behind a number, until the last one or until `signal` is aborted. */
  async *eventsAfter({ n }: JobRecord, sequence: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for (let last = sequence; !signal.aborted;) {
      const events = this.#events.after(n, last, PAGE_EVENTS)
      if (events.length > 0) yield Buffer.from(events.map(toSse).join(''))
      if (events.some(isLastEvent)) return
      last = events.at(-1)?.sequence ?? last
      if (events.length > 0) continue
      if (this.#store.find(n) === undefined || this.#isOver(n, last)) return
      await this.#change(n, signal)
    }
  }

  /** Runs one attempt. It replaces the events of earlier ones, and continues their numbers. @throws as `ResponseAttempt.run` */
  attempt(
    record: JobRecord,
    request: LocalCallRequest,
    forwarder: Pick<Forwarder, 'accept'>,
    signal: AbortSignal,
  ): Promise<CollectedAnswer> {
    const { n } = record
    const facts = factsOf(record)
    const first = Math.max(FIRST_OF_ATTEMPT, (this.#events.last(n)?.sequence ?? 0) + 1)
    this.#events.replace(n, FIRST_OF_ATTEMPT, [attemptEvent(facts, first)])
    this.#wake(n)
    const store = (events: readonly ResponseEvent[]): void => {
      this.#events.add(n, events)
      this.#wake(n)
    }
    const attempt = new ResponseAttempt({ forwarder, facts, firstSequence: first + 1, store })
    return attempt.run(request, signal)
  }

  /** Ends the events of a response that its model server did not finish. May be repeated. */
  end(record: JobRecord): void {
    const { n, state } = record
    const last = this.#events.last(n)
    if (state === 'completed' || last === undefined || isLastEvent(last)) return
    const status = state === 'cancelled' ? 'cancelled' : 'failed'
    this.#events.add(n, [failureEvent(factsOf(record), last.sequence + 1, status, failureOf(record))])
    this.#wake(n)
  }

  /** Whether a reader that has this event has all. */
  #isOver(n: number, sequence: number): boolean {
    const last = this.#events.last(n)
    return last !== undefined && isLastEvent(last) && last.sequence <= sequence
  }

  async #change(n: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const readers = this.#readers.get(n) ?? new Set()
    this.#readers.set(n, readers.add(resolve))
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    readers.delete(resolve)
    if (readers.size === 0) this.#readers.delete(n)
  }

  #wake(n: number): void {
    for (const resolve of this.#readers.get(n) ?? []) resolve()
  }
}

function factsOf({ id, createdAt, model, detail }: JobRecord): ResponseFacts {
  // Only this surface writes the detail of its jobs.
  const { metadata } = detail as Pick<BackgroundRequest, 'metadata'>
  return { id, createdAt: Math.floor(createdAt / 1000), model, metadata: metadata ?? {} }
}

function failureOf({ error, state }: JobRecord) {
  if (state === 'cancelled' || error === null) return null
  return { code: 'server_error', message: error.message }
}

function toSse({ type, data }: ResponseEvent): string {
  return `event: ${type}\ndata: ${data}\n\n`
}
