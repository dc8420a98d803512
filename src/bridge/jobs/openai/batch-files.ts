import type { FinishedItem } from '../job-items.ts'
import type { JobRecord } from '../job-record.ts'
import type { JobStore } from '../job-store.ts'
import { batchLine, type BatchResult, type BatchUsage } from './batch-line.ts'

/** The end of a request that was never answered, by the end of its batch. */
const UNANSWERED = {
  cancelled: { code: 'batch_cancelled', message: 'The batch was cancelled before this request was sent.' },
  expired: {
    code: 'batch_expired',
    message: 'This request could not be executed before the completion window expired.',
  },
} as const

/** Writes the lines of a finished batch one by one, so that a large one is never in memory. */
export class BatchLines {
  readonly #store: JobStore
  readonly #record: JobRecord
  #usage: BatchUsage = { input: 0, output: 0 }

  constructor(store: JobStore, record: JobRecord) {
    this.#store = store
    this.#record = record
  }

  /** Tokens of the lines so far. */
  get usage(): BatchUsage {
    return this.#usage
  }

  /** Successful requests, in the order of the input. */
  async *output(): AsyncGenerator<Uint8Array> {
    for (const item of this.#store.items.results(this.#record.n))
      if (!item.isFailed) yield await this.#lineOf(item.number, toResult(item))
  }

  /** All others. */
  async *errors(): AsyncGenerator<Uint8Array> {
    const { n, state } = this.#record
    for (const item of this.#store.items.results(n))
      if (item.isFailed) yield await this.#lineOf(item.number, toResult(item))
    const error = state === 'cancelled' || state === 'expired' ? UNANSWERED[state] : null
    if (error === null) return
    for (const { number, customId } of this.#store.items.unanswered(n))
      yield await this.#lineOf(number, { customId: customId ?? '', requestId: null, answer: null, error })
  }

  async #lineOf(number: number, result: BatchResult): Promise<Uint8Array> {
    const id = `${this.#record.id.replace('batch_', 'batch_req_')}_${number}`
    const { bytes, usage } = await batchLine(id, result)
    this.#usage = { input: this.#usage.input + usage.input, output: this.#usage.output + usage.output }
    return bytes
  }
}

function toResult({ customId, requestId, status, body, error }: FinishedItem): BatchResult {
  const answer = status === null || body === null ? null : { status, body }
  // OpenAI reports an HTTP error in the answer only.
  return { customId: customId ?? '', requestId, answer, error: answer === null ? error : null }
}
