/**
 * The protocol of the control socket: a greeting line, one request line, one reply line. Without a greeting nothing was
 * or will be executed, so the caller can safely retry.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'

import { z } from 'zod'

import { AppError, isErrorCode, toAppError } from '../../shared/errors.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

/** A request: operation name and parameters. */
export interface ControlRequest {
  readonly op: string
  readonly [parameter: string]: unknown
}

/**
 * Operations by name. Parameters come from another process of the same user and must be parsed. Results must be JSON.
 */
export type Handlers = Readonly<Record<string, (request: ControlRequest) => Promise<unknown>>>

const Handshake = z.object({ pid: z.int(), passing: z.boolean() })
/** Identifies the owner of the data directory. `passing`: a single command that will finish soon. */
export type Handshake = Readonly<z.infer<typeof Handshake>>

const Request = z.looseObject({ op: z.string() })
const Reply = z.discriminatedUnion('ok', [
  // JSON omits the result of an operation that returns nothing.
  z.object({ ok: z.literal(true), result: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: z.object({ code: z.string(), message: z.string() }) }),
])
type Reply = z.infer<typeof Reply>

const MAX_REQUEST_CHARS = 64 * 1024
/** Generous, because the owner is trusted and a list of keys may be long. */
const MAX_REPLY_CHARS = 16 * 1024 * 1024
const GREETING_TIMEOUT_MS = 2_000
const REQUEST_TIMEOUT_MS = 5_000
const REPLY_TIMEOUT_MS = 60_000

/** The owner's side of one connection. Never rejects. */
export async function converse(
  socket: Socket,
  handshake: Handshake,
  handlers: Promise<Handlers>,
): Promise<void> {
  // A client that disconnects early loses only its own reply.
  socket.on('error', () => {})
  socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy())
  socket.write(toLine(handshake))
  try {
    const line = await nextLine(linesOf(socket, MAX_REQUEST_CHARS))
    socket.setTimeout(0)
    if (line !== undefined) await send(socket, await replyTo(line, handlers))
  } catch {
    // The connection broke or the line was too long: there is no one to reply to.
  }
  socket.destroy()
}

async function replyTo(line: string, handlers: Promise<Handlers>): Promise<Reply> {
  try {
    const request: ControlRequest = Request.parse(JSON.parse(line))
    const known = await handlers
    const handler = Object.hasOwn(known, request.op) ? known[request.op] : undefined
    if (handler === undefined)
      throw new AppError('INTERNAL', `the running bridge does not support "${request.op}"`)
    return { ok: true, result: await handler(request) }
  } catch (cause) {
    const { code, message } = toAppError(cause)
    return { ok: false, error: { code, message } }
  }
}

async function send(socket: Socket, reply: Reply): Promise<void> {
  socket.setTimeout(REQUEST_TIMEOUT_MS)
  socket.end(toLine(reply))
  await finished(socket, { readable: false })
}

/** The result of connecting to a control path. */
export type Meeting =
  | { readonly kind: 'nobody' }
  /** A process owns the directory, but is shutting down or unresponsive. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'met'; readonly holder: Handshake; readonly caller: Caller }

/** A connection to the owner, for one request. */
export class Caller {
  readonly #socket: Socket
  readonly #lines: AsyncGenerator<string>

  constructor(socket: Socket, lines: AsyncGenerator<string>) {
    this.#socket = socket
    this.#lines = lines
  }

  /** @throws AppError the owner's error; INTERNAL if it disconnected without a reply */
  async ask(request: ControlRequest): Promise<unknown> {
    this.#socket.setTimeout(REPLY_TIMEOUT_MS)
    this.#socket.write(toLine(request))
    const line = await nextLine(this.#lines).catch(() => undefined)
    this.hangUp()
    if (line === undefined) throw new AppError('INTERNAL', 'The running bridge stopped before it replied.')
    const reply = Reply.parse(JSON.parse(line))
    if (reply.ok) return reply.result
    const { code, message } = reply.error
    throw new AppError(isErrorCode(code) ? code : 'INTERNAL', message)
  }

  hangUp(): void {
    this.#socket.destroy()
  }
}

/** Connects and waits for the handshake. */
export async function meet(controlPath: string): Promise<Meeting> {
  const socket = connect(controlPath)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    if (isAbsent(cause)) return { kind: 'nobody' }
    if (isEnding(cause)) return { kind: 'silent' }
    throw cause
  }
  socket.on('error', () => {})
  socket.setTimeout(GREETING_TIMEOUT_MS, () => socket.destroy())
  const lines = linesOf(socket, MAX_REPLY_CHARS)
  const line = await nextLine(lines).catch(() => undefined)
  if (line === undefined) return { kind: 'silent' }
  return { kind: 'met', holder: Handshake.parse(JSON.parse(line)), caller: new Caller(socket, lines) }
}

/** No socket, or a stale one of a dead process. */
function isAbsent(cause: unknown): boolean {
  return ['ENOENT', 'ECONNREFUSED'].includes(systemErrorCode(cause) ?? '')
}

/** The owner closed its socket before it accepted the connection. */
function isEnding(cause: unknown): boolean {
  return systemErrorCode(cause) === 'ECONNRESET'
}

function toLine(value: Handshake | ControlRequest | Reply): string {
  return `${JSON.stringify(value)}\n`
}

async function nextLine(lines: AsyncGenerator<string>): Promise<string | undefined> {
  const { value, done } = await lines.next()
  return done === true ? undefined : value
}

async function* linesOf(socket: Socket, maxChars: number): AsyncGenerator<string> {
  let held = ''
  for await (const chunk of socket.setEncoding('utf8')) {
    held += String(chunk)
    if (held.length > maxChars) throw new AppError('PROTOCOL_ERROR', 'a control line is too long')
    for (let end = held.indexOf('\n'); end >= 0; end = held.indexOf('\n')) {
      const line = held.slice(0, end)
      held = held.slice(end + 1)
      yield line
    }
  }
}
