/**
 * Scans JSON text (RFC 8259) without building objects, which can take fifty times the memory of the text. Accepts the
 * same input as `JSON.parse`, except for numbers of thousands of digits and nesting beyond a limit.
 */

/** A range of the text, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Called for each member of the outermost object, with the raw ranges of key and value. */
export type OnMember = (key: Span, value: Span) => void

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const LETTER_U = 0x75
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39

const MAX_DEPTH = 200
const MAX_NUMBER_BYTES = 4096

const ESCAPED = new Set(bytesOf('"\\/bfnrt'))
/** Literals by their first byte. */
const LITERALS = new Map(['true', 'false', 'null'].map((text) => [text.charCodeAt(0), bytesOf(text)]))

/** The expected next token. */
const NEXT = { VALUE: 0, FIRST_VALUE: 1, KEY: 2, FIRST_KEY: 3, COLON: 4, SEPARATOR: 5, NOTHING: 6 } as const
type Next = (typeof NEXT)[keyof typeof NEXT]

/** Scans one object incrementally, in linear time and constant memory. */
export class JsonScanner {
  readonly #bytes: Uint8Array
  readonly #onMember: OnMember
  /** Whether the open container at each depth is an object. */
  readonly #isObject = new Uint8Array(MAX_DEPTH + 1)
  #depth = 0
  #at = 0
  #next: Next = NEXT.VALUE
  #inString = false
  #tokenAt = 0
  #key: Span = { start: 0, end: 0 }
  #valueAt = 0

  /** @param bytes valid UTF-8; the caller has checked it */
  constructor(bytes: Uint8Array, onMember: OnMember) {
    this.#bytes = bytes
    this.#onMember = onMember
  }

  /**
   * Continues the scan.
   * @param maxBytes approximate number of bytes to scan in this step
   * @returns whether the scan is complete
   * @throws SyntaxError if the text is not one JSON object, RangeError if it exceeds a limit
   */
  scan(maxBytes = Infinity): boolean {
    const stop = Math.min(this.#bytes.length, this.#at + maxBytes)
    while (this.#at < stop) {
      if (this.#inString) this.#readString(stop)
      else this.#readToken()
    }
    if (this.#at < this.#bytes.length) return false
    if (this.#next !== NEXT.NOTHING) throw unexpected()
    return true
  }

  #readString(stop: number): void {
    const bytes = this.#bytes
    let at = this.#at
    while (at < stop) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.#inString = false
        this.#at = at + 1
        return this.#endString()
      }
      if (byte === BACKSLASH) at = behindEscape(bytes, at)
      else if (byte < SPACE) throw unexpected()
      else at++
    }
    this.#at = at
  }

  #endString(): void {
    if (this.#next !== NEXT.KEY && this.#next !== NEXT.FIRST_KEY) return this.#endValue()
    if (this.#depth === 1) this.#key = { start: this.#tokenAt, end: this.#at }
    this.#next = NEXT.COLON
  }

  #readToken(): void {
    const at = this.#at
    switch (this.#bytes[at]) {
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
        this.#at++
        return
      case QUOTE:
        if (this.#next === NEXT.KEY || this.#next === NEXT.FIRST_KEY) this.#tokenAt = at
        else this.#beginValue()
        this.#inString = true
        this.#at++
        return
      case 0x7b:
        return this.#open(true)
      case 0x5b:
        return this.#open(false)
      case 0x7d:
        return this.#close(true)
      case 0x5d:
        return this.#close(false)
      case 0x3a:
        return this.#separate(NEXT.COLON, NEXT.VALUE)
      case 0x2c:
        return this.#separate(NEXT.SEPARATOR, this.#isObject[this.#depth] === 1 ? NEXT.KEY : NEXT.VALUE)
      default:
        this.#beginValue()
        this.#at = behindScalar(this.#bytes, at)
        this.#endValue()
    }
  }

  #beginValue(): void {
    if (this.#next !== NEXT.VALUE && this.#next !== NEXT.FIRST_VALUE) throw unexpected()
    if (this.#depth === 0 && this.#bytes[this.#at] !== 0x7b) throw unexpected()
    if (this.#depth === 1) this.#valueAt = this.#at
  }

  #endValue(): void {
    this.#next = this.#depth === 0 ? NEXT.NOTHING : NEXT.SEPARATOR
    if (this.#depth === 1) this.#onMember(this.#key, { start: this.#valueAt, end: this.#at })
  }

  #open(isObject: boolean): void {
    this.#beginValue()
    if (this.#depth === MAX_DEPTH) throw new RangeError('nested too deeply')
    this.#depth++
    this.#isObject[this.#depth] = isObject ? 1 : 0
    this.#next = isObject ? NEXT.FIRST_KEY : NEXT.FIRST_VALUE
    this.#at++
  }

  #close(isObject: boolean): void {
    const isEmpty = this.#next === (isObject ? NEXT.FIRST_KEY : NEXT.FIRST_VALUE)
    if (!isEmpty && this.#next !== NEXT.SEPARATOR) throw unexpected()
    if (this.#depth === 0 || (this.#isObject[this.#depth] === 1) !== isObject) throw unexpected()
    this.#depth--
    this.#at++
    this.#endValue()
  }

  #separate(expected: Next, next: Next): void {
    if (this.#next !== expected) throw unexpected()
    this.#next = next
    this.#at++
  }
}

function behindEscape(bytes: Uint8Array, at: number): number {
  const escaped = bytes[at + 1] ?? 0
  if (ESCAPED.has(escaped)) return at + 2
  if (escaped !== LETTER_U) throw unexpected()
  for (let i = at + 2; i < at + 6; i++) if (!isHexDigit(bytes[i])) throw unexpected()
  return at + 6
}

function behindScalar(bytes: Uint8Array, at: number): number {
  const literal = LITERALS.get(bytes[at] ?? 0)
  if (literal === undefined) return behindNumber(bytes, at)
  if (!literal.every((byte, i) => bytes[at + i] === byte)) throw unexpected()
  return at + literal.length
}

function behindNumber(bytes: Uint8Array, start: number): number {
  const integerAt = bytes[start] === MINUS ? start + 1 : start
  let at = bytes[integerAt] === ZERO ? integerAt + 1 : behindDigits(bytes, integerAt)
  if (bytes[at] === POINT) at = behindDigits(bytes, at + 1)
  const exponent = bytes[at] ?? 0
  if (exponent === 0x65 || exponent === 0x45) {
    const sign = bytes[at + 1]
    at = behindDigits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1)
  }
  return at
}

/** Skips one or more digits. */
function behindDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at])) {
    at++
    if (at - start > MAX_NUMBER_BYTES) throw new RangeError('a number with too many digits')
  }
  if (at === start) throw unexpected()
  return at
}

function isDigit(byte = 0): boolean {
  return byte >= ZERO && byte <= NINE
}

function isHexDigit(byte = 0): boolean {
  const lower = byte | SPACE
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66)
}

function bytesOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0))
}

function unexpected(): SyntaxError {
  return new SyntaxError('not one JSON object')
}
