/** Longest line of an event stream. A job takes a few hundred bytes. */
const MAX_LINE_CHARS = 32 * 1024

/** Reads the `data` of server-sent events, each on one line, as this project's bridges write them. */
export class EventLines {
  readonly #decoder = new TextDecoder()
  readonly #onData: (data: string) => void
  #rest = ''

  constructor(onData: (data: string) => void) {
    this.#onData = onData
  }

  /** @returns false if the stream is not readable as events */
  push(bytes: Uint8Array): boolean {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) this.#onData(line.slice('data:'.length).trim())
    return this.#rest.length <= MAX_LINE_CHARS
  }
}
