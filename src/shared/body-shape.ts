import type { Dialect } from './dialect.ts'

/**
 * The shape of a response body: determines the format of heartbeats and in-band errors.
 * `sse`, `anthropic` and `responses` are event streams with different error events; `opaque` (files, text, empty
 * bodies) has neither heartbeats nor errors.
 */
export const BODY_SHAPES = ['ndjson', 'sse', 'anthropic', 'responses', 'json', 'opaque'] as const
export type BodyShape = (typeof BODY_SHAPES)[number]

/** The shape according to the response headers. Event streams are distinguished by dialect. */
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

/** The event stream shape of this dialect, which determines its error events. */
export function eventShapeFor(dialect: Dialect): 'sse' | 'anthropic' | 'responses' {
  return dialect === 'anthropic' || dialect === 'responses' ? dialect : 'sse'
}
