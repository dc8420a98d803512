import type { BodyShape } from '../../shared/body-shape.ts'
import type { Dialect } from '../../shared/dialect.ts'
import type { Route } from '../../shared/routes.ts'

/** Fields of a request that determine the format of its response. */
export type AnswerChoice = Readonly<Record<string, unknown>>

/** The relay distinguishes OpenAI's responses API by path; older relays do not distinguish it at all. */
const STREAMED: Readonly<Record<Dialect, BodyShape>> = {
  ollama: 'ndjson',
  openai: 'sse',
  responses: 'sse',
  anthropic: 'anthropic',
}
/** Transcription formats that are plain text, which cannot contain heartbeats. */
const TEXT_FORMATS: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt'])

/**
 * The shape of the response to a request, if the upstream accepts it.
 * @param chosen fields of a JSON body or a form; empty for other requests
 */
export function shapeFor(route: Route, chosen: AnswerChoice): BodyShape {
  if (isStreamed(route, chosen)) return STREAMED[route.dialect]
  return route.body === 'multipart' && TEXT_FORMATS.has(chosen['response_format']) ? 'opaque' : route.whole
}

function isStreamed({ streams, body }: Route, { stream }: AnswerChoice): boolean {
  if (streams === 'never') return false
  if (body === 'multipart') return typeof stream === 'string' && /^(?:true|1|on)$/i.test(stream)
  return (stream ?? streams === 'byDefault') !== false
}
