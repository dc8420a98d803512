/** Minimal HTTP clients, so their own cost does not affect the results. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Path } from './stage.ts'

const BODY_AT = Buffer.from('\r\n\r\n')
const UPLOAD_BLOCK = Buffer.alloc(64 * 1024)

/** The bytes of a request. */
export function requestFor(path: Path, line: string, body = ''): Buffer {
  const framing = body === '' ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`
  return Buffer.from(`${line} HTTP/1.1\r\nHost: bench\r\n${path.headers}${framing}\r\n${body}`)
}

export async function open(path: Path): Promise<Socket> {
  const socket = connect({ port: path.port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/**
 * Repeats a request on one connection until the time is up.
 * @returns the latency of each response in milliseconds
 */
export async function askRepeatedly(path: Path, request: Buffer, untilMs: number): Promise<number[]> {
  const socket = await open(path)
  const tookMs: number[] = []
  const { promise, resolve, reject } = Promise.withResolvers<number[]>()
  let askedAt = 0
  let received = Buffer.alloc(0)
  const ask = (): void => {
    askedAt = performance.now()
    if (askedAt >= untilMs) return resolve(tookMs)
    socket.write(request)
  }
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const length = answerLength(received)
    if (length === undefined || received.length < length) return
    tookMs.push(performance.now() - askedAt)
    received = received.subarray(length)
    ask()
  })
  socket.on('close', () => reject(new Error(`${path.name} closed a connection that was in use`)))
  ask()
  await promise
  socket.removeAllListeners('close').destroy()
  return tookMs
}

/** Length of head and body, once the head is complete. */
function answerLength(bytes: Buffer): number | undefined {
  const headBytes = bytes.indexOf(BODY_AT)
  if (headBytes < 0) return undefined
  const head = bytes.toString('latin1', 0, headBytes)
  if (!head.startsWith('HTTP/1.1 20')) throw new Error(`an answer began with ${head.slice(0, 40)}`)
  return headBytes + BODY_AT.length + Number(/content-length: *(\d+)/i.exec(head)?.[1])
}

/** Downloads and discards this many body bytes. Resolves with MB/s. */
export async function download(path: Path, bytes: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let left = Infinity
  const startedAt = performance.now()
  const socket = connect({
    port: path.port,
    host: '127.0.0.1',
    onread: {
      buffer: Buffer.alloc(256 * 1024),
      callback(count, buffer) {
        if (left === Infinity) left = answerLength(Buffer.from(buffer.subarray(0, count))) ?? Infinity
        left -= count
        if (left === 0) resolve()
        return true
      },
    },
  })
  socket.on('close', () => reject(new Error(`${path.name} ended a download early`)))
  socket.write(requestFor(path, `GET /v1/models/bulk?bytes=${bytes}`))
  await promise
  socket.destroy()
  return bytes / 1000 / (performance.now() - startedAt)
}

/** Resolves with MB/s, measured until the upstream has confirmed the whole body. */
export async function upload(path: Path, bytes: number): Promise<number> {
  const socket = await open(path)
  const startedAt = performance.now()
  const answered = wholeAnswer(socket)
  socket.write(
    `POST /api/blobs/sha256:bench HTTP/1.1\r\nHost: bench\r\n${path.headers}Content-Length: ${bytes}\r\n\r\n`,
  )
  for (let left = bytes; left > 0; left -= UPLOAD_BLOCK.length)
    if (!socket.write(UPLOAD_BLOCK)) await once(socket, 'drain')
  const answer = await answered
  const seconds = (performance.now() - startedAt) / 1000
  socket.destroy()
  if (!answer.includes(`{"bytes":${bytes}}`)) throw new Error(`${path.name} lost bytes of an upload`)
  return bytes / 1e6 / seconds
}

/** The bytes of the first response on this connection. */
function wholeAnswer(socket: Socket): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  let received = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    if (received.length >= (answerLength(received) ?? Infinity)) resolve(received)
  })
  return promise
}

/** A token with the upstream's timestamp. */
export interface Token {
  readonly n: number
  readonly at: number
}

/**
 * Streams `tokens` tokens and resolves when all have arrived. Rejects if one is missing, duplicated or out of order.
 */
export async function stream(
  path: Path,
  id: string,
  tokens: number,
  onToken: (token: Token) => void,
): Promise<void> {
  const socket = await openChat(path, id, tokens)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let expected = 0
  onLines(socket, (line) => {
    if (line === '{"done":true}')
      return expected === tokens ? resolve() : reject(new Error('an answer ended early'))
    const token = JSON.parse(line) as Token
    if (token.n !== expected++) reject(new Error(`token ${token.n} came instead of ${expected - 1}`))
    onToken(token)
  })
  socket.on('close', () => reject(new Error(`${path.name} broke off an answer`)))
  await promise
  socket.destroy()
}

/** Starts a response that streams `tokens` tokens. */
export async function openChat(path: Path, id: string, tokens: number): Promise<Socket> {
  const socket = await open(path)
  socket.write(requestFor(path, `POST /api/chat?id=${id}&tokens=${tokens}`, '{"model":"bench"}'))
  return socket
}

/** Calls back for each JSON line of a response, ignoring its framing. */
function onLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = ''
  socket.on('data', (chunk) => {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('{')) onLine(line)
  })
}
