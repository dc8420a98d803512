import type { BodyShape } from '../../shared/body-shape.ts'
import type { Dialect } from '../../shared/dialect.ts'
import { CHAT_STREAM_PATH, type Route } from '../../shared/routes.ts'

/** Request fields that select the response format. */
export type AnswerChoice = Readonly<Record<string, unknown>>

/**
 * OpenAI Responses streams have no shape of their own: relays recognize them by path, and older relays not at
 * all.
 */
const STREAMED: Readonly<Record<Dialect, BodyShape>> = {
  ollama: 'ndjson',
  openai: 'sse',
  responses: 'sse',
  anthropic: 'anthropic',
}
/** Transcriptions in these formats are plain text, so nothing may be injected into them. */
const TEXT_FORMATS: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt'])

/**
 * The body shape of the response if the upstream accepts the request.
 * @param chosen fields of the JSON body or form; empty if there is neither
 */
export function shapeFor(route: Route, chosen: AnswerChoice): BodyShape {
  if (route.path === CHAT_STREAM_PATH) return 'sse'
  if (isStreamed(route, chosen)) return STREAMED[route.dialect]
  return route.body === 'multipart' && TEXT_FORMATS.has(chosen['response_format']) ? 'opaque' : route.whole
}

function isStreamed({ streams, body }: Route, { stream }: AnswerChoice): boolean {
  if (streams === 'never') return false
  if (body === 'multipart') return typeof stream === 'string' && /^(?:true|1|on)$/i.test(stream)
  return (stream ?? streams === 'byDefault') !== false
}
