import { canonicalModelName } from '../../shared/model-name.ts'
import type { DeviceAnswer } from './device-question.ts'
import { isJsonObject } from '../../shared/json-object.ts'

/** Answers that list models: where the list stands, and which of an entry's keys is its name. */
const LISTS: Readonly<Record<string, { readonly key: string; readonly names: readonly string[] }>> = {
  '/api/tags': { key: 'models', names: ['name', 'model'] },
  '/api/ps': { key: 'models', names: ['name', 'model'] },
  '/v1/models': { key: 'data', names: ['id'] },
}

/** Whether this path's answer is a list of an owner's models, wherever they are. */
export function isModelList(path: string): boolean {
  return Object.hasOwn(LISTS, path)
}

/** One list of several, and how many of them could be read. */
export interface MergedList {
  readonly body: string
  readonly count: number
}

/**
 * Puts lists of models together, each model once, as the first that lists it says.
 * @returns `undefined` where none can be read
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
