import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { headerOf } from '../../shared/headers.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import { parseTarget } from '../../shared/request-path.ts'
import { checkLength } from '../../shared/text-limits.ts'
import {
  wholeAnswer,
  type LocalAnswer,
  type LocalRequest,
  type LocalRoutes,
} from '../forward/local-answer.ts'
import { keptReply } from './keeper.ts'
import type { KeptAnswers, KeptEntry } from './kept-answers.ts'

const PATH = /^\/v1\/streams?(?:\/|$)/
const SECOND_MS = 1000
/** Longer bodies of a lookup are refused: they could name more answers than are kept. */
const MAX_LOOKUP_BYTES = 256 * 1024

/**
 * The routes of llama-server's resumable streams (ggml-org/llama.cpp, tools/server/server-stream.cpp), for the caller's own answers
 * only. Requests are refused with AppError KEPT_NOT_FOUND, KEPT_REPLACED, BAD_REQUEST, TEXT_TOO_LONG, MODEL_NOT_ALLOWED or SCOPE_MISSING.
 */
export class KeptRoutes implements LocalRoutes {
  readonly #answers: KeptAnswers
  readonly #clock: Clock

  constructor(answers: KeptAnswers, clock: Clock) {
    this.#answers = answers
    this.#clock = clock
  }

  reply(request: LocalRequest): Promise<LocalAnswer> | undefined {
    return PATH.test(request.route.path) ? this.#reply(request) : undefined
  }

  async #reply({ grant, route, head, body }: LocalRequest): Promise<LocalAnswer> {
    const answers = this.#answers
    if (route.path === '/v1/streams') return listOf(answers.list(grant))
    if (route.path === '/v1/streams/lookup') {
      const isNamed = namedIn(await body.collect(MAX_LOOKUP_BYTES))
      return listOf(answers.list(grant).filter(({ request }) => isNamed(request.name.text)))
    }
    const { path, query } = parseTarget(head.target)
    const parameters = new URLSearchParams(query)
    const name = nameIn(path, parameters)
    if (head.method === 'DELETE') {
      answers.stop(grant, name)
      return wholeAnswer(204, '')
    }
    const entry = answers.find(grant, name)
    const tag = headerOf(head.headers, 'if-match')
    if (tag !== undefined && !entry.answer.isNamedBy(tag)) throw new AppError('KEPT_REPLACED')
    const { shape } = entry.request
    // On this path the relay treats all event streams alike.
    return keptReply(entry, positionIn(parameters), shape === 'anthropic' ? 'sse' : shape, this.#clock)
  }
}

/** A name with a slash does not fit into a path, so it may be in the query as well. */
function nameIn(path: string, parameters: URLSearchParams): string {
  const name = decodeURIComponent(path.split('/')[3] ?? '') || (parameters.get('conv_id') ?? '')
  checkLength('keptName', name)
  if (name === '') throw new AppError('BAD_REQUEST', 'Name the answer: /v1/stream/<name> or ?conv_id=<name>.')
  return name
}

function positionIn(parameters: URLSearchParams): number {
  const text = parameters.get('from') ?? '0'
  if (!/^\d{1,15}$/.test(text))
    throw new AppError(
      'BAD_REQUEST',
      '"from" must be the number of the first requested byte, counted from 0.',
    )
  return Number(text)
}

/** As in llama-server, an id also stands for the answers of all its models. */
function namedIn(body: Uint8Array): (name: string) => boolean {
  const { conversation_ids: ids } = parseJsonObject(new TextDecoder().decode(body)) ?? {}
  const names = new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [])
  return (name) => names.has(name) || names.has(name.split('::')[0] ?? name)
}

function listOf(entries: readonly KeptEntry[]): LocalAnswer {
  const rows = entries.map(({ request, answer, startedAt, endedAt }) => ({
    conversation_id: request.name.text,
    is_done: answer.state !== 'running',
    total_bytes: answer.totalBytes,
    started_at: Math.floor(startedAt / SECOND_MS),
    completed_at: Math.floor((endedAt ?? 0) / SECOND_MS),
    model: request.model,
    error: answer.error?.code ?? null,
  }))
  return wholeAnswer(200, JSON.stringify(rows))
}
