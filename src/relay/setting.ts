import { z } from 'zod'
import { MAX_TIMER_MS } from '../shared/clock.ts'

/** A setting's sources besides its flag, allowed values and description. */
export interface SettingMeta {
  /** Environment variables in order of precedence. */
  readonly env: readonly string[]
  /** Completes "must be …". */
  readonly allowed: string
  /** One line for `relay --help`. */
  readonly description: string
  /** The default as text, if its value is not descriptive. */
  readonly shownDefault?: string
  /** Expansions of short values, by variable. */
  readonly spellOut?: Readonly<Record<string, (value: string) => string>>
  /** A secret: `<VARIABLE>_FILE` and `--<flag>-file` name a file with it, like Docker secrets. */
  readonly isSecret?: boolean
}

export const metas = z.registry<SettingMeta>()

export function setting<T extends z.ZodType>(schema: T, meta: SettingMeta): T {
  metas.add(schema, meta)
  return schema
}

export const text = z.string().trim().min(1)
export const list = text.transform((value) => value.split(',').map((item) => item.trim()))
const digits = z.union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)])

interface Range {
  /** 1 by default. */
  readonly min?: number
  readonly max?: number
  readonly aliases?: readonly string[]
}

export function integer(name: string, fallback: number, description: string, range: Range = {}) {
  return setting(wholeNumber(range).default(fallback), numberMeta(name, description, range))
}

/** In milliseconds. */
export function duration(name: string, fallbackMs: number, description: string, range: Range = {}) {
  return integer(name, fallbackMs, description, { max: MAX_TIMER_MS, ...range })
}

/** In milliseconds, if omitting it is meaningful. */
export function optionalDuration(name: string, description: string) {
  const range = { max: MAX_TIMER_MS }
  return setting(wholeNumber(range).optional(), numberMeta(name, description, range))
}

export function toggle(name: string, fallback: boolean, description: string) {
  const schema = z
    .enum(['true', 'false'])
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true')
  return setting(schema, { env: [name], allowed: 'true or false', description })
}

function wholeNumber({ min = 1, max = Number.MAX_SAFE_INTEGER }: Range) {
  return digits.pipe(z.number().int().min(min).max(max))
}

function numberMeta(name: string, description: string, { min = 1, max, aliases = [] }: Range): SettingMeta {
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`
  return { env: [name, ...aliases], allowed: `a whole number ${range}`, description }
}
