/** The API in which the page talks to the model server. */
export type ChatApi = 'ollama' | 'openai'

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
/** A heartbeat of the relay, unless an empty line follows it (docs/kept-answers.md, "Count bytes"). */
const PING = new TextEncoder().encode(': ping\n')
/** Longer records come from no model server. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024

/** An answer with a record longer than that. */
export class EndlessRecord extends Error {
  override readonly name = 'EndlessRecord'
}

/** A complete record of an answer. */
export interface AnswerRecord {
  /** JSON, or `[DONE]`. Empty for a comment. */
  readonly text: string
  /** Number of the model server's bytes, without heartbeats. */
  readonly bytes: number
}

/** Splits an answer into records and leaves out heartbeats. The first byte must be at the start of a record. */
export class RecordReader {
  readonly #api: ChatApi
  #buffer: Uint8Array = new Uint8Array()
  /** Where the search for the end of the record continues. */
  #searched = 0

  constructor(api: ChatApi) {
    this.#api = api
  }

  /** Bytes of an incomplete record. */
  get pendingBytes(): number {
    return this.#buffer.length
  }

  /** @throws EndlessRecord */
  read(chunk: Uint8Array): AnswerRecord[] {
    this.#append(chunk)
    const records: AnswerRecord[] = []
    for (;;) {
      this.#skipHeartbeats()
      const end = this.#endOfRecord()
      if (end === null) break
      const bytes = this.#buffer.subarray(0, end)
      records.push({ text: this.#textOf(new TextDecoder().decode(bytes)), bytes: end })
      this.#drop(end)
    }
    if (this.#buffer.length > MAX_RECORD_BYTES) throw new EndlessRecord()
    return records
  }

  #append(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.#buffer.length + chunk.length)
    joined.set(this.#buffer)
    joined.set(chunk, this.#buffer.length)
    this.#buffer = joined
  }

  #drop(count: number): void {
    this.#buffer = this.#buffer.subarray(count)
    this.#searched = 0
  }

  #skipHeartbeats(): void {
    let count = 0
    if (this.#api === 'ollama') while (this.#buffer[count] === SPACE) count++
    else while (this.#isPingAt(count)) count += PING.length
    if (count > 0) this.#drop(count)
  }

  #isPingAt(start: number): boolean {
    const after = this.#buffer[start + PING.length]
    return after !== undefined && after !== LF && PING.every((byte, i) => this.#buffer[start + i] === byte)
  }

  /** The offset after the record; `null` while it is incomplete. */
  #endOfRecord(): number | null {
    for (let at = this.#buffer.indexOf(LF, this.#searched); at >= 0; at = this.#buffer.indexOf(LF, at + 1)) {
      if (this.#api === 'ollama') return at + 1
      const before = this.#buffer[at - 1] === CR ? at - 2 : at - 1
      if (this.#buffer[before] === LF) return at + 1
    }
    // Early enough for a line end that arrived in two chunks.
    this.#searched = Math.max(0, this.#buffer.length - 2)
    return null
  }

  #textOf(record: string): string {
    if (this.#api === 'ollama') return record.trim()
    const lines = record.split(/\r?\n/).filter((line) => line.startsWith('data:'))
    return lines.map((line) => line.slice(5).trimStart()).join('\n')
  }
}
