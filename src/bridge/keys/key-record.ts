import { z } from 'zod'

import type { KeyDigest } from '../../shared/brands.ts'
import { AppError } from '../../shared/errors.ts'
import { SCOPES, type Scope } from '../../shared/routes.ts'

const Limit = z.int().min(1).max(1_000_000).nullable()

export const MAX_NAME_CHARS = 100

const NewKeySchema = z.object({
  name: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(MAX_NAME_CHARS, `must have at most ${MAX_NAME_CHARS} characters`)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters'),
  scopes: z.array(z.enum(SCOPES)).min(1).readonly(),
  /** Model names; `null` = all. */
  models: z
    .array(z.string().trim().min(1).max(300, 'names must have at most 300 characters'))
    .min(1, 'must name a model')
    .readonly()
    .nullable(),
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
  const { issues } = parsed.error
  throw new AppError('CONFIG_INVALID', {
    cli: issues.map(({ path, message }) => `--${toOption(path)}: ${message}`).join('; '),
    app: issues.map(({ path, message }) => `${LABELS[String(path[0])] ?? 'Key'}: ${message}`).join('; '),
  })
}

/** The window's names of the fields. */
const LABELS: Readonly<Record<string, string>> = {
  name: 'Name',
  scopes: 'Permissions',
  models: 'Models',
  expiresAt: 'Expires',
  requestsPerMinute: 'Requests per minute',
  maxConcurrent: 'Concurrent requests',
}

function toOption(path: readonly PropertyKey[]): string {
  const field = String(path[0])
  return field === 'expiresAt' ? 'expires' : field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
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
