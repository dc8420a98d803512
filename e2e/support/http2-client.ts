import { once } from 'node:events'
import {
  connect,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2'

export interface Http2CallOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON and ended. Without it and without `open` the request has no body. */
  readonly body?: object
  /** The caller writes the body. */
  readonly open?: boolean
}

/** A request on a shared connection. */
export class Http2Call {
  readonly stream: ClientHttp2Stream
  readonly head: Promise<IncomingHttpHeaders & { readonly ':status'?: number }>
  /** The code of its reset; 0 for a normal end. */
  readonly over: Promise<number>
  text = ''
  readonly #watchers = new Set<() => void>()

  constructor(session: ClientHttp2Session, path: string, options: Http2CallOptions = {}) {
    const { body, open = false, headers } = options
    const method = options.method ?? (body || open ? 'POST' : 'GET')
    const endStream = body === undefined && !open
    this.stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream })
    this.stream.on('error', () => {})
    this.head = once(this.stream, 'response').then(([head]) => head as IncomingHttpHeaders)
    this.head.catch(() => {})
    this.over = new Promise((resolve) => this.stream.on('close', () => resolve(this.stream.rstCode ?? 0)))
    this.stream.on('data', (chunk: Buffer) => {
      this.text += chunk.toString()
      for (const look of this.#watchers) look()
    })
    if (body !== undefined) this.stream.end(JSON.stringify(body))
  }

  /** Resolves once this has arrived. */
  has(text: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => (this.text.includes(text) ? resolve() : undefined)
      this.#watchers.add(look)
      look()
    })
  }

  /** The complete response as text. Rejects if it was aborted. */
  async whole(): Promise<string> {
    const code = await this.over
    if (code !== 0) throw new Error(`reset with code ${code} after ${this.text}`)
    return this.text
  }
}

/** @param ca the trusted authority */
export async function connectHttp2(url: string, ca: string): Promise<ClientHttp2Session> {
  const session = connect(url, { ca })
  session.on('error', () => {})
  await once(session, 'connect')
  return session
}
