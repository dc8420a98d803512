import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'
import type { Grant } from './grant.ts'
import { listsModel } from './model-rule.ts'

/** Answers that list models: where the list stands, and which of an entry's keys are names. */
const LISTS: Readonly<Record<string, { readonly key: string; readonly names: readonly string[] }>> = {
  '/api/tags': { key: 'models', names: ['name', 'model'] },
  '/api/ps': { key: 'models', names: ['name', 'model'] },
  '/v1/models': { key: 'data', names: ['id'] },
}

/** Whether the answer of this route would show models that the grant does not cover. */
export function needsFilter(grant: Grant, route: Route): boolean {
  return grant.models !== null && route.path in LISTS
}

/**
 * The same answer with the grant's models only.
 * @throws AppError UPSTREAM_FAILED where the answer is not the expected list: better none than too much.
 */
export function filterModels(grant: Grant, route: Route, bytes: Uint8Array): Uint8Array {
  const list = LISTS[route.path]
  const answer = parseObject(bytes)
  const entries = list === undefined ? undefined : answer[list.key]
  if (list === undefined || !Array.isArray(entries)) throw unexpected()
  const allowed = entries.filter((entry: unknown) => isListed(grant, entry, list.names))
  // Only the list: another upstream may say more about its models elsewhere in the answer.
  const kept = 'object' in answer ? { object: answer['object'] } : {}
  return new TextEncoder().encode(JSON.stringify({ ...kept, [list.key]: allowed }))
}

function isListed(grant: Grant, entry: unknown, keys: readonly string[]): boolean {
  if (typeof entry !== 'object' || entry === null) return false
  const names = keys
    .map((key) => (entry as Record<string, unknown>)[key])
    .filter((name) => name !== undefined)
  return names.length > 0 && names.every((name) => typeof name === 'string' && listsModel(grant, name))
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (cause) {
    throw unexpected(cause)
  }
  throw unexpected()
}

function unexpected(cause?: unknown): AppError {
  return new AppError('UPSTREAM_FAILED', 'The model server’s list of models cannot be read.', { cause })
}
