import type { BodyShape } from '../shared/body-shape.ts'

/** What can be said inside a body of each shape besides the upstream's own words. */

/** Bodies of records, between which something can be put at any time. */
export type RecordShape = 'ndjson' | 'sse' | 'anthropic' | 'responses'

export function isRecordShape(shape: BodyShape): shape is RecordShape {
  return shape !== 'json' && shape !== 'opaque'
}

/** Shapes with a heartbeat: JSON has one only before its first byte. */
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
 * Tried against ollama-js, ollama's Go client, openai-node, the AI SDK and Python's json: a blank NDJSON line breaks three
 * of them, and a comment with an empty line behind it breaks openai-python.
 */
export const HEARTBEATS: Readonly<Record<LiveShape, Uint8Array>> = {
  ndjson: encoder.encode(' '),
  sse: encoder.encode(': ping\n'),
  anthropic: encoder.encode('event: ping\ndata: {"type":"ping"}\n\n'),
  responses: encoder.encode(': ping\n'),
  json: encoder.encode(' '),
}

/** An error as a record. It is the last: no `[DONE]` follows. Those of `responses` depend on the events before. */
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

/** Remembers how the body ended so far: whether a record is complete. */
export class RecordTail {
  /** The last four bytes. Before the first byte all is complete. */
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

  /** What completes a record that was left halfway. */
  completionFor(shape: RecordShape): string {
    if (this.isBoundary(shape)) return ''
    return shape === 'ndjson' || this.#endsLine ? '\n' : '\n\n'
  }

  get #endsLine(): boolean {
    return (this.#last & 0xff) === LF
  }
}
