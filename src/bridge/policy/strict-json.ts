import { AppError } from '../../shared/errors.ts'
import { JsonScanner, type Span } from '../../shared/json-scanner.ts'
import { judgeLength, TEXT_LIMITS, tooLong, type LimitedText } from '../../shared/text-limits.ts'
import { nextTurn } from './work-turns.ts'

/** One JSON object of which every parser reads the same where it matters. */
export interface StrictJson {
  /** The values that decide something; `{}` stands for each that is no text, number, truth value or null. */
  readonly value: Readonly<Partial<Record<DecidingKey, unknown>>>
  /** Whether there is a prompt, a message or an input: without one, the request is about the model alone. */
  readonly hasWork: boolean
  /** The text with these values in place of its own, and every other byte as it came. */
  replace(values: Replacements): Uint8Array
}

/** New values by key. A key that is not there stays away. */
export type Replacements = Readonly<Partial<Record<DecidingKey, string | null>>>

/** Top-level keys that decide something here or upstream: each may be there once, and in its exact spelling only. */
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

const WORK_KEYS = new Set(['prompt', 'messages', 'input'])
const KEY_LENGTHS = new Set([...Object.keys(DECIDING), ...WORK_KEYS].map(({ length }) => length))
const NO_WORK = /^(?:""|null|\[\s*\]|\{\s*\})$/

/** The longest key that may matter has so many characters; a \u escape takes six bytes for one. */
const LONGEST_KEY_BYTES = 6 * 'destination'.length + 2
/** How much is read before others get their turn: some milliseconds. */
const STEP_BYTES = 256 * 1024

const BACKSLASH = 0x5c
const LAST_ASCII = 0x7f

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/**
 * Reads a request body so that nobody behind us can read what decides differently. Go's encoding/json matches keys without
 * regard to case, takes the last of several, and ignores what follows the object; each of these is refused here for the keys
 * that decide. Takes memory for those keys only, and lets others go first between its steps.
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
  await runThrough(bytes, scanner)
  const entries = Array.from(spans, ([key, span]) => [key, valueIn(bytes, key, span)] as const)
  return {
    value: Object.fromEntries(entries),
    hasWork,
    replace: (values) => splice(bytes, spans, values),
  }
}

async function runThrough(bytes: Uint8Array, scanner: JsonScanner): Promise<void> {
  try {
    let checked = 0
    do {
      if (checked > 0) await nextTurn()
      const end = charBoundary(bytes, checked + STEP_BYTES)
      // Throws at the first byte that is no UTF-8.
      decoder.decode(bytes.subarray(checked, end))
      checked = end
    } while (!scanner.scan(STEP_BYTES))
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new AppError('BODY_NOT_STRICT', 'The JSON body is nested too deeply or has too long a number.')
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  }
}

/** At or shortly before `at`, where no character is cut in two. */
function charBoundary(bytes: Uint8Array, at: number): number {
  let end = at
  while (end > at - 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return Math.min(end, bytes.length)
}

/** `undefined` where its length alone says that it does not matter: there may be millions of those. */
function keyIn(bytes: Uint8Array, { start, end }: Span): string | undefined {
  if (end - start > LONGEST_KEY_BYTES) return undefined
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0
    if (byte === BACKSLASH || byte > LAST_ASCII)
      return String(JSON.parse(decoder.decode(bytes.subarray(start, end))))
  }
  if (!KEY_LENGTHS.has(end - start - 2)) return undefined
  return String.fromCharCode(...bytes.subarray(start + 1, end - 1))
}

/** @throws AppError BODY_NOT_STRICT where the key is spelled in a way that some take for one that decides */
function decidingKeyFor(key: string): DecidingKey | undefined {
  const folded = foldKey(key)
  if (!isDeciding(folded)) return undefined
  if (folded !== key)
    throw new AppError('BODY_NOT_STRICT', `The JSON body must spell the key "${folded}" exactly so.`)
  return folded
}

function isDeciding(key: string): key is DecidingKey {
  return Object.hasOwn(DECIDING, key)
}

/** Go's folding (encoding/json fold.go): besides A-Z, two characters outside ASCII fold onto ASCII letters. */
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
  // Each byte of a text takes six of JSON at most.
  const isTooLong = end - start > 6 * TEXT_LIMITS[kind ?? 'model'].maxBytes + 2
  if (isContainer || (isTooLong && kind === undefined)) return {}
  if (isTooLong && kind !== undefined) throw tooLong(kind)
  const value: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)))
  if (typeof value !== 'string' || kind === undefined) return value
  judgeLength(kind, value)
  // Half of a surrogate pair is read as anything, or as nothing.
  if (!value.isWellFormed()) throw new AppError('BODY_NOT_STRICT')
  return value
}

function splice(bytes: Uint8Array, spans: ReadonlyMap<DecidingKey, Span>, values: Replacements): Uint8Array {
  const pieces: Uint8Array[] = []
  let from = 0
  // In the order of the text, as they were found.
  for (const [key, { start, end }] of spans) {
    const value = values[key]
    if (value === undefined) continue
    pieces.push(bytes.subarray(from, start), encoder.encode(JSON.stringify(value)))
    from = end
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)])
}
