import { AppError } from '../../shared/errors.ts'
import { parseJsonObject } from '../../shared/json-object.ts'
import type { RequestHead } from '../../shared/proxy-head.ts'
import { parseTarget } from '../../shared/request-path.ts'
import type { Route } from '../../shared/routes.ts'
import { judgeLength } from '../../shared/text-limits.ts'
import type { Grant } from '../policy/grant.ts'
import type { KeptAnswers, KeptEntry } from './kept-answers.ts'

const PATH = /^\/v1\/streams?(?:[/?]|$)/
const SECOND_MS = 1000

/** Longer bodies of a lookup are refused: they could name more answers than are kept. */
export const MAX_LOOKUP_BYTES = 256 * 1024

/** The reply to a request about kept answers: an answer from a given byte, a list, or an empty confirmation. */
export type KeptReply =
  | { readonly kind: 'answer'; readonly entry: KeptEntry; readonly from: number }
  | { readonly kind: 'list'; readonly json: string }
  | { readonly kind: 'stopped' }

/** Whether the bridge serves this path itself, from kept answers. @param path with or without a query */
export function isKeptPath(path: string): boolean {
  return PATH.test(path)
}

/**
 * Answers the routes of llama-server's resumable streams (ggml-org/llama.cpp, tools/server/server-stream.cpp), for the caller's own
 * answers only.
 * @param body of a lookup
 * @throws AppError KEPT_NOT_FOUND, BAD_REQUEST, TEXT_TOO_LONG, MODEL_NOT_ALLOWED, SCOPE_MISSING
 */
export function keptReplyFor(
  answers: KeptAnswers,
  grant: Grant,
  route: Route,
  { method, target }: Pick<RequestHead, 'method' | 'target'>,
  body: Uint8Array,
): KeptReply {
  if (route.path === '/v1/streams') return listOf(answers.list(grant))
  if (route.path === '/v1/streams/lookup') {
    const isNamed = namedIn(body)
    return listOf(answers.list(grant).filter(({ request }) => isNamed(request.name.text)))
  }
  const { path, query } = parseTarget(target)
  const parameters = new URLSearchParams(query)
  const name = nameIn(path, parameters)
  if (method === 'DELETE') {
    answers.stop(grant, name)
    return { kind: 'stopped' }
  }
  return { kind: 'answer', entry: answers.find(grant, name), from: positionIn(parameters) }
}

/** A name with a slash does not fit into a path, so it may be in the query as well. */
function nameIn(path: string, parameters: URLSearchParams): string {
  const name = decodeURIComponent(path.split('/')[3] ?? '') || (parameters.get('conv_id') ?? '')
  judgeLength('keptName', name)
  if (name === '') throw new AppError('BAD_REQUEST', 'Name the answer: /v1/stream/<name> or ?conv_id=<name>.')
  return name
}

function positionIn(parameters: URLSearchParams): number {
  const text = parameters.get('from') ?? '0'
  if (!/^\d{1,15}$/.test(text))
    throw new AppError('BAD_REQUEST', '"from" is the number of the first byte that is wanted, from 0 on.')
  return Number(text)
}

/** As in llama-server, an id also stands for the answers of all its models. */
function namedIn(body: Uint8Array): (name: string) => boolean {
  const { conversation_ids: ids } = parseJsonObject(new TextDecoder().decode(body)) ?? {}
  const names = new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [])
  return (name) => names.has(name) || names.has(name.split('::')[0] ?? name)
}

function listOf(entries: readonly KeptEntry[]): KeptReply {
  const rows = entries.map(({ request, answer, startedAt, endedAt }) => ({
    conversation_id: request.name.text,
    is_done: answer.state !== 'running',
    total_bytes: answer.totalBytes,
    started_at: Math.floor(startedAt / SECOND_MS),
    completed_at: Math.floor((endedAt ?? 0) / SECOND_MS),
    model: request.model,
    error: answer.error?.code ?? null,
  }))
  return { kind: 'list', json: JSON.stringify(rows) }
}
