import { ByteQueue } from '../../../shared/byte-queue.ts'

/** One line that is not blank. */
export interface Line {
  /** From one on, blank lines included. */
  readonly number: number
  /** Without its end; `undefined` if the line is too long. */
  readonly bytes: Uint8Array | undefined
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const BYTE_ORDER_MARK = Buffer.from('\u{FEFF}')

/**
 * Splits a source into lines that end in LF or CRLF, without a byte order mark. Holds one line at most, and nothing of
 * one that is too long.
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<Line> {
  const partial = new PartialLine(maxLineBytes)
  let number = 0
  for await (const chunk of source) {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      number++
      const line = partial.complete(number, chunk.subarray(from, end))
      from = end + 1
      if (line !== undefined) yield line
    }
    partial.add(chunk.subarray(from))
  }
  const last = partial.complete(number + 1, new Uint8Array())
  if (last !== undefined) yield last
}

/** The beginning of a line whose end has not been read yet. */
class PartialLine {
  readonly #maxBytes: number
  readonly #queue = new ByteQueue()
  #isTooLong = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The chunk may be reused by its owner afterwards. */
  add(chunk: Uint8Array): void {
    if (this.#queue.bytes + chunk.length > this.#maxBytes) {
      this.#isTooLong = true
      this.#queue.clear()
    } else if (!this.#isTooLong) this.#queue.push(chunk)
  }

  /** @returns `undefined` for a blank line */
  complete(number: number, rest: Uint8Array): Line | undefined {
    if (this.#queue.bytes > 0 || this.#isTooLong || rest.length > this.#maxBytes) {
      this.add(rest)
      const isTooLong = this.#isTooLong
      this.#isTooLong = false
      if (isTooLong) return { number, bytes: undefined }
      return toLine(number, this.#queue.takeAll())
    }
    return toLine(number, rest)
  }
}

function toLine(number: number, bytes: Uint8Array): Line | undefined {
  const start = number === 1 && startsWithMark(bytes) ? BYTE_ORDER_MARK.length : 0
  const end = bytes.at(-1) === RETURN ? bytes.length - 1 : bytes.length
  const line = bytes.subarray(start, Math.max(start, end))
  return isBlank(line) ? undefined : { number, bytes: line }
}

function isBlank(line: Uint8Array): boolean {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x09) return false
  return true
}

function startsWithMark(bytes: Uint8Array): boolean {
  return BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte)
}
