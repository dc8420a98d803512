import { z } from 'zod'

import type { KeyDigest } from '../../shared/brands.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { SCOPES, type Scope } from '../../shared/routes.ts'
import type { KeyedText } from '../../shared/words.ts'

export const MAX_NAME_CHARS = 100
const MAX_MODEL_CHARS = 300
const MAX_LIMIT = 1_000_000
/** Reported at once: a list of models may have thousands. */
const MAX_MISTAKES = 6

const Limit = z.int().min(1).max(MAX_LIMIT).nullable()

const NewKeySchema = z.object({
  name: z
    .string()
    .trim()
    .min(1)
    .max(MAX_NAME_CHARS)
    .regex(/^\P{Cc}*$/u),
  scopes: z.array(z.enum(SCOPES)).min(1).readonly(),
  /** Model names; `null` = all. */
  models: z.array(z.string().trim().min(1).max(MAX_MODEL_CHARS)).min(1).readonly().nullable(),
  /** Milliseconds since the epoch; `null` means never. */
  expiresAt: z.int().nullable(),
  requestsPerMinute: Limit,
  maxConcurrent: Limit,
})

/** Properties of a key that the owner chooses. `null` = no limit. */
export type NewKey = Readonly<z.infer<typeof NewKeySchema>>

const KeyUsageSchema = z.object({
  /** Milliseconds since the epoch. */
  lastAt: z.int(),
  requests: z.int(),
  tokens: z.int(),
})

/** The use of a key so far. */
export type KeyUsage = Readonly<z.infer<typeof KeyUsageSchema>>

/** A key as stored: everything except its text. */
export const KeyRecordSchema = NewKeySchema.extend({
  id: z.string(),
  /** SHA-256 of the key's text, base64url. */
  digest: z.string().transform((digest) => digest as KeyDigest),
  /** Milliseconds since the epoch. */
  createdAt: z.int(),
  /** The owner's routing id at the relay for which the key was made; absent in older files. */
  address: z.string().exactOptional(),
  usage: KeyUsageSchema.exactOptional(),
})

export type KeyRecord = Readonly<z.infer<typeof KeyRecordSchema>>

export const ListedKeySchema = KeyRecordSchema.extend({
  /** Whether it was created for a relay other than the one this device is paired with, so that it does not work. */
  isForeign: z.boolean().default(false),
})

export type ListedKey = Readonly<z.infer<typeof ListedKeySchema>>

/** @throws AppError CONFIG_INVALID naming each invalid field */
export function parseNewKey(value: unknown): NewKey {
  const parsed = NewKeySchema.safeParse(value)
  if (parsed.success) return parsed.data
  const mistakes = { texts: parsed.error.issues.slice(0, MAX_MISTAKES).map(mistakeIn) }
  throw new AppError('CONFIG_INVALID', errorCase('case.key.invalid', { mistakes }))
}

function mistakeIn({ path, code }: z.core.$ZodIssue): KeyedText {
  switch (path[0] as keyof NewKey) {
    case 'name':
      if (code === 'too_big') return errorCase('case.key.longName', { max: MAX_NAME_CHARS })
      return errorCase(code === 'too_small' ? 'case.key.noName' : 'case.key.name')
    case 'scopes':
      return errorCase('case.key.scopes', { scopes: SCOPES.join(', ') })
    case 'models':
      if (path.length > 1) return errorCase('case.key.longModel', { max: MAX_MODEL_CHARS })
      return errorCase('case.key.models')
    case 'expiresAt':
      return errorCase('case.key.expires')
    case 'requestsPerMinute':
      return errorCase('case.key.limit', { option: 'requests-per-minute', max: MAX_LIMIT })
    case 'maxConcurrent':
      return errorCase('case.key.limit', { option: 'max-concurrent', max: MAX_LIMIT })
  }
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d{1,6})([mhd])$/
const DATE = /^\d{4}-\d{2}-\d{2}(T.+)?$/

/**
 * Parses `--expires`: `30d`, `12h`, `45m`, `never`, or an ISO date (UTC by default).
 * @returns milliseconds since the epoch, `null` for never
 * @throws AppError CONFIG_INVALID
 */
export function parseExpiry(text: string, nowMs: number): number | null {
  if (text === 'never') return null
  const expiresAt = durationFrom(text, nowMs) ?? dateFrom(text)
  if (Number.isNaN(expiresAt))
    throw new AppError(
      'CONFIG_INVALID',
      `--expires: "${text}" is invalid; use a value such as 30d, 12h, 45m, never or 2030-12-31`,
    )
  if (expiresAt <= nowMs) throw new AppError('CONFIG_INVALID', `--expires: "${text}" is in the past`)
  return expiresAt
}

function durationFrom(text: string, nowMs: number): number | undefined {
  const match = DURATION.exec(text)
  return match === null ? undefined : nowMs + Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
}

/** `Date.parse` accepts 31 days in every month, and turns February 30 into a day in March. */
function dateFrom(text: string): number {
  const dayMs = DATE.test(text) ? Date.parse(text.slice(0, 10)) : Number.NaN
  const isReal = !Number.isNaN(dayMs) && text.startsWith(new Date(dayMs).toISOString().slice(0, 10))
  return isReal ? Date.parse(text) : Number.NaN
}

/** Parses `--scopes`: `inference,read`. @throws AppError CONFIG_INVALID naming the unknown scope */
export function parseScopes(text: string): readonly Scope[] {
  const scopes = new Set<Scope>()
  for (const name of text.split(',').map((part) => part.trim())) {
    const scope = SCOPES.find((known) => known === name)
    if (scope === undefined)
      throw new AppError('CONFIG_INVALID', `--scopes: there is no scope "${name}", only ${SCOPES.join(', ')}`)
    scopes.add(scope)
  }
  return [...scopes]
}
