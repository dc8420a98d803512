import { AppError } from '../../shared/errors.ts'
import type { Route } from '../../shared/routes.ts'
import type { Grant } from './grant.ts'
import { withoutPaths } from './local-path.ts'
import { listsModel } from './model-rule.ts'
import { toPublicModel } from './public-model.ts'
import { isJsonObject, type JsonObject } from '../../shared/json-object.ts'

/** Responses that list models: the key of the list, and the name fields of an entry. */
const LISTS: Readonly<Record<string, { readonly key: string; readonly names: readonly string[] }>> = {
  '/api/tags': { key: 'models', names: ['name', 'model'] },
  '/api/ps': { key: 'models', names: ['name', 'model'] },
  '/v1/models': { key: 'data', names: ['id'] },
}

/** Responses that describe models and may disclose details of the machine. */
const DESCRIPTIONS: ReadonlySet<string> = new Set([...Object.keys(LISTS), '/v1/models/*model', '/api/show'])

const MAX_LIST_BYTES = 8 * 1024 * 1024
/** Limit for one model, which includes all tokens if `verbose` is set. */
const MAX_MODEL_BYTES = 16 * 1024 * 1024

/** Maximum number of response bytes to buffer for filtering. */
export function maxDescriptionBytesFor(route: Route): number {
  return route.path in LISTS ? MAX_LIST_BYTES : MAX_MODEL_BYTES
}

/** Whether the response could disclose models or files outside the grant. */
export function needsFilter(grant: Grant, route: Route): boolean {
  return listsTooMuch(grant, route) || showsMachine(grant, route)
}

/** Whether to filter error responses as well: a list could be sent with an error status. */
export function listsTooMuch(grant: Grant, route: Route): boolean {
  return grant.models !== null && route.path in LISTS
}

/**
 * Removes models outside the grant, and file paths and command lines unless the key has the `manage` scope.
 * @throws AppError UPSTREAM_FAILED if the response has an unexpected format, rather than disclose too much
 */
export function filterAnswer(grant: Grant, route: Route, bytes: Uint8Array): Uint8Array {
  const listed = listsTooMuch(grant, route) ? filterModels(grant, route, bytes) : bytes
  if (!showsMachine(grant, route)) return listed
  return route.dialect === 'ollama' ? withoutPaths(listed) : toPublicAnswer(listed)
}

function showsMachine(grant: Grant, route: Route): boolean {
  return !grant.scopes.includes('manage') && DESCRIPTIONS.has(route.path)
}

function filterModels(grant: Grant, route: Route, bytes: Uint8Array): Uint8Array {
  const list = LISTS[route.path]
  const answer = parseObject(bytes)
  const entries = list === undefined ? undefined : answer[list.key]
  if (list === undefined || !Array.isArray(entries)) throw unexpected()
  const allowed = entries.filter((entry: unknown) => isListed(grant, entry, list.names))
  // Only the list is copied: other fields could describe more models.
  const kept = 'object' in answer ? { object: answer['object'] } : {}
  return toBytes({ ...kept, [list.key]: allowed })
}

function isListed(grant: Grant, entry: unknown, keys: readonly string[]): boolean {
  if (!isJsonObject(entry)) return false
  const names = keys.map((key) => entry[key]).filter((name) => name !== undefined)
  return names.length > 0 && names.every((name) => typeof name === 'string' && listsModel(grant, name))
}

/** A list of models or a single one. llama-server adds a second list for Ollama clients. */
function toPublicAnswer(bytes: Uint8Array): Uint8Array {
  const answer = parseObject(bytes)
  // LM Studio reports errors with status 200.
  if ('error' in answer) return bytes
  const { data, models } = answer
  if (!Array.isArray(data)) return toBytes(toPublicModel(answer))
  return toBytes({
    ...('object' in answer && { object: answer['object'] }),
    data: data.map(toPublicModel),
    ...(Array.isArray(models) && { models: models.map(toPublicModel) }),
  })
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isJsonObject(value)) return value
  } catch (cause) {
    throw unexpected(cause)
  }
  throw unexpected()
}

function toBytes(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function unexpected(cause?: unknown): AppError {
  return new AppError('UPSTREAM_FAILED', 'The model server returned an unreadable model list.', { cause })
}
