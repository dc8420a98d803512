import type { Dialect } from './dialect.ts'

/**
 * The shape of a response body: decides what a heartbeat and an in-band error look like in it.
 * `sse`, `anthropic` and `responses` are event streams that tell of errors in different ways; `opaque` has neither heartbeats nor
 * errors (a file, text, an empty body).
 */
export const BODY_SHAPES = ['ndjson', 'sse', 'anthropic', 'responses', 'json', 'opaque'] as const
export type BodyShape = (typeof BODY_SHAPES)[number]

/** The shape that response headers announce. Event streams look alike there: the dialect tells them apart. */
export function bodyShapeFor(contentType: string | undefined, dialect: Dialect): BodyShape {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  switch (type) {
    case 'application/x-ndjson':
      return 'ndjson'
    case 'text/event-stream':
      return eventShapeFor(dialect)
    case 'application/json':
      return 'json'
    default:
      return 'opaque'
  }
}

/** How events of this dialect tell of an error. */
export function eventShapeFor(dialect: Dialect): 'sse' | 'anthropic' | 'responses' {
  return dialect === 'anthropic' || dialect === 'responses' ? dialect : 'sse'
}
