/**
 * Model names, compared like Ollama does (types/model/name.go, internal/modelref/modelref.go). Forms unknown to
 * Ollama equal no other name: a comparison may fail, but never succeeds by mistake.
 */

const DEFAULT_HOST = 'registry.ollama.ai'
const DEFAULT_NAMESPACE = 'library'
const DEFAULT_TAG = 'latest'
/** The tag `cloud`, or one that ends in `-cloud`. */
const CLOUD_TAG = /[:@+](?:[^:@+]*-)?cloud(?:$|[:@+])/

/** The canonical spelling of a model name: `Llama3` becomes `registry.ollama.ai/library/llama3:latest`. */
export function canonicalModelName(name: string): string {
  const bare = lowerAscii(name.trim()).replace(/^https?:\/\//, '')
  const tagged = bare.lastIndexOf(':') > bare.lastIndexOf('/') ? bare : `${bare}:${DEFAULT_TAG}`
  const slashAt = tagged.indexOf('/')
  if (slashAt < 0) return `${DEFAULT_HOST}/${DEFAULT_NAMESPACE}/${tagged}`
  return tagged.includes('/', slashAt + 1) ? tagged : `${DEFAULT_HOST}/${tagged}`
}

/** Canonical names, cached by their list: lists are read far more often than they change. */
const canonicalNames = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Whether the list contains this model. The list must not be modified afterwards. */
export function includesModel(models: readonly string[], name: string): boolean {
  return canonicalNamesOf(models).has(canonicalModelName(name))
}

/** The canonical names of a list, computed once. The list must not be modified afterwards. */
export function canonicalNamesOf(models: readonly string[]): ReadonlySet<string> {
  const known = canonicalNames.get(models)
  if (known !== undefined) return known
  const names = new Set(models.map(canonicalModelName))
  canonicalNames.set(models, names)
  return names
}

/**
 * Whether Ollama would serve this model from ollama.com with the owner's account: its tag is `cloud` or ends in
 * `-cloud`. Spaces are ignored, and tags before a digest count, because Ollama's own parsing has varied.
 */
export function isCloudModel(name: string): boolean {
  const compact = lowerAscii(name).replace(/[\s\u0085]+/g, '')
  return CLOUD_TAG.test(compact.slice(compact.lastIndexOf('/') + 1))
}

/** Ollama folds only A-Z; `toLowerCase` would also turn the Kelvin sign into a `k`. */
function lowerAscii(text: string): string {
  if (/^\p{ASCII}*$/u.test(text)) return text.toLowerCase()
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
