import { streamedAnswer, type AuthorizedRequest, type LocalAnswer } from '../../forward/local-answer.ts'
import type { RawHeaders } from '../../../shared/headers.ts'
import { JOB_ID_FIELD } from '../../../shared/jobs.ts'
import { namedRequestIn } from '../named-request.ts'
import type { JobRecord } from '../job-record.ts'
import { createdAnswer } from '../job-routes.ts'
import { backgroundRequestIn, mayBeBackground } from './background-request.ts'
import { pageQueryIn } from './list-page.ts'
import { invalid } from './openai-fault.ts'
import { jsonAnswer, type OpenAiCaller, type OpenAiRequest } from './openai-request.ts'
import { inputItemsPage } from './response-input.ts'
import { RESPONSES_PATH, type Responses } from './responses.ts'

/** OpenAI's limits of a page. */
const PAGE = { byDefault: 20, max: 100 }
const STREAM_HEADERS = ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store']

/** `/v1/responses` in the background, as OpenAI has it. */
export class ResponseRoutes {
  readonly #responses: Responses

  constructor(responses: Responses) {
    this.#responses = responses
  }

  /** @throws OpenAiFault, AppError */
  async reply({ head, route, caller, id, query }: OpenAiRequest): Promise<LocalAnswer> {
    const record = this.#responses.get(caller, id)
    if (route.path.endsWith('/cancel')) {
      this.#responses.cancel(record)
      return jsonAnswer(this.#responses.toObject(this.#responses.get(caller, id)))
    }
    if (route.path.endsWith('/input_items'))
      return jsonAnswer(await inputItemsPage(id, this.#responses.requestOf(record), pageQueryIn(query, PAGE)))
    if (head.method === 'DELETE') {
      this.#responses.delete(record)
      return jsonAnswer({ id, object: 'response', deleted: true })
    }
    if (query.get('stream') === 'true') return this.#stream(record, positionIn(query))
    return jsonAnswer(this.#responses.toObject(record))
  }

  /** `undefined` for a request that is not for a response at all. */
  takeOver(
    request: AuthorizedRequest,
    caller: () => OpenAiCaller,
  ): Promise<LocalAnswer | undefined> | undefined {
    const { route, body } = request
    return route.path === RESPONSES_PATH && mayBeBackground(body)
      ? this.#create(request, caller())
      : undefined
  }

  /** The client reads only; the job runs without it. Repeating the same request with the same name returns the same response. */
  async #create(
    { head, body, model }: AuthorizedRequest,
    caller: OpenAiCaller,
  ): Promise<LocalAnswer | undefined> {
    const background = await backgroundRequestIn(body)
    if (background === undefined) return undefined
    const record = this.#responses.create(background, model, caller, await namedRequestIn(head, body))
    return background.isStreamed
      ? this.#stream(record, -1, [...STREAM_HEADERS, JOB_ID_FIELD, record.id])
      : createdAnswer(200, record.id, this.#responses.toObject(record))
  }

  #stream(record: JobRecord, sequence: number, headers: RawHeaders = STREAM_HEADERS): LocalAnswer {
    return streamedAnswer({
      status: 200,
      headers,
      shape: 'sse',
      model: record.model,
      source: (signal) => this.#responses.eventsAfter(record, sequence, signal),
    })
  }
}

/** @throws OpenAiFault */
function positionIn(query: URLSearchParams): number {
  const text = query.get('starting_after') ?? '-1'
  if (!/^(?:-1|\d{1,9})$/.test(text)) throw invalid('starting_after', 'the sequence number of an event')
  return Number(text)
}
