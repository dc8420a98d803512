import { isJsonObject } from '../../shared/json-object.ts'

/**
 * Model fields that any key may see. llama-server's router also returns the command line, environment and
 * path of each model; vLLM returns the directory it was loaded from.
 */
const PUBLIC_FIELDS = [
  'id',
  'object',
  'created',
  'owned_by',
  'name',
  'model',
  'display_name',
  'description',
  'type',
  'publisher',
  'arch',
  'architecture',
  'quantization',
  'state',
  'capabilities',
  'supported_parameters',
  'supported_features',
  'tags',
  'aliases',
  'context_length',
  'context_window',
  'max_model_len',
  'max_context_length',
  'loaded_context_length',
  'max_output_tokens',
  'modified_at',
  'size',
  'digest',
  'in_cache',
] as const

/** Public fields of nested objects: llama-server's `meta`, its router's `status`, and Ollama's `details`. */
const PUBLIC_PARTS: Readonly<Record<string, readonly string[]>> = {
  meta: ['vocab_type', 'n_vocab', 'n_ctx', 'n_ctx_train', 'n_embd', 'n_params', 'size', 'ftype'],
  status: ['value', 'failed', 'exit_code', 'progress'],
  details: ['format', 'family', 'families', 'parameter_size', 'quantization_level'],
}

/** Reduces an entry of a model list to the fields known to be harmless. */
export function toPublicModel(entry: unknown): Record<string, unknown> {
  if (!isJsonObject(entry)) return {}
  const parts: Record<string, unknown> = {}
  for (const [name, fields] of Object.entries(PUBLIC_PARTS)) {
    const part = entry[name]
    if (isJsonObject(part)) parts[name] = pick(part, fields)
    // LM Studio's status is a string.
    else if (typeof part === 'string') parts[name] = part
  }
  return { ...pick(entry, PUBLIC_FIELDS), ...parts }
}

function pick(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in value).map((name) => [name, value[name]]))
}
