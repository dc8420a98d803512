import { AppError } from '../../shared/errors.ts'
import { checkLength } from '../../shared/text-limits.ts'
import type { Grant } from './grant.ts'
import type { AnswerChoice } from './answer-shape.ts'
import { checkModel } from './model-rule.ts'
import { formParts, type FormPart } from './multipart-form.ts'

/** OpenAI's limit for an audio file, and Ollama's in-memory limit (middleware/openai.go:1280). */
export const MAX_MULTIPART_BYTES = 25 * 1024 * 1024

/** Longer parts are files or prompts; no server has a model name of this length. */
const MAX_NAME_BYTES = 1024

/**
 * Rejects forms that name a model outside the grant. Parsers disagree on part names (`name*=`, `filename*=`),
 * so any short part could name the model. If the grant has a model list, exactly one plainly named part must
 * name the model.
 * @returns the model, if it is named plainly, and the short fields that select the response format
 * @throws AppError MEDIA_NOT_SUPPORTED, SCOPE_MISSING, MODEL_NOT_ALLOWED, TEXT_TOO_LONG
 */
export function checkMultipart(
  grant: Grant,
  contentType: string | undefined,
  bytes: Uint8Array,
): { readonly model: string | null; readonly chosen: AnswerChoice } {
  const parts = formParts(contentType, bytes)
  const named = parts.filter(({ name }) => name?.toLowerCase() === 'model')
  const models = named.map(textOf)
  for (const model of models) checkLength('model', model)
  const short = parts.filter(({ content }) => content.length <= MAX_NAME_BYTES)
  // The model list does not apply: most of these parts are not models.
  for (const part of short) checkModel({ ...grant, models: null }, textOf(part))
  if (grant.models !== null) checkListed(grant, named, short)
  const chosen = Object.fromEntries(short.map((part) => [part.name, textOf(part)]))
  return { model: models[0] ?? null, chosen }
}

function checkListed(grant: Grant, named: readonly FormPart[], short: readonly FormPart[]): void {
  const [part, ...others] = named
  const isPlain = others.length === 0 && short.every(({ name }) => name !== undefined)
  if (part?.name !== 'model' || !isPlain)
    throw new AppError(
      'MEDIA_NOT_SUPPORTED',
      'This key is limited to certain models, so the form must name exactly one, in a part called "model".',
    )
  checkModel(grant, textOf(part))
}

function textOf({ content }: FormPart): string {
  return content.toString()
}
