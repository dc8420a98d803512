import type { LocalAnswer } from '../../forward/local-answer.ts'
import { namedRequestIn } from '../named-request.ts'
import { createdAnswer } from '../job-routes.ts'
import type { JobStore } from '../job-store.ts'
import { toBatchObject } from './batch-record.ts'
import { parseBatchOrder } from './batch-request.ts'
import { visible, type Batches } from './batches.ts'
import { pageQueryIn, toListObject } from './list-page.ts'
import { notFound } from './openai-fault.ts'
import { jsonAnswer, type OpenAiRequest } from './openai-request.ts'

const MAX_ORDER_BYTES = 64 * 1024
/** OpenAI's limits of a page. */
const PAGE = { byDefault: 20, max: 100 }

/** `/v1/batches`, as OpenAI has it. */
export class BatchRoutes {
  readonly #batches: Batches
  readonly #store: JobStore

  constructor(batches: Batches, store: JobStore) {
    this.#batches = batches
    this.#store = store
  }

  /** @throws OpenAiFault, AppError */
  async reply(request: OpenAiRequest): Promise<LocalAnswer> {
    const { head, route, caller, id } = request
    switch (route.path) {
      case '/v1/batches':
        return head.method === 'POST' ? this.#create(request) : this.#list(request)
      case '/v1/batches/:id/cancel':
        return jsonAnswer(toBatchObject(this.#batches.cancel(caller, id)))
      default:
        return jsonAnswer(toBatchObject(this.#batches.get(caller, id)))
    }
  }

  /** Repeating the same request with the same name returns the same batch. */
  async #create({ head, caller, body }: OpenAiRequest): Promise<LocalAnswer> {
    const bytes = await body.collect(MAX_ORDER_BYTES)
    const order = parseBatchOrder(bytes)
    const record = this.#batches.create(order, caller, await namedRequestIn(head, bytes))
    return createdAnswer(200, record.id, toBatchObject(record))
  }

  #list({ caller, query }: OpenAiRequest): LocalAnswer {
    const { after, limit } = pageQueryIn(query, PAGE)
    if (after !== null && visible(() => this.#store.get(caller.scope, after)) === undefined)
      throw notFound('Batch', after, 'after')
    const { jobs, hasMore } = this.#store.list(caller.scope, {
      types: ['batch'],
      limit,
      after: after ?? undefined,
    })
    // The ids are the jobs' own.
    return jsonAnswer(toListObject(jobs, hasMore, toBatchObject))
  }
}
