import { Transform, pipeline, type TransformCallback } from 'node:stream'
import { AppError } from '../../shared/errors.ts'
import { isJsonObject, type JsonObject, parseJsonObject } from '../../shared/json-object.ts'
import { bodyOf, type UpstreamAnswer } from './answer-body.ts'

/** A longer record is not from a chat API. */
const MAX_RECORD_CHARS = 1024 * 1024
const MAX_ERROR_CHARS = 64 * 1024
/** Statistics of Ollama's final record that are passed on. Durations are in nanoseconds. */
const FIGURES = [
  'total_duration',
  'load_duration',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'eval_duration',
] as const

/** The answer of an upstream's chat API as the events of `/api/chat/stream`; an error as `{"error": "..."}`. */
export function toChatAnswer({ status, body }: UpstreamAnswer): UpstreamAnswer {
  const isChat = status === 200
  const translation = isChat ? new ChatEvents() : new ErrorText()
  const type = isChat ? 'text/event-stream' : 'application/json'
  return {
    status,
    headers: ['Content-Type', type, 'Cache-Control', 'no-store'],
    body: bodyOf(pipeline(body.toStream(), translation, () => {})),
  }
}

/**
 * Translates the records of Ollama's `/api/chat` (lines) and OpenAI's chat completions (events, `[DONE]`). Without
 * the upstream's final record there is no `done` either, so a broken answer never looks complete.
 */
class ChatEvents extends Transform {
  readonly #decoder = new TextDecoder()
  #line = ''
  #model: unknown
  #usage: JsonObject = {}
  #isDone = false

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    const [first = '', ...rest] = this.#decoder.decode(chunk, { stream: true }).split('\n')
    const lines = [this.#line + first, ...rest]
    this.#line = lines.pop() ?? ''
    if (this.#line.length > MAX_RECORD_CHARS) return done(new AppError('UPSTREAM_FAILED'))
    for (const line of lines) this.#take(line.trim())
    done()
  }

  override _flush(done: TransformCallback): void {
    this.#take(this.#line.trim())
    done()
  }

  #take(line: string): void {
    const text = line.startsWith('data:') ? line.slice('data:'.length).trim() : line
    if (text === '[DONE]') return this.#finish(this.#usage)
    const record = parseJsonObject(text)
    if (record === undefined) return
    this.#model = record['model'] ?? this.#model
    if ('error' in record) return this.#event({ error: errorTextIn(record['error']) })
    this.#takeUsage(record['usage'])
    this.#takePiece(pieceIn(record))
    if (record['done'] === true) this.#finish(figuresIn(record))
  }

  #takePiece(piece: JsonObject): void {
    const thinking = piece['thinking'] ?? piece['reasoning_content']
    if (typeof thinking === 'string' && thinking !== '') this.#event({ thinking })
    const { content } = piece
    if (typeof content === 'string' && content !== '') this.#event({ content })
  }

  /** OpenAI's names become Ollama's. */
  #takeUsage(usage: unknown): void {
    if (!isJsonObject(usage)) return
    const { prompt_tokens: prompt_eval_count, completion_tokens: eval_count } = usage
    this.#usage = figuresIn({ prompt_eval_count, eval_count })
  }

  #finish(figures: JsonObject): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#event({ done: true, model: this.#model, ...figures })
    this.push('data: [DONE]\n\n')
  }

  #event(event: JsonObject): void {
    this.push(`data: ${JSON.stringify(event)}\n\n`)
  }
}

/** Translates the body of a refusal. */
class ErrorText extends Transform {
  #text = ''

  override _transform(chunk: Uint8Array, _encoding: string, done: TransformCallback): void {
    this.#text = (this.#text + Buffer.from(chunk).toString()).slice(0, MAX_ERROR_CHARS)
    done()
  }

  override _flush(done: TransformCallback): void {
    done(null, JSON.stringify({ error: errorTextIn(parseJsonObject(this.#text)?.['error']) }))
  }
}

/** The new part of a message, in either API. */
function pieceIn({ message, choices }: JsonObject): JsonObject {
  if (isJsonObject(message)) return message
  const [choice] = Array.isArray(choices) ? (choices as readonly unknown[]) : []
  const delta = isJsonObject(choice) ? choice['delta'] : undefined
  return isJsonObject(delta) ? delta : {}
}

function figuresIn(record: JsonObject): JsonObject {
  const figures = FIGURES.flatMap((name) => (typeof record[name] === 'number' ? [[name, record[name]]] : []))
  return Object.fromEntries(figures)
}

function errorTextIn(error: unknown): string {
  const text = isJsonObject(error) ? error['message'] : error
  return typeof text === 'string' && text !== '' ? text : 'The model server refused the request.'
}
