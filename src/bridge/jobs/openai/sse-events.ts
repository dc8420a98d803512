import { AppError } from '../../../shared/errors.ts'
import { type JsonObject, parseJsonObject } from '../../../shared/json-object.ts'

/** A longer event is not from a model server: the last one holds the whole answer. */
export const MAX_EVENT_CHARS = 8 * 1024 * 1024

/** The JSON objects in an event stream. Comments, names of events and `[DONE]` are dropped. */
export class SseEvents {
  readonly #decoder = new TextDecoder()
  readonly #pieces: string[] = []
  #chars = 0

  /** @throws AppError UPSTREAM_FAILED if an event is too long */
  add(chunk: Uint8Array): JsonObject[] {
    const events: JsonObject[] = []
    const [first = '', ...rest] = this.#decoder.decode(chunk, { stream: true }).split('\n')
    this.#hold(first)
    for (const next of rest) {
      const event = eventIn(this.#pieces.join(''))
      this.#pieces.length = this.#chars = 0
      this.#hold(next)
      if (event !== undefined) events.push(event)
    }
    return events
  }

  #hold(piece: string): void {
    this.#chars += piece.length
    if (this.#chars > MAX_EVENT_CHARS) throw new AppError('UPSTREAM_FAILED')
    if (piece !== '') this.#pieces.push(piece)
  }
}

/** Servers write the JSON of an event in one line. */
function eventIn(line: string): JsonObject | undefined {
  return line.startsWith('data:') ? parseJsonObject(line.slice('data:'.length)) : undefined
}
