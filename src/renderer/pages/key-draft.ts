import type { PayloadOf } from '../../shared/ipc/contract.ts'
import type { Scope } from '../../shared/routes.ts'

/** Days and their words; the empty text = never. */
export const EXPIRIES = [
  ['', 'Never'],
  ['7', 'In 7 days'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
  ['365', 'In a year'],
] as const

export type Expiry = (typeof EXPIRIES)[number][0]

/** A key as it is entered: figures are text until they are sent. */
export interface KeyDraft {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** `null` = all. */
  readonly models: readonly string[] | null
  readonly expiry: Expiry
  readonly requestsPerMinute: string
  readonly maxConcurrent: string
}

export const NEW_KEY: KeyDraft = {
  name: '',
  scopes: ['inference', 'read'],
  models: null,
  expiry: '',
  requestsPerMinute: '',
  maxConcurrent: '',
}

/** The first mistake that the user can correct, as a sentence. */
export function mistakeIn({ name, scopes, models }: KeyDraft): string | null {
  if (name.trim() === '') return 'Give the key a name.'
  if (scopes.length === 0) return 'Select at least one permission.'
  return models?.length === 0 ? 'Select at least one model, or all models.' : null
}

export function toKeyRequest(draft: KeyDraft): PayloadOf<'keys.create'> {
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    models: draft.models,
    expiresInDays: numberOrNull(draft.expiry),
    requestsPerMinute: numberOrNull(draft.requestsPerMinute),
    maxConcurrent: numberOrNull(draft.maxConcurrent),
  }
}

function numberOrNull(text: string): number | null {
  return text === '' ? null : Number(text)
}
