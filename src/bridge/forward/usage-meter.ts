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

/** Reads how many tokens an answer had and how fast they came. Keeps nothing but the last few KiB that passed. */
export class UsageMeter {
  readonly #clock: Clock
  #tail: Uint8Array = new Uint8Array()
  #firstMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(chunk: Uint8Array): void {
    this.#firstMs ??= this.#clock.monotonic()
    const tail = chunk.length < TAIL_BYTES ? Buffer.concat([this.#tail, chunk]) : chunk
    this.#tail = tail.subarray(-TAIL_BYTES)
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

function lastNumber(text: string, pattern: RegExp): number | null {
  const match = [...text.matchAll(pattern)].at(-1)
  return match === undefined ? null : Number(match[1])
}
