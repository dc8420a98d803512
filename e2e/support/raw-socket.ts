import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** A response as it was on the wire. */
export interface RawAnswer {
  readonly status: number
  /** Lower-case names; repeated fields are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Waiting {
  readonly look: () => boolean
  readonly fail: (error: Error) => void
}

/** A connection on which the test writes every byte, since HTTP clients refuse to send malformed requests. */
export class RawSocket {
  readonly #socket: Socket
  /** Resolves once the connection is closed for any reason. */
  readonly closed: Promise<void>
  #received = Buffer.alloc(0)
  #waiting: Waiting | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      if (this.#waiting?.look()) this.#waiting = undefined
    })
    socket.on('close', () =>
      this.#waiting?.fail(new Error(`closed after ${JSON.stringify(this.#received.toString('latin1'))}`)),
    )
  }

  /** @param allowHalfOpen keeps our side open although the server has ended its own. */
  static async open(port: number, allowHalfOpen = false): Promise<RawSocket> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen })
    const raw = new RawSocket(socket)
    await once(socket, 'connect')
    return raw
  }

  /** Text is sent as latin1: a character is a byte. */
  send(bytes: string | Buffer): boolean {
    return this.#socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Resolves once the server has closed the connection completely: after a half-close it would still accept data. */
  async abandoned(): Promise<void> {
    while (!this.#socket.destroyed) {
      this.send('x')
      await setImmediate()
    }
  }

  pause(): void {
    this.#socket.pause()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Resolves when the data has been passed to the operating system. */
  async drained(): Promise<void> {
    if (this.#socket.writableNeedDrain) await once(this.#socket, 'drain')
  }

  /** The next complete response. Rejects if the connection ends before. */
  answer(): Promise<RawAnswer> {
    this.#socket.resume()
    return new Promise((resolve, fail) => {
      const look = (): boolean => {
        const found = cutAnswer(this.#received)
        if (found === undefined) return false
        this.#received = this.#received.subarray(found.bytes)
        resolve(found.answer)
        return true
      }
      if (look()) return
      if (this.#socket.destroyed) fail(new Error('the connection is over'))
      this.#waiting = { look, fail }
    })
  }

  /** All received data that was not returned as a response, once the connection is closed. */
  async rest(): Promise<string> {
    await this.closed
    return this.#received.toString('latin1')
  }
}

/** Sends these bytes on a new connection and returns the first response. */
export async function sendRaw(port: number, bytes: string): Promise<RawAnswer> {
  const socket = await RawSocket.open(port)
  socket.send(bytes)
  try {
    return await socket.answer()
  } finally {
    socket.destroy()
  }
}

function cutAnswer(bytes: Buffer): { answer: RawAnswer; bytes: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
  if (Number.isNaN(status)) throw new Error(`no status line: ${statusLine}`)
  const headers = toHeaders(lines)
  const bodyAt = headEnd + 4
  const body =
    headers['transfer-encoding'] === 'chunked'
      ? cutChunks(bytes, bodyAt)
      : cutLength(bytes, bodyAt, status < 200 || status === 204 ? 0 : Number(headers['content-length'] ?? 0))
  return body && { answer: { status, headers, body: body.text }, bytes: body.end }
}

function toHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, at).toLowerCase()
    const value = line.slice(at + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}

function cutLength(bytes: Buffer, start: number, length: number): { text: string; end: number } | undefined {
  const end = start + length
  return bytes.length < end ? undefined : { text: bytes.toString('utf8', start, end), end }
}

function cutChunks(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  const pieces: Buffer[] = []
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const end = lineEnd + 2 + length + 2
    if (bytes.length < end) return undefined
    if (length === 0) return { text: Buffer.concat(pieces).toString(), end }
    pieces.push(bytes.subarray(lineEnd + 2, end - 2))
    at = end
  }
}
