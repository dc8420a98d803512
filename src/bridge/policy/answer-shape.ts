import type { BodyShape } from '../../shared/body-shape.ts'
import type { Dialect } from '../../shared/dialect.ts'
import type { Route } from '../../shared/routes.ts'

/** Fields of a request, by which its client chooses the form of the answer. */
export type AnswerChoice = Readonly<Record<string, unknown>>

/** The relay tells OpenAI's responses from its other streams by the path, as older ones do not at all. */
const STREAMED: Readonly<Record<Dialect, BodyShape>> = {
  ollama: 'ndjson',
  openai: 'sse',
  responses: 'sse',
  anthropic: 'anthropic',
}
/** Transcriptions in these formats are text, in which nothing of ours may stand. */
const TEXT_FORMATS: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt'])

/**
 * The shape that the answer to a request will have, should the upstream accept it.
 * @param chosen of a JSON body or a form; of a request without either: nothing
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
