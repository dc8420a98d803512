import { AppError } from '../../shared/errors.ts'
import { judgeLength } from '../../shared/text-limits.ts'
import type { Grant } from './grant.ts'
import type { AnswerChoice } from './answer-shape.ts'
import { judgeModel } from './model-rule.ts'
import { formParts, type FormPart } from './multipart-form.ts'

/** OpenAI's limit for an audio file, and what Ollama keeps in memory (middleware/openai.go:1280). */
export const MAX_MULTIPART_BYTES = 25 * 1024 * 1024

/** Longer parts are files or prompts: no server knows a model of so long a name. */
const MAX_NAME_BYTES = 1024

/**
 * Keeps a form from naming a model that the grant does not cover. Parsers disagree on what a part is called (`name*=`,
 * `filename*=`), so any short part could be the model; with a list of models one part must say so plainly.
 * @returns the model, where the form says so plainly, and the short fields, by which the client chooses the form of its answer
 * @throws AppError MEDIA_NOT_SUPPORTED, SCOPE_MISSING, MODEL_NOT_ALLOWED, TEXT_TOO_LONG
 */
export function judgeMultipart(
  grant: Grant,
  contentType: string | undefined,
  bytes: Uint8Array,
): { readonly model: string | null; readonly chosen: AnswerChoice } {
  const parts = formParts(contentType, bytes)
  const named = parts.filter(({ name }) => name?.toLowerCase() === 'model')
  const models = named.map(textOf)
  for (const model of models) judgeLength('model', model)
  const short = parts.filter(({ content }) => content.length <= MAX_NAME_BYTES)
  // Without regard to the list: most of these are no models at all.
  for (const part of short) judgeModel({ ...grant, models: null }, textOf(part))
  if (grant.models !== null) judgeListed(grant, named, short)
  const chosen = Object.fromEntries(short.map((part) => [part.name, textOf(part)]))
  return { model: models[0] ?? null, chosen }
}

function judgeListed(grant: Grant, named: readonly FormPart[], short: readonly FormPart[]): void {
  const [part, ...others] = named
  const isPlain = others.length === 0 && short.every(({ name }) => name !== undefined)
  if (part?.name !== 'model' || !isPlain)
    throw new AppError(
      'MEDIA_NOT_SUPPORTED',
      'This key may use certain models only: the form must name one, once, in a part called "model".',
    )
  judgeModel(grant, textOf(part))
}

function textOf({ content }: FormPart): string {
  return content.toString()
}
