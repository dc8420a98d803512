import { JsonScanner, type Span } from '../../../shared/json-scanner.ts'
import { scanObject } from '../../policy/strict-json.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const OPENING = new Set([OPEN_ARRAY, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * The range of a member of one JSON object, without building the object.
 * @param key in JSON without escapes; the last of several members counts
 * @throws AppError BODY_NOT_STRICT
 */
export async function memberIn(body: Uint8Array, key: string): Promise<Span | undefined> {
  const quoted = Buffer.from(JSON.stringify(key))
  let found: Span | undefined
  const scanner = new JsonScanner(body, ({ start, end }, value) => {
    if (quoted.equals(body.subarray(start, end))) found = value
  })
  await scanObject(body, scanner)
  return found
}

export function isArray(bytes: Uint8Array, { start }: Span): boolean {
  return bytes[start] === OPEN_ARRAY
}

/** Ranges of the elements of a valid JSON array, one at a time: there may be millions. */
export function* elementsIn(bytes: Uint8Array, { start, end }: Span): Generator<Span> {
  let from = start + 1
  let depth = 0
  let isText = false
  let isBlank = true
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (isText) {
      if (byte === BACKSLASH) at++
      else isText = byte !== QUOTE
      continue
    }
    isText = byte === QUOTE
    if (CLOSING.has(byte)) depth--
    if (depth === 0 ? at > start && !isBlank : depth === 1 && byte === COMMA) {
      yield { start: from, end: at }
      from = at + 1
    }
    if (OPENING.has(byte)) depth++
    if (at > start) isBlank &&= SPACES.has(byte)
  }
}
