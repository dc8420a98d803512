import type { PayloadOf } from '../../shared/ipc/contract.ts'
import type { KeyView } from '../../shared/ipc/view.ts'
import type { Scope } from '../../shared/routes.ts'
import type { WindowKey } from '../words/en.ts'

/** The reason for a new key: a client in general, a phone, or another person. */
export type KeyPurpose = 'client' | 'phone' | 'share'

/** Days, as the choices offer them. */
export const EXPIRY_DAYS = ['1', '7', '30', '90', '365'] as const

/** The empty text = never; `keep`: as the key has it. */
export type Expiry = (typeof EXPIRY_DAYS)[number] | '' | 'keep'

/** A key as it is entered: numbers are text until they are sent. */
export interface KeyDraft {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** `null` = all. */
  readonly models: readonly string[] | null
  readonly expiry: Expiry
  readonly requestsPerMinute: string
  readonly maxConcurrent: string
}

const NEW_KEY: KeyDraft = {
  name: '',
  scopes: ['inference', 'read'],
  models: null,
  expiry: '',
  requestsPerMinute: '',
  maxConcurrent: '',
}

/** A key for others expires, and its limits leave capacity for the owner. */
const GUEST_KEY: KeyDraft = { ...NEW_KEY, expiry: '7', requestsPerMinute: '20', maxConcurrent: '2' }

export function draftFor(purpose: KeyPurpose, name: string): KeyDraft {
  return { ...(purpose === 'share' ? GUEST_KEY : NEW_KEY), name }
}

export function draftOf({ name, scopes, models, requestsPerMinute, maxConcurrent }: KeyView): KeyDraft {
  return {
    name,
    scopes,
    models,
    expiry: 'keep',
    requestsPerMinute: requestsPerMinute?.toString() ?? '',
    maxConcurrent: maxConcurrent?.toString() ?? '',
  }
}

/** A mistake that the user can correct, and its field. */
export interface KeyMistake {
  readonly field: keyof KeyDraft
  readonly text: Extract<WindowKey, `key.mistake.${string}`>
}

/** The main process has the same limit. */
const MAX_LIMIT = 1_000_000

/** The first mistake. */
export function mistakeIn({ name, scopes, models, ...limits }: KeyDraft): KeyMistake | null {
  if (name.trim() === '') return { field: 'name', text: 'key.mistake.name' }
  if (scopes.length === 0) return { field: 'scopes', text: 'key.mistake.scopes' }
  if (models?.length === 0) return { field: 'models', text: 'key.mistake.models' }
  const field = (['requestsPerMinute', 'maxConcurrent'] as const).find((limit) => !isLimit(limits[limit]))
  return field === undefined ? null : { field, text: 'key.mistake.limit' }
}

function isLimit(text: string): boolean {
  const entered = text.trim()
  return entered === '' || (/^\d+$/.test(entered) && Number(entered) >= 1 && Number(entered) <= MAX_LIMIT)
}

export function toKeyRequest(draft: KeyDraft): PayloadOf<'keys.create'> {
  return { ...fieldsOf(draft), expiresInDays: daysOf(draft.expiry) }
}

export function toKeyChange(id: string, draft: KeyDraft): PayloadOf<'keys.update'> {
  const expiry = draft.expiry === 'keep' ? {} : { expiresInDays: daysOf(draft.expiry) }
  return { id, ...fieldsOf(draft), ...expiry }
}

function fieldsOf(draft: KeyDraft) {
  return {
    name: draft.name.trim(),
    scopes: draft.scopes,
    models: draft.models,
    requestsPerMinute: numberOrNull(draft.requestsPerMinute),
    maxConcurrent: numberOrNull(draft.maxConcurrent),
  }
}

function daysOf(expiry: Expiry): number | null {
  return expiry === 'keep' ? null : numberOrNull(expiry)
}

function numberOrNull(text: string): number | null {
  return text.trim() === '' ? null : Number(text)
}
