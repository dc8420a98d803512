import { canonicalModelName } from '../../shared/model-name.ts'
import type { DeviceAnswer } from './device-question.ts'
import { isJsonObject } from '../../shared/json-object.ts'

/** Responses that list models: the list's key, and the key of an entry's name. */
const LISTS: Readonly<Record<string, { readonly key: string; readonly names: readonly string[] }>> = {
  '/api/tags': { key: 'models', names: ['name', 'model'] },
  '/api/ps': { key: 'models', names: ['name', 'model'] },
  '/v1/models': { key: 'data', names: ['id'] },
}

/** Whether this path lists an owner's models. */
export function isModelList(path: string): boolean {
  return Object.hasOwn(LISTS, path)
}

/** The merged list, and the number of valid lists. */
export interface MergedList {
  readonly body: string
  readonly count: number
}

/**
 * Merges model lists without duplicates; the first entry of a model is used.
 * @returns `undefined` if none is valid
 */
export function mergeLists(path: string, answers: readonly DeviceAnswer[]): MergedList | undefined {
  const { key = '', names = [] } = LISTS[path] ?? {}
  const merged = new Map<string, unknown>()
  let whole: Record<string, unknown> | undefined
  let count = 0
  for (const answer of answers) {
    const list = answer.status === 200 ? parseObject(answer.body) : undefined
    const entries = list?.[key]
    if (list === undefined || !Array.isArray(entries)) continue
    whole ??= list
    count += answer.devices ?? 1
    for (const entry of entries) {
      const name = nameOf(entry, names)
      if (name !== undefined && !merged.has(name)) merged.set(name, entry)
    }
  }
  return whole && { body: JSON.stringify({ ...whole, [key]: [...merged.values()] }), count }
}

function nameOf(entry: unknown, names: readonly string[]): string | undefined {
  if (!isJsonObject(entry)) return undefined
  const name = names.map((key) => entry[key]).find((value) => typeof value === 'string')
  return name === undefined ? undefined : canonicalModelName(name)
}

function parseObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
