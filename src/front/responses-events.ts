import { ByteQueue } from '../shared/byte-queue.ts'
import { isJsonObject, parseJsonObject } from '../shared/json-object.ts'

/** Limit of the first event, which contains the created response with its instructions and tools. */
const MAX_FIRST_BYTES = 64 * 1024
const SEQUENCE = '"sequence_number":'
/** Long enough for a field with a number split across chunks. */
const CARRIED_CHARS = 40

/**
 * Tracks a stream of OpenAI Responses API events to append an error: clients of that API accept only its own error
 * events (openai-node, the AI SDK), and check their numbering.
 */
export class ResponsesEvents {
  /** The first event while incomplete; then its bytes, or none if it was too long. */
  #first: ByteQueue | Uint8Array = new ByteQueue()
  #carried = ''
  #next = 0

  note(chunk: Uint8Array): void {
    const text = this.#carried + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    if (this.#first instanceof ByteQueue) this.#first = collectFirst(this.#first, chunk, text)
    const at = text.lastIndexOf(SEQUENCE)
    const digits = at < 0 ? undefined : /^ ?(\d{1,15})/.exec(text.slice(at + SEQUENCE.length))?.[1]
    if (digits !== undefined) this.#next = Number(digits) + 1
    this.#carried = text.slice(-CARRIED_CHARS)
  }

  /**
   * The events that end the stream with an error.
   * @param json the error as a response body
   */
  errorEvents(json: string): string {
    const { code, message } = errorIn(json)
    const error = event({ type: 'error', sequence_number: this.#next, code, message, param: null })
    const response = this.#response()
    if (response === undefined) return error
    const failed = { ...response, status: 'failed', error: { code: 'server_error', message } }
    return error + event({ type: 'response.failed', sequence_number: this.#next + 1, response: failed })
  }

  /** The response object that the client already knows. */
  #response(): object | undefined {
    if (this.#first instanceof ByteQueue) return undefined
    const data = /^data: ?(.*)$/m.exec(new TextDecoder().decode(this.#first))?.[1]
    const response = parseJsonObject(data ?? '')?.['response']
    return isJsonObject(response) ? response : undefined
  }
}

/** @param text the chunk, preceded by the end of the previous one */
function collectFirst(first: ByteQueue, piece: Uint8Array, text: string): ByteQueue | Uint8Array {
  if (first.bytes + piece.length > MAX_FIRST_BYTES) return new Uint8Array()
  first.push(piece)
  return /\n\r?\n/.test(text) ? first.takeAll() : first
}

function event(value: { readonly type: string; readonly [key: string]: unknown }): string {
  return `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`
}

function errorIn(json: string): { readonly code: string | null; readonly message: string } {
  const error = parseJsonObject(json)?.['error']
  const { message, code } = isJsonObject(error) ? error : { message: error, code: null }
  return { code: typeof code === 'string' ? code : null, message: String(message) }
}
