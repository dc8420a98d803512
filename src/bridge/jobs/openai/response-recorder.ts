import { isJsonObject, type JsonObject } from '../../../shared/json-object.ts'
import { ownResponse, responseStub, type ResponseFacts, type ResponseFailure } from './response-object.ts'
import { SseEvents } from './sse-events.ts'

/** An event as clients read it. */
export interface ResponseEvent {
  readonly sequence: number
  readonly type: string
  /** JSON with the sequence number. */
  readonly data: string
}

type Status = 'completed' | 'failed' | 'incomplete'

/** The end of a response by its event. */
const ENDS: ReadonlyMap<unknown, Status> = new Map([
  ['response.completed', 'completed'],
  ['response.failed', 'failed'],
  ['response.incomplete', 'incomplete'],
])
/** The bridge has sent its own. */
const BEGINNINGS: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
])

/** Events of a new response, numbered from 0. */
export function firstEvents(facts: ResponseFacts): ResponseEvent[] {
  return ['response.created', 'response.queued'].map((type, sequence) =>
    lifecycleEvent(type, sequence, responseStub(facts, 'queued')),
  )
}

/** The number of the first event of the first attempt. */
export const FIRST_OF_ATTEMPT = 2

/** The first event of an attempt: a client that has read events of an earlier one begins again here. */
export function attemptEvent(facts: ResponseFacts, sequence: number): ResponseEvent {
  return lifecycleEvent('response.in_progress', sequence, responseStub(facts, 'in_progress'))
}

/** Whether no event follows. */
export function isLastEvent({ type }: Pick<ResponseEvent, 'type'>): boolean {
  return ENDS.has(type)
}

/** The last event of a response whose model server did not finish it. */
export function failureEvent(
  facts: ResponseFacts,
  sequence: number,
  status: 'failed' | 'cancelled',
  error: ResponseFailure | null,
): ResponseEvent {
  return lifecycleEvent('response.failed', sequence, responseStub(facts, status, error))
}

/** Turns the event stream of one attempt into events under the bridge's own id and numbers. */
export class ResponseRecorder {
  readonly #facts: ResponseFacts
  readonly #events = new SseEvents()
  #next: number
  #response: JsonObject | undefined
  #status: Status | undefined
  #failure: ResponseFailure | undefined

  /** @param firstSequence follows the numbers of earlier attempts, so that they never go back */
  constructor(facts: ResponseFacts, firstSequence: number) {
    this.#facts = facts
    this.#next = firstSequence
  }

  /** The finished response; `undefined` if the model server has not finished it. */
  get finished(): { readonly status: Status; readonly response: JsonObject } | undefined {
    const [status, response] = [this.#status, this.#response]
    return status && response && { status, response }
  }

  /** The error that the model server reported inside its stream. */
  get failure(): ResponseFailure | undefined {
    return this.#failure
  }

  /** @throws AppError UPSTREAM_FAILED if an event is too long */
  add(chunk: Uint8Array): ResponseEvent[] {
    return this.#events.add(chunk).flatMap((event) => this.#take(event))
  }

  /** The whole response of a server that does not stream. */
  addWhole(response: JsonObject): ResponseEvent[] {
    const type = response['status'] === 'incomplete' ? 'response.incomplete' : 'response.completed'
    return this.#take({ type, response })
  }

  #take(event: JsonObject): ResponseEvent[] {
    const { type, response } = event
    if (typeof type !== 'string' || BEGINNINGS.has(type) || this.#status !== undefined) return []
    if (type === 'error') this.#failure = failureIn(event)
    const sequence = this.#next++
    const numbered = { ...event, sequence_number: sequence }
    if (!isJsonObject(response)) return [{ sequence, type, data: JSON.stringify(numbered) }]
    this.#response = ownResponse(response, this.#facts)
    this.#status = ENDS.get(type)
    return [{ sequence, type, data: JSON.stringify({ ...numbered, response: this.#response }) }]
  }
}

function lifecycleEvent(type: string, sequence: number, response: JsonObject): ResponseEvent {
  const data = JSON.stringify({ type, sequence_number: sequence, response })
  return { sequence, type, data }
}

function failureIn({ message }: JsonObject): ResponseFailure {
  return {
    code: 'server_error',
    message: typeof message === 'string' ? message : 'The model server reported an error.',
  }
}
