import { AppError, isErrorCode } from '../../shared/errors.ts'
import { isJsonObject, parseJsonObject } from '../../shared/json-object.ts'
import { isFinal } from '../../shared/jobs.ts'
import { streamedAnswer, wholeAnswer, type LocalAnswer } from '../forward/local-answer.ts'
import type { FinishedItem } from './job-items.ts'
import type { JobRecord } from './job-record.ts'
import type { JobStore } from './job-store.ts'

/**
 * The result of a job: the model server's answer, of a batch a line for each request.
 * @throws AppError JOB_NOT_FINISHED, JOB_CANCELLED, JOB_EXPIRED; for a job that failed without an answer, its error
 */
export function jobResultFor(store: JobStore, job: JobRecord): LocalAnswer {
  const { n, type, state, error } = job
  if (!isFinal(state)) throw new AppError('JOB_NOT_FINISHED')
  if (type === 'batch') return linesOf(store.items.results(n))
  if (state === 'cancelled') throw new AppError('JOB_CANCELLED')
  if (state === 'expired') throw new AppError('JOB_EXPIRED')
  if (state === 'completed' && type === 'embed') return embeddingsOf(store.items.results(n), job.model)
  const last = lastOf(store.items.results(n))
  if (last?.status !== null && last?.status !== undefined)
    return wholeAnswer(last.status, last.body ?? '', last.contentType ?? undefined)
  const code = error?.code ?? ''
  throw new AppError(isErrorCode(code) ? code : 'UPSTREAM_FAILED', error?.message)
}

/** In a job of several requests, the one that failed is the last that was kept. */
function lastOf(items: Iterable<FinishedItem>): FinishedItem | undefined {
  let last: FinishedItem | undefined
  for (const item of items) if (last === undefined || item.isFailed) last = item
  return last
}

function linesOf(items: Iterable<FinishedItem>): LocalAnswer {
  return streamedAnswer({
    status: 200,
    headers: ['Content-Type', 'application/x-ndjson'],
    shape: 'ndjson',
    async *source() {
      for (const { customId, status, body, error } of items) {
        const text = Buffer.from(body ?? []).toString()
        const line = { custom_id: customId, status, body: parseJsonObject(text) ?? text, error }
        yield Buffer.from(`${JSON.stringify(line)}\n`)
      }
    },
  })
}

/** The embeddings of all answers as Ollama's `/api/embed` would return them, in the order of the inputs. */
function embeddingsOf(items: Iterable<FinishedItem>, model: string | null): LocalAnswer {
  return streamedAnswer({
    status: 200,
    headers: ['Content-Type', 'application/json'],
    shape: 'opaque',
    model,
    async *source() {
      yield Buffer.from(`{"model":${JSON.stringify(model)},"embeddings":[`)
      let isFirst = true
      let tokens = 0
      for (const { body } of items) {
        const { data, usage } = parseJsonObject(Buffer.from(body ?? []).toString()) ?? {}
        if (!Array.isArray(data)) throw new AppError('UPSTREAM_FAILED')
        if (isJsonObject(usage) && typeof usage['prompt_tokens'] === 'number')
          tokens += usage['prompt_tokens']
        const embeddings: unknown[] = data.map((each: unknown) =>
          isJsonObject(each) ? each['embedding'] : null,
        )
        yield Buffer.from((isFirst ? '' : ',') + JSON.stringify(embeddings).slice(1, -1))
        isFirst = false
      }
      yield Buffer.from(`],"prompt_eval_count":${tokens}}`)
    },
  })
}
