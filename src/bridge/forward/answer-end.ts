import type { IncomingMessage } from 'node:http'
import type { Route } from '../../shared/routes.ts'
import { type JsonObject, parseJsonObject } from '../../shared/json-object.ts'

/** The end of an answer may stand before figures, the last comment and a sentinel. */
const KEPT_LINES = 8
/** Of a longer line its beginning and its end are kept: a last record may hold the whole answer once more. */
const KEPT_CHARS = 4096

/** Whether these lines, the last ones of an answer, hold its last record. The very last of them is what came behind a line's end. */
type IsOver = (lines: readonly string[]) => boolean

const KINDS: Readonly<Record<string, IsOver>> = {
  'application/x-ndjson': isNdjsonOver,
  'text/event-stream': isEventStreamOver,
}

/**
 * Tells a streamed answer that its model server ended from one that only stopped: a server that is killed may end its answer as HTTP
 * wants it, in the middle of the text. Nothing is parsed while tokens pass, and no more than the last lines are kept.
 */
export class AnswerEnd {
  readonly #isOver: IsOver
  /** The latest last. The last of them is not complete yet. */
  #lines: string[] = ['']

  private constructor(isOver: IsOver) {
    this.#isOver = isOver
  }

  /** `undefined` where every end is a good one. */
  static of(contentType: string | undefined): AnswerEnd | undefined {
    const isOver = KINDS[contentType?.replace(/;.*$/s, '').trim().toLowerCase() ?? '']
    return isOver && new AnswerEnd(isOver)
  }

  add(chunk: Uint8Array): void {
    const [rest = '', ...lines] = lastLinesOf(chunk)
    const current = cut((this.#lines.pop() ?? '') + rest)
    this.#lines = [...this.#lines, current, ...lines.map(cut)].slice(-KEPT_LINES)
  }

  get isOver(): boolean {
    return this.#isOver(this.#lines)
  }
}

/** How the end of a streamed answer is to be judged, where it can be: one that goes on somewhere may have little left. */
export function endOf(
  { streams, body }: Route,
  { statusCode = 0, headers }: IncomingMessage,
): AnswerEnd | undefined {
  const isStreamed = streams !== 'never' && body !== 'none' && statusCode >= 200 && statusCode <= 299
  const isReadable = isStreamed && headers['content-encoding'] === undefined
  return isReadable ? AnswerEnd.of(headers['content-type']) : undefined
}

/** What belongs to the line before, then the lines that begin in this piece, as far as they can matter. As latin1: quick, and ASCII stays. */
function lastLinesOf(chunk: Uint8Array): string[] {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  let from = bytes.length
  for (let i = 0; i <= KEPT_LINES && from > 0; i++) from = bytes.lastIndexOf(LF, from - 1)
  return bytes.toString('latin1', Math.max(from, 0)).split('\n')
}

const LF = 0x0a
/** Stands where a line was shortened; in JSON it could not. */
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

/** Only now and then, so that a line of many pieces is copied few times. */
function cut(line: string): string {
  return line.length <= 4 * KEPT_CHARS ? line : line.slice(0, KEPT_CHARS) + CUT + line.slice(-KEPT_CHARS)
}

/** Ollama's: `done` ends a generation, `success` what is pulled, pushed or created, and an error ends either. */
function isNdjsonOver(lines: readonly string[]): boolean {
  const last = lines.findLast((line) => line.trim() !== '') ?? ''
  if (last.includes(CUT))
    return /(?<!\\)"done": ?true|(?<!\\)"status": ?"success"/.test(last) && endsRecord(last)
  const record = parseJsonObject(last) ?? {}
  return record['done'] === true || record['status'] === 'success' || 'error' in record
}

/**
 * OpenAI's chats end with `[DONE]`; where a server leaves that out, with a reason why in every choice. All others end with an event of
 * their own.
 */
function isEventStreamOver(lines: readonly string[]): boolean {
  const events = lines.map((line) => line.replace(/\r$/, '')).filter((line) => !line.startsWith(':'))
  if (/^data: ?\[DONE\]$/.test(events.findLast((line) => line !== '') ?? '')) return true
  // Clients do not hand on an event that no empty line has ended.
  if (events.at(-1) !== '' || events.at(-2) !== '') return false
  const texts = events.flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : []))
  const records = texts.map((text) =>
    text.includes(CUT) ? { type: TYPE.exec(text)?.[1] } : (parseJsonObject(text) ?? {}),
  )
  const last = records.findLast((record) => !isAside(record)) ?? {}
  return 'error' in last || LAST_EVENTS.has(last['type']) || isFinished(last['choices'])
}

/** Figures that follow the last choice. */
function isAside({ choices }: JsonObject): boolean {
  return Array.isArray(choices) && choices.length === 0
}

function isFinished(choices: unknown): boolean {
  return Array.isArray(choices) && choices.every((choice) => typeof choice?.finish_reason === 'string')
}

function endsRecord(line: string): boolean {
  return line.trimEnd().endsWith('}')
}
