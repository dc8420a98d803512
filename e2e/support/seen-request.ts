import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** A request body as it arrived. */
export interface SeenBody {
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
  /** Its first MiB. */
  readonly text: string
  /** False if the sender disconnected before the end. */
  readonly complete: boolean
}

const KEPT_BYTES = 1024 * 1024

/** A request that reached the fake upstream. Times are `performance.now()`. */
export class SeenRequest {
  readonly method: string
  /** Path and query, byte for byte. */
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly receivedAt = performance.now()
  /** When the connection that it came on was closed. */
  readonly socketClosedAt: Promise<number>
  /** Identifies its connection; requests on the same connection share it. */
  readonly remotePort: number | undefined
  /** Tokens that were sent so far: stops growing when a cancellation has arrived. */
  tokensSent = 0
  /** When the last part of its body was read. */
  lastReadAt = 0
  /** Taken by an earlier `FakeUpstream.request`. */
  taken = false
  readonly #incoming: IncomingMessage
  #body: Promise<SeenBody> | undefined

  constructor(incoming: IncomingMessage) {
    this.method = incoming.method ?? ''
    this.target = incoming.url ?? ''
    this.rawHeaders = incoming.rawHeaders
    this.headers = incoming.headers
    this.remotePort = incoming.socket.remotePort
    this.#incoming = incoming
    this.socketClosedAt = closingOf(incoming.socket)
  }

  get path(): string {
    return this.target.split('?', 1)[0] ?? ''
  }

  /** Reads the body, unless a handler of the test has done so. */
  body(): Promise<SeenBody> {
    this.#body ??= readBody(this.#incoming, () => (this.lastReadAt = performance.now()))
    return this.#body
  }

  /** The body as JSON; an empty object if it is missing or incomplete. */
  async json(): Promise<Record<string, unknown>> {
    const { text, complete } = await this.body()
    return text === '' || !complete ? {} : JSON.parse(text)
  }
}

const closings = new WeakMap<Socket, Promise<number>>()

/** One listener for all requests of a keep-alive connection. */
function closingOf(socket: Socket): Promise<number> {
  const closing =
    closings.get(socket) ??
    new Promise<number>((resolve) => socket.once('close', () => resolve(performance.now())))
  closings.set(socket, closing)
  return closing
}

async function readBody(incoming: IncomingMessage, onRead: () => void): Promise<SeenBody> {
  const hash = createHash('sha256')
  let bytes = 0
  let text = ''
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk)
      if (bytes < KEPT_BYTES) text += chunk.toString('latin1')
      bytes += chunk.length
      onRead()
    }
  } catch {
    // The sender disconnected: `complete` is false.
  }
  return {
    bytes,
    sha256: hash.digest('hex'),
    text: Buffer.from(text, 'latin1').toString(),
    complete: incoming.complete,
  }
}
