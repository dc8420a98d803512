import type { BodyShape } from '../shared/body-shape.ts'

/** Heartbeats and errors inside a response body, by shape. */

/** Record-based bodies, which allow insertions between records. */
export type RecordShape = 'ndjson' | 'sse' | 'anthropic' | 'responses'

export function isRecordShape(shape: BodyShape): shape is RecordShape {
  return shape !== 'json' && shape !== 'opaque'
}

/** Shapes with a heartbeat; JSON allows one only before its first byte. */
export type LiveShape = Exclude<BodyShape, 'opaque'>

export const CONTENT_TYPES: Readonly<Record<LiveShape, string>> = {
  ndjson: 'application/x-ndjson',
  sse: 'text/event-stream',
  anthropic: 'text/event-stream',
  responses: 'text/event-stream',
  json: 'application/json',
}

const encoder = new TextEncoder()

/**
 * Tested against ollama-js, ollama's Go client, openai-node, the AI SDK and Python's json: a blank NDJSON line breaks
 * three of them, and a comment followed by an empty line breaks openai-python.
 */
export const HEARTBEATS: Readonly<Record<LiveShape, Uint8Array>> = {
  ndjson: encoder.encode(' '),
  sse: encoder.encode(': ping\n'),
  anthropic: encoder.encode('event: ping\ndata: {"type":"ping"}\n\n'),
  responses: encoder.encode(': ping\n'),
  json: encoder.encode(' '),
}

/** An error as the final record, without `[DONE]`. Errors of `responses` depend on earlier events. */
export function errorRecord(shape: Exclude<RecordShape, 'responses'>, json: string): string {
  switch (shape) {
    case 'ndjson':
      return `${json}\n`
    case 'sse':
      return `data: ${json}\n\n`
    case 'anthropic':
      return `event: error\ndata: ${json}\n\n`
  }
}

const LF = 0x0a

/** Tracks whether the last record is complete. */
export class RecordTail {
  /** The last four bytes; initially at a record boundary. */
  #last = 0x0a0a0a0a

  note(chunk: Uint8Array): void {
    for (let i = Math.max(0, chunk.length - 4); i < chunk.length; i++)
      this.#last = (this.#last << 8) | (chunk[i] ?? 0)
  }

  isBoundary(shape: LiveShape): boolean {
    switch (shape) {
      case 'json':
        return true
      case 'ndjson':
        return this.#endsLine
      default:
        return (this.#last & 0xffff) === 0x0a0a || (this.#last & 0xffffff) === 0x0a0d0a
    }
  }

  /** The bytes that complete a partial record. */
  completionFor(shape: RecordShape): string {
    if (this.isBoundary(shape)) return ''
    return shape === 'ndjson' || this.#endsLine ? '\n' : '\n\n'
  }

  get #endsLine(): boolean {
    return (this.#last & 0xff) === LF
  }
}
