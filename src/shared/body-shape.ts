/**
 * The shape of a response body: decides what a heartbeat and an in-band error look like in it.
 * `opaque` has neither (a file, an empty body).
 */
export const BODY_SHAPES = ['ndjson', 'sse', 'anthropic', 'json', 'opaque'] as const
export type BodyShape = (typeof BODY_SHAPES)[number]

/** The shape that response headers announce; Anthropic's event streams look like any other in their headers. */
export function bodyShapeFor(contentType: string | undefined, isAnthropic: boolean): BodyShape {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  switch (type) {
    case 'application/x-ndjson':
      return 'ndjson'
    case 'text/event-stream':
      return isAnthropic ? 'anthropic' : 'sse'
    case 'application/json':
      return 'json'
    default:
      return 'opaque'
  }
}
