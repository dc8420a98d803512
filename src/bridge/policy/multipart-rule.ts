import { AppError } from '../../shared/errors.ts'
import type { Grant } from './grant.ts'
import { judgeModel } from './model-rule.ts'

/** OpenAI's limit for an audio file, and what Ollama keeps in memory (middleware/openai.go:1280). */
export const MAX_MULTIPART_BYTES = 25 * 1024 * 1024

/** Parts above this are files; no model has so long a name. */
const MAX_NAME_BYTES = 1024

/** One plain boundary, so that no two parsers can choose different ones. */
const CONTENT_TYPE = /^multipart\/form-data; *boundary=("?)[\w'()+,./:=?-]{1,70}\1$/i

/**
 * Keeps a form from naming a model that the grant does not cover. Parsers disagree on what a part is called
 * (`name*=`, `filename*=`), so any short part counts as a name, whatever its own name.
 * @throws AppError MEDIA_NOT_SUPPORTED, SCOPE_MISSING
 */
export async function judgeMultipart(
  grant: Grant,
  contentType: string | undefined,
  bytes: Uint8Array,
): Promise<void> {
  if (contentType === undefined || !CONTENT_TYPE.test(contentType)) throw new AppError('MEDIA_NOT_SUPPORTED')
  for (const part of await parseForm(contentType, bytes)) {
    if (typeof part === 'string') judgeModel(grant, part)
    else if (part.size <= MAX_NAME_BYTES) judgeModel(grant, await part.text())
  }
}

async function parseForm(contentType: string, bytes: Uint8Array): Promise<(string | Blob)[]> {
  try {
    const body = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } })
    return [...(await body.formData()).values()]
  } catch (cause) {
    throw new AppError('MEDIA_NOT_SUPPORTED', 'The form cannot be read.', { cause })
  }
}
