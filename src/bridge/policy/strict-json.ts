import { AppError } from '../../shared/errors.ts'
import { JsonScanner, type Span } from '../../shared/json-scanner.ts'
import { checkLength, TEXT_LIMITS, tooLong, type LimitedText } from '../../shared/text-limits.ts'
import { nextTurn } from './work-turns.ts'

/** A JSON object in which every parser reads the same values for the deciding keys. */
export interface StrictJson {
  /** Values of the deciding keys; `{}` stands for an object or array. */
  readonly value: Readonly<Partial<Record<DecidingKey, unknown>>>
  /** Whether there is a prompt, a message or an input. Otherwise the request is about the model alone. */
  readonly hasWork: boolean
  /** Returns the text with the given values replaced and every other byte unchanged. */
  replace(values: Replacements): Uint8Array
}

/** New values by key. Keys that the body lacks are not added. */
export type Replacements = Readonly<Partial<Record<DecidingKey, string | null>>>

/** Top-level keys that affect a decision here or upstream. Each may occur once, in its exact spelling. */
const DECIDING = {
  model: 'model',
  name: 'model',
  from: 'model',
  source: 'model',
  destination: 'model',
  keep_alive: 'keepAlive',
  remote_host: undefined,
  stream: undefined,
} as const satisfies Record<string, LimitedText | undefined>

export type DecidingKey = keyof typeof DECIDING

const DECIDING_KEYS: ReadonlySet<string> = new Set(Object.keys(DECIDING))
const WORK_KEYS = new Set(['prompt', 'messages', 'input'])
/** Letters of either case are equal with this bit. */
const CASE_BIT = 0x20
/** The relevant keys by their length, with `CASE_BIT` in each byte. */
const KEYS_BY_LENGTH = Map.groupBy(
  [...Object.keys(DECIDING), ...WORK_KEYS].map((key) => Buffer.from(key).map((byte) => byte | CASE_BIT)),
  ({ length }) => length,
)
const NO_WORK = /^(?:""|null|\[\s*\]|\{\s*\})$/

/** Bytes of the longest relevant key, with quotes: a \u escape takes six bytes per character. */
const LONGEST_KEY_BYTES = 6 * 'destination'.length + 2
/** Bytes scanned before yielding to other requests: a few milliseconds. */
const STEP_BYTES = 256 * 1024

const BACKSLASH = 0x5c
const LAST_ASCII = 0x7f

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/**
 * Parses a request body so that no parser behind the bridge can read the deciding keys differently. Go's
 * encoding/json matches keys case-insensitively, takes the last duplicate, and ignores data after the object;
 * all of these are rejected for deciding keys. Allocates memory for those keys only, and yields between
 * steps.
 * @throws AppError BODY_NOT_STRICT, TEXT_TOO_LONG
 */
export async function parseStrictJson(bytes: Uint8Array): Promise<StrictJson> {
  const spans = new Map<DecidingKey, Span>()
  let hasWork = false
  const scanner = new JsonScanner(bytes, (keySpan, span) => {
    const key = keyIn(bytes, keySpan)
    if (key === undefined) return
    const deciding = decidingKeyFor(key)
    if (deciding !== undefined && spans.has(deciding))
      throw new AppError('BODY_NOT_STRICT', `The JSON body has the key "${deciding}" twice.`)
    if (deciding !== undefined) spans.set(deciding, span)
    if (WORK_KEYS.has(key)) hasWork ||= isWork(bytes, span)
  })
  await scanObject(bytes, scanner)
  const entries = Array.from(spans, ([key, span]) => [key, valueIn(bytes, key, span)] as const)
  return {
    value: Object.fromEntries(entries),
    hasWork,
    replace: (values) => splice(bytes, spans, values),
  }
}

/**
 * Runs a scanner over one JSON object in steps, between which other requests proceed.
 * @throws AppError BODY_NOT_STRICT
 */
