import type { z } from 'zod'
import type { ReplicaAnswer } from '../cluster/hop-question.ts'

/** Reads one kind of answer. */
export type PartParser = (body: Uint8Array) => object | undefined

/** What another relay answered, as JSON of this form; `undefined` where it is none. */
export function parsedPart<T>(schema: z.ZodType<T>, body: Uint8Array): T | undefined {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(body)))
  } catch {
    return undefined
  }
}

/** What cannot be read, as of a relay of another version, is left out. */
export function readable(answers: readonly ReplicaAnswer[] = [], parse: PartParser): readonly object[] {
  return answers.flatMap(({ status, body }) => (status === 200 ? (parse(body) ?? []) : []))
}
