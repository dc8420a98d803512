/**
 * One process at a time owns a data directory. The lock is the listening control socket, so the kernel releases it when
 * the process dies.
 */
import { chmodSync } from 'node:fs'
import { open, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
// Real timers instead of the clock port: they must keep a short-lived command alive while it waits for another process.
import { setTimeout as sleep } from 'node:timers/promises'

import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import {
  converse,
  meet,
  type ControlRequest,
  type Handshake,
  type Handlers,
  type Meeting,
} from './control.ts'
import { FILES, prepareControlPath, unusableDataDir } from './paths.ts'
import { systemErrorCode } from '../../shared/system-error.ts'

const POLL_MS = 20
/** How long a starting bridge, or another command, waits for a command to finish. */
const PATIENCE_MS = 10_000
/** Longer than acquiring can take: an older file was left by a process that died meanwhile. */
const ABANDONED_AFTER_MS = 10_000

/** Ownership of a data directory. */
export class Holder {
  readonly #server: Server
  readonly #handlers = Promise.withResolvers<Handlers>()
  readonly #conversations = new Set<Promise<void>>()
  #closing = false

  /** @param server not listening yet */
  constructor(server: Server, handshake: Handshake) {
    this.#server = server
    this.#handlers.promise.catch(() => {})
    server.on('connection', (socket) => {
      if (this.#closing) return void socket.destroy()
      const conversation = converse(socket, handshake, this.#handlers.promise)
      this.#conversations.add(conversation)
      void conversation.finally(() => this.#conversations.delete(conversation))
    })
  }

  /** Serves requests of other processes, including those already waiting. Call once. */
  serve(handlers: Handlers): void {
    this.#handlers.resolve(handlers)
  }

  /** Accepts no more requests. Resolves once pending ones have been answered, for which everything must still be open. */
  async drain(): Promise<void> {
    this.#closing = true
    this.#handlers.reject(new AppError('INTERNAL', 'The bridge stopped before it was ready.'))
    await Promise.all(this.#conversations)
  }

  /** Releases the directory after pending requests have been answered. */
  async close(): Promise<void> {
    await this.drain()
    if (this.#server.listening) await new Promise((done) => this.#server.close(done))
  }
}

export interface AcquireOptions {
  /** Owned for one command only: a bridge that starts meanwhile waits instead of failing. */
  readonly passing?: boolean
}

/**
 * Acquires ownership of a data directory.
 * @throws AppError ALREADY_RUNNING if another process owns it
 */
export async function acquire(dataDir: string, options: AcquireOptions = {}): Promise<Holder> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await occupy(dataDir, options.passing ?? false)
    if (found instanceof Holder) return found
    if (isThereToStay(found) || performance.now() > giveUpAt) throw alreadyRunning(dataDir, found)
    await sleep(POLL_MS)
  }
}

/**
 * Sends a request to the process that owns the directory. A single command serves nobody: it is waited for.
 * @returns `null` if no process owns it
 * @throws AppError the owner's error; ALREADY_RUNNING if it does not respond, or its command does not finish
 */
export async function request(dataDir: string, asked: ControlRequest): Promise<{ result: unknown } | null> {
  const controlPath = await prepareControlPath(dataDir)
  let giveUpAt = performance.now() + PATIENCE_MS
  let commandPid: number | undefined
  for (;;) {
    const meeting = await meet(controlPath)
    if (meeting.kind === 'nobody') return null
    if (meeting.kind === 'met') {
      const { holder, caller } = meeting
      if (!holder.passing) return { result: await caller.ask(asked) }
      caller.hangUp()
      // Each of several commands gets its time.
      if (holder.pid !== commandPid) giveUpAt = performance.now() + PATIENCE_MS
      commandPid = holder.pid
    }
    if (performance.now() > giveUpAt) throw alreadyRunning(dataDir, meeting)
    await sleep(POLL_MS)
  }
}

/** Registers what must be closed before another process may own the directory. */
export type OnClose = (close: () => void) => void

/** Creates the operations of a process that owns the directory for one of them. */
export type OpenHandlers = (onClose: OnClose) => Promise<Handlers>

/**
 * Runs one operation in the process that owns the directory, or in this process, which owns it meanwhile.
 * @param open for the second case
 */
export async function withDataDir(
  dataDir: string,
  asked: ControlRequest,
  open: OpenHandlers,
): Promise<unknown> {
  for (;;) {
    const answer = await request(dataDir, asked)
    if (answer !== null) return answer.result
    const found = await occupy(dataDir, true)
    if (found instanceof Holder) return runHere(found, asked, open)
    await sleep(POLL_MS)
  }
}

async function runHere(holder: Holder, asked: ControlRequest, open: OpenHandlers): Promise<unknown> {
  const closers: (() => void)[] = []
  try {
    const handler = (await open((close) => closers.push(close)))[asked.op]
    if (handler === undefined) throw new AppError('INTERNAL', `unknown operation "${asked.op}"`)
    return await handler(asked)
  } finally {
    for (const close of closers) close()
    await holder.close()
  }
}

type Occupant = Exclude<Meeting, { kind: 'nobody' }>

async function occupy(dataDir: string, passing: boolean): Promise<Holder | Occupant> {
  const controlPath = await prepareControlPath(dataDir)
  // Serialized, because two processes that find the same stale socket could both remove it, the second one
  // after a new one was created.
  return oneAtATime(dataDir, async () => {
    const meeting = await meet(controlPath)
    if (meeting.kind === 'met') meeting.caller.hangUp()
    return meeting.kind === 'nobody' ? listen(controlPath, { pid: process.pid, passing }) : meeting
  })
}

async function listen(controlPath: string, handshake: Handshake): Promise<Holder> {
  const onWindows = process.platform === 'win32'
  if (!onWindows) await rm(controlPath, { force: true })
  const server = createServer()
  const holder = new Holder(server, handshake)
  await new Promise<void>((done, fail) => server.on('error', fail).listen(controlPath, done))
  if (!onWindows) chmodSync(controlPath, 0o600)
  return holder
}

async function oneAtATime<T>(dataDir: string, action: () => Promise<T>): Promise<T> {
  const lockPath = join(dataDir, FILES.acquiring)
  while (!(await wasCreated(lockPath, dataDir))) {
    if (await isAbandoned(lockPath)) await rm(lockPath, { force: true })
    else await sleep(POLL_MS)
  }
  try {
    return await action()
  } finally {
    await rm(lockPath, { force: true })
  }
}

async function wasCreated(path: string, dataDir: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close()
    return true
  } catch (cause) {
    if (systemErrorCode(cause) === 'EEXIST') return false
    throw unusableDataDir(dataDir, cause)
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => null)
  return stats !== null && Math.abs(Date.now() - stats.mtimeMs) > ABANDONED_AFTER_MS
}

function isThereToStay(occupant: Occupant): boolean {
  return occupant.kind === 'met' && !occupant.holder.passing
}

function alreadyRunning(dataDir: string, occupant: Occupant): AppError {
  const who =
    occupant.kind === 'met'
      ? errorCase('case.alreadyRunning.process', { pid: String(occupant.holder.pid) })
      : errorCase('case.alreadyRunning.silent')
  return new AppError('ALREADY_RUNNING', errorCase('case.alreadyRunning', { who, dir: dataDir }))
}
