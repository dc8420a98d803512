import { AppError } from '../../shared/errors.ts'

/** One JSON object that every parser reads alike. */
export interface StrictJson {
  readonly value: Readonly<Record<string, unknown>>
  /** The object as JSON again, every number spelled as it came, with these values in place of its own. */
  serialize(replaced?: Readonly<Record<string, string>>): Uint8Array
}

/** Top-level keys that decide something here or upstream: only their exact spelling is accepted. */
const DECIDING_KEYS = new Set('model name from source destination remote_host stream keep_alive'.split(' '))

const MAX_DEPTH = 200
/** A megabyte of `{},{},…` becomes many times that in memory; real bodies are few and long values. */
const MAX_VALUES = 1_000_000

const BACKSLASH = 0x5c

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Access to numbers as they were written (ECMA-262 "JSON.parse source text access"), not yet in TypeScript's library. */
const sourceJson = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

/**
 * Parses a request body so that nobody behind us can read it differently. Go's encoding/json matches keys without regard
 * to case, takes the last of several, and ignores what follows the object; each of these is refused here.
 * @throws AppError BODY_NOT_STRICT
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  const { text, value, keys } = read(bytes)
  const seen = new Set<string>()
  for (const key of keys) {
    const folded = foldKey(key)
    if (seen.has(folded))
      throw new AppError('BODY_NOT_STRICT', 'The JSON body has a key twice, perhaps in different case.')
    if (folded !== key && DECIDING_KEYS.has(folded))
      throw new AppError('BODY_NOT_STRICT', `The JSON body must spell the key "${folded}" exactly so.`)
    seen.add(folded)
  }
  return {
    value,
    serialize: (replaced) => encoder.encode(JSON.stringify({ ...parseWithNumbers(text), ...replaced })),
  }
}

function read(bytes: Uint8Array): { text: string; value: Record<string, unknown>; keys: string[] } {
  try {
    const text = decoder.decode(bytes)
    // Before JSON.parse, which would build whatever depth and number of values there are.
    const keyTexts = scanTopLevelKeys(text)
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return { text, value, keys: keyTexts.map((key) => String(JSON.parse(key))) }
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('BODY_NOT_STRICT', undefined, { cause })
  }
  throw new AppError('BODY_NOT_STRICT')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Go's folding (encoding/json fold.go): besides A-Z, two characters outside ASCII fold onto ASCII letters. */
function foldKey(key: string): string {
  return key.toLowerCase().replaceAll('\u017F', 's').replaceAll('\u212A', 'k')
}

function parseWithNumbers(text: string): object {
  return sourceJson.parse(text, (_key, value, context) =>
    typeof value === 'number' ? sourceJson.rawJSON(context.source) : value,
  ) as object
}

/** The literals of the outermost object's keys, in order and with repetitions. Right for valid JSON, harmless for other text. */
function scanTopLevelKeys(text: string): string[] {
  const keys: string[] = []
  let depth = 0
  let values = 0
  let keyIsNext = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charAt(at)) {
      case '"': {
        const end = endOfString(text, at)
        if (keyIsNext) keys.push(text.slice(at, end + 1))
        keyIsNext = false
        at = end
        break
      }
      case '{':
      case '[':
        depth++
        values++
        keyIsNext = depth === 1
        break
      case ',':
        values++
        keyIsNext = depth === 1
        break
      case '}':
      case ']':
        depth--
        break
    }
    if (depth > MAX_DEPTH || values > MAX_VALUES)
      throw new AppError('BODY_NOT_STRICT', 'The JSON body is nested too deeply or has too many values.')
  }
  return keys
}

/** Index of the closing quote. Jumps from quote to quote: most of a big body is one long base64 string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}
