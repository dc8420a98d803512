import type { Clock } from '../../shared/clock.ts'

export interface Usage {
  readonly tokens: number | null
  readonly tokensPerS: number | null
}

/** Statistics stand at the very end of an answer: Ollama's last record, or the usage of OpenAI's and Anthropic's. */
const TAIL_BYTES = 4096

/** Not behind a backslash: there it would be text that a model wrote. */
const TOKENS = /(?<!\\)"(?:eval_count|completion_tokens|output_tokens)": ?(\d+)/g
const DURATION_NS = /(?<!\\)"eval_duration": ?(\d+)/g

/** What ends a record of a streamed answer, by its media type. A record is about one token. */
const RECORD_ENDS: Readonly<Record<string, string>> = {
  'application/x-ndjson': '\n',
  'text/event-stream': '\n\n',
}

/** Reads how many tokens an answer had and how fast they came. Keeps nothing but the last few KiB that passed. */
export class UsageMeter {
  readonly #clock: Clock
  #tail: Uint8Array = new Uint8Array()
  #firstMs: number | undefined
  #recordEnd: string | undefined
  #records = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The answer that begins has a model's words. @param contentType whether they come as they are made */
  expect(contentType = ''): void {
    this.#recordEnd = RECORD_ENDS[contentType.replace(/;.*$/s, '').trim().toLowerCase()]
  }

  add(chunk: Uint8Array): void {
    this.#firstMs ??= this.#clock.monotonic()
    if (this.#recordEnd !== undefined) this.#records += countOf(this.#recordEnd, chunk)
    const tail = chunk.length < TAIL_BYTES ? Buffer.concat([this.#tail, chunk]) : chunk
    this.#tail = tail.subarray(-TAIL_BYTES)
  }

  /** How far a streamed answer has come. */
  readSoFar(): Usage {
    const elapsedMs = this.#clock.monotonic() - (this.#firstMs ?? Infinity)
    const tokens = this.#records === 0 ? null : this.#records
    return { tokens, tokensPerS: tokens !== null && elapsedMs > 0 ? (tokens * 1000) / elapsedMs : null }
  }

  /** @param streamed the answer came as the tokens were made, so that its time tells their speed. */
  read(streamed: boolean): Usage {
    const text = new TextDecoder().decode(this.#tail)
    const tokens = lastNumber(text, TOKENS)
    const elapsedMs = streamed ? this.#clock.monotonic() - (this.#firstMs ?? Infinity) : 0
    const durationMs = (lastNumber(text, DURATION_NS) ?? 0) / 1e6 || elapsedMs
    return { tokens, tokensPerS: tokens !== null && durationMs > 0 ? (tokens * 1000) / durationMs : null }
  }
}

function countOf(text: string, chunk: Uint8Array): number {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  let count = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) count++
  return count
}

function lastNumber(text: string, pattern: RegExp): number | null {
  const match = [...text.matchAll(pattern)].at(-1)
  return match === undefined ? null : Number(match[1])
}
