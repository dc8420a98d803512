import { z } from 'zod'
import { errorCase } from '../../shared/error-cases.ts'
import type { KeyedText } from '../../shared/words.ts'

/** The part of JSON Schema that describes settings. */
interface Described {
  readonly anyOf?: readonly Described[]
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly string[]
  readonly items?: Described
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

/** Which values a setting may have, as the rest of a sentence. */
export function allowedIn(schema: z.ZodType): KeyedText {
  return allowedBy(z.toJSONSchema(schema, { io: 'input' }) as Described)
}

function allowedBy({ anyOf, type, format, enum: values, items, ...range }: Described): KeyedText {
  const value = anyOf?.find((choice) => choice.type !== 'null')
  if (value !== undefined) return errorCase('allowed.orNull', { allowed: allowedBy(value) })
  if (type === 'boolean') return errorCase('allowed.switch')
  if (format === 'uri') return errorCase('allowed.url')
  if (values !== undefined) return errorCase('allowed.choice', { values: values.join(', ') })
  if (items?.enum !== undefined) return errorCase('allowed.list', { values: items.enum.join(', ') })
  const { minimum: min, maximum: max, maxLength } = range
  if (min !== undefined && max !== undefined) return errorCase('allowed.number', { min, max })
  return maxLength === undefined ? errorCase('allowed.other') : errorCase('allowed.text', { max: maxLength })
}
