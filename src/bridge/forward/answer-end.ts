import { headerOf } from '../../shared/headers.ts'
import type { Route } from '../../shared/routes.ts'
import type { UpstreamAnswer } from './answer-body.ts'
import { type JsonObject, parseJsonObject } from '../../shared/json-object.ts'

/** Statistics, a comment and a sentinel may follow the final record. */
const KEPT_LINES = 8
/** Longer lines are shortened in the middle: a final record may repeat the whole response. */
const KEPT_CHARS = 4096
/** Text is split into lines once there is this much. */
const FOLD_CHARS = 8 * 1024

/** Whether these last lines of a response contain its final record. The last element follows the final newline. */
type IsOver = (lines: readonly string[]) => boolean

const KINDS: Readonly<Record<string, IsOver>> = {
  'application/x-ndjson': isNdjsonOver,
  'text/event-stream': isEventStreamOver,
}

/**
 * Detects whether the model server completed a streamed response: a killed server may end it like a complete HTTP
 * response in the middle of the text. Nothing is parsed while tokens pass, and only the last lines are kept.
 */
export class AnswerEnd {
  readonly #isOver: IsOver
  /** Oldest first. The last line is incomplete. */
  #lines: string[] = ['']
  /** Text after those lines. Decoded as latin1, which is fast and preserves ASCII. */
  #text = ''

  private constructor(isOver: IsOver) {
    this.#isOver = isOver
  }

  /** `undefined` if any end is valid for this content type. */
  static of(contentType: string | undefined): AnswerEnd | undefined {
    const isOver = KINDS[contentType?.replace(/;.*$/s, '').trim().toLowerCase() ?? '']
    return isOver && new AnswerEnd(isOver)
  }

  add(chunk: Uint8Array): void {
    this.#text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    if (this.#text.length >= FOLD_CHARS) this.#fold()
  }

  get isOver(): boolean {
    this.#fold()
    return this.#isOver(this.#lines)
  }

  #fold(): void {
    const [rest = '', ...lines] = lastLinesOf(this.#text)
    const current = cut((this.#lines.pop() ?? '') + rest)
    this.#lines = [...this.#lines, current, ...lines.map(cut)].slice(-KEPT_LINES)
    this.#text = ''
  }
}

/** The end detector for a streamed response, if it can be checked: a resumed stream may contain little. */
export function endOf({ streams, body }: Route, { status, headers }: UpstreamAnswer): AnswerEnd | undefined {
  const isStreamed = streams !== 'never' && body !== 'none' && status >= 200 && status <= 299
  const isReadable = isStreamed && headerOf(headers, 'content-encoding') === undefined
  return isReadable ? AnswerEnd.of(headerOf(headers, 'content-type')) : undefined
}

/** The rest of the previous line and the lines that begin in this text, as far as they matter. */
function lastLinesOf(text: string): string[] {
  let from = text.length
  for (let i = 0; i <= KEPT_LINES && from > 0; i++) from = text.lastIndexOf('\n', from - 1)
  return text.slice(Math.max(from, 0)).split('\n')
}

/** Marks where a line was shortened; cannot occur in JSON. */
const CUT = '\0'
const TYPE = /(?<!\\)"type": ?"([\w.]{1,64})"/
const LAST_EVENTS: ReadonlySet<unknown> = new Set([
  'error',
  'image_edit.completed',
  'image_generation.completed',
  'message_stop',
  'response.completed',
  'response.failed',
  'response.incomplete',
  'speech.audio.done',
  'transcript.text.done',
])

/** Deferred, so a line in many chunks is rarely copied. */
function cut(line: string): string {
  return line.length <= 4 * KEPT_CHARS ? line : line.slice(0, KEPT_CHARS) + CUT + line.slice(-KEPT_CHARS)
}

/** Ollama: `done` ends a generation, `success` a pull, push or create, and an error ends either. */
function isNdjsonOver(lines: readonly string[]): boolean {
  const last = lines.findLast((line) => line.trim() !== '') ?? ''
  if (last.includes(CUT))
    return /(?<!\\)"done": ?true|(?<!\\)"status": ?"success"/.test(last) && endsRecord(last)
  const record = parseJsonObject(last) ?? {}
  return record['done'] === true || record['status'] === 'success' || 'error' in record
}

/**
 * OpenAI's chats end with `[DONE]`, or with a finish reason in every choice if a server omits that. All others end with
 * their own event.
 */
function isEventStreamOver(lines: readonly string[]): boolean {
  const events = lines.map((line) => line.replace(/\r$/, '')).filter((line) => !line.startsWith(':'))
  if (/^data: ?\[DONE\]$/.test(events.findLast((line) => line !== '') ?? '')) return true
  // Clients ignore an event without a terminating empty line.
  if (events.at(-1) !== '' || events.at(-2) !== '') return false
  const texts = events.flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : []))
  const records = texts.map((text) =>
    text.includes(CUT) ? { type: TYPE.exec(text)?.[1] } : (parseJsonObject(text) ?? {}),
  )
  const last = records.findLast((record) => !isAside(record)) ?? {}
  return 'error' in last || LAST_EVENTS.has(last['type']) || isFinished(last['choices'])
}

/** Statistics after the last choice. */
function isAside({ choices }: JsonObject): boolean {
  return Array.isArray(choices) && choices.length === 0
}

function isFinished(choices: unknown): boolean {
  return Array.isArray(choices) && choices.every((choice) => typeof choice?.finish_reason === 'string')
}

function endsRecord(line: string): boolean {
  return line.trimEnd().endsWith('}')
}
