import type { BodyShape } from '../../shared/body-shape.ts'
import type { Route } from '../../shared/routes.ts'

/** The shape that the answer to a JSON request will have, should the upstream accept it. */
export function shapeFor(route: Route, value: { readonly stream?: unknown }): BodyShape {
  const { stream } = value
  const streams = route.streams !== 'never' && (stream ?? route.streams === 'byDefault') !== false
  if (!streams) return route.whole
  switch (route.dialect) {
    case 'ollama':
      return 'ndjson'
    case 'openai':
      return 'sse'
    case 'anthropic':
      return 'anthropic'
  }
}
