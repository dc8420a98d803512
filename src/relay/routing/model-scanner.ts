const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])
const BRACE = 0x7b
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d])

/** Longer than any model name, in bytes of JSON. */
const MAX_TEXT_BYTES = 1024

/**
 * Searches the outermost keys of a JSON body for a model name, incrementally and without parsing the rest. Only used
 * for routing: the bridge authorizes strictly.
 */
export class ModelScanner {
  readonly #keys: ReadonlySet<string>
  #depth = 0
  #inString = false
  #isEscaped = false
  /** The current string, if it could be a key or a model name. */
  #text: number[] | undefined
  #keyIsNext = false
  #key = ''
  #isOver = false
  #model: string | undefined

  /** @param keys that name the model, in lower case */
  constructor(keys: ReadonlySet<string>) {
    this.#keys = keys
  }

  /** The first name found. */
  get model(): string | undefined {
    return this.#model
  }

  /** @returns whether the result is final */
  push(chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length && !this.#isOver; at++) {
      const byte = chunk[at] ?? 0
      if (this.#inString) this.#readString(byte)
      else this.#read(byte)
    }
    return this.#isOver
  }

  #readString(byte: number): void {
    if (byte === QUOTE && !this.#isEscaped) return this.#endString()
    this.#isEscaped = byte === BACKSLASH && !this.#isEscaped
    if (this.#text === undefined) return
    if (this.#text.length < MAX_TEXT_BYTES) this.#text.push(byte)
    else this.#text = undefined
  }

  #read(byte: number): void {
    if (byte === QUOTE && this.#depth > 0) {
      this.#inString = true
      const isWanted = this.#depth === 1 && (this.#keyIsNext || this.#keys.has(this.#key))
      this.#text = isWanted ? [] : undefined
    } else if (byte === COMMA) this.#expectKey()
    else if (OPENING.has(byte)) {
      if (this.#depth === 0 && byte !== BRACE) this.#isOver = true
      this.#depth++
      this.#expectKey()
    } else if (CLOSING.has(byte)) {
      this.#depth--
      this.#isOver = this.#depth <= 0
    } else if (this.#depth === 0 && !SPACES.has(byte)) this.#isOver = true
  }

  #expectKey(): void {
    if (this.#depth !== 1) return
    this.#keyIsNext = true
    this.#key = ''
  }

  #endString(): void {
    this.#inString = false
    const text = this.#text === undefined ? '' : toText(this.#text)
    if (this.#depth !== 1) return
    if (this.#keyIsNext) {
      this.#key = text.toLowerCase()
      this.#keyIsNext = false
    } else if (text !== '') {
      this.#model = text
      this.#isOver = true
    }
  }
}

function toText(bytes: readonly number[]): string {
  try {
    return String(JSON.parse(`"${Buffer.from(bytes).toString()}"`))
  } catch {
    return ''
  }
}
