import type { RequestActivity } from '../../bridge/activity/activity-log.ts'
import type { ViewCatalogue } from './words/en.ts'
import type { ViewWords } from './words/view-words.ts'

type NameKey = Extract<keyof ViewCatalogue, `request.${string}`>
type PlainKey = Exclude<NameKey, 'request.keptFor' | 'request.status'>

/** First match wins. Paths of Ollama, OpenAI and Anthropic. */
const NAMES: readonly (readonly [RegExp, PlainKey])[] = [
  [/^\/v1\/streams?(?:\/|$)/, 'request.kept'],
  [/\/count_tokens$/, 'request.tokens'],
  [/^\/(?:api\/chat(?:\/stream)?|v1\/chat\/completions|v1\/messages|v1\/responses)$/, 'request.chat'],
  [/^\/(?:api\/generate|v1\/completions)$/, 'request.completion'],
  [/^\/(?:api\/embed(?:dings)?|v1\/embeddings)$/, 'request.embeddings'],
  [/^\/(?:api\/tags|v1\/models)$/, 'request.models'],
  [/^\/(?:api\/show$|v1\/models\/)/, 'request.modelDetails'],
  [/^\/api\/ps$/, 'request.loaded'],
  [/^\/api\/pull$/, 'request.pull'],
  [/^\/api\/create$/, 'request.create'],
  [/^\/api\/delete$/, 'request.delete'],
  [/^\/api\/copy$/, 'request.copy'],
  [/^\/api\/version$/, 'request.version'],
]

/** "Chat", "Embeddings"; the path of a request that has no name. */
export function requestNameOf({ t }: ViewWords, { path }: Pick<RequestActivity, 'path'>): string {
  const key = NAMES.find(([pattern]) => pattern.test(path))?.[1]
  return key === undefined ? path : t(key)
}