export async function scanObject(bytes: Uint8Array, scanner: JsonScanner): Promise<void> {
  try {
    let checked = 0
    do {
      if (checked > 0) await nextTurn()
      const end = charBoundary(bytes, checked + STEP_BYTES)
      // Throws at the first byte that is not valid UTF-8.
      decoder.decode(bytes.subarray(checked, end))
      checked = end
    } while (!scanner.scan(STEP_BYTES))
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new AppError(
        'BODY_NOT_STRICT',
        'The JSON body is nested too deeply or contains a number that is too long.',
      )
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  }
}

/** The nearest position at or before `at` that does not split a character. */
function charBoundary(bytes: Uint8Array, at: number): number {
  let end = at
  while (end > at - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return Math.min(end, bytes.length)
}

/** `undefined` for most irrelevant keys, without creating a string: a body may have hundreds of thousands of them. */
function keyIn(bytes: Uint8Array, { start, end }: Span): string | undefined {
  if (end - start > LONGEST_KEY_BYTES) return undefined
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0
    if (byte === BACKSLASH || byte > LAST_ASCII)
      return String(JSON.parse(decoder.decode(bytes.subarray(start, end))))
  }
  const isRelevant = KEYS_BY_LENGTH.get(end - start - 2)?.some((key) => matches(bytes, start + 1, key))
  return isRelevant ? String.fromCharCode(...bytes.subarray(start + 1, end - 1)) : undefined
}

function matches(bytes: Uint8Array, start: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (((bytes[start + i] ?? 0) | CASE_BIT) !== key[i]) return false
  return true
}

/** @throws AppError BODY_NOT_STRICT if some parsers would read this spelling as a deciding key */
function decidingKeyFor(key: string): DecidingKey | undefined {
  const folded = foldKey(key)
  if (!isDeciding(folded)) return undefined
  if (folded !== key)
    throw new AppError('BODY_NOT_STRICT', `The JSON body must spell the key "${folded}" exactly like this.`)
  return folded
}

/** Looks in a set, because a look-up in an object would keep each of a body's many keys in the table of property names. */
function isDeciding(key: string): key is DecidingKey {
  return DECIDING_KEYS.has(key)
}

/** Go's case folding (encoding/json fold.go): two non-ASCII characters also fold to ASCII letters. */
function foldKey(key: string): string {
  return key.toLowerCase().replaceAll('\u017F', 's').replaceAll('\u212A', 'k')
}

function isWork(bytes: Uint8Array, { start, end }: Span): boolean {
  return end - start > LONGEST_KEY_BYTES || !NO_WORK.test(decoder.decode(bytes.subarray(start, end)))
}

/** @throws AppError TEXT_TOO_LONG, BODY_NOT_STRICT */
function valueIn(bytes: Uint8Array, key: DecidingKey, { start, end }: Span): unknown {
  const kind = DECIDING[key]
  const isContainer = bytes[start] === 0x7b || bytes[start] === 0x5b
  // One byte of text takes at most six bytes of JSON.
  const isTooLong = end - start > 6 * TEXT_LIMITS[kind ?? 'model'].maxBytes + 2
  if (isContainer || (isTooLong && kind === undefined)) return {}
  if (isTooLong && kind !== undefined) throw tooLong(kind)
  const value: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)))
  if (typeof value !== 'string' || kind === undefined) return value
  checkLength(kind, value)
  // Parsers replace or drop an unpaired surrogate.
  if (!value.isWellFormed()) throw new AppError('BODY_NOT_STRICT')
  return value
}

function splice(bytes: Uint8Array, spans: ReadonlyMap<DecidingKey, Span>, values: Replacements): Uint8Array {
  const pieces: Uint8Array[] = []
  let from = 0
  // Spans are in the order of the text.
  for (const [key, { start, end }] of spans) {
    const value = values[key]
    if (value === undefined) continue
    pieces.push(bytes.subarray(from, start), encoder.encode(JSON.stringify(value)))
    from = end
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)])
}
