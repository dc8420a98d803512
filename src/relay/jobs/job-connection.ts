import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import type { ClientOrigin } from '../../front/request-context.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError, assertNever } from '../../shared/errors.ts'
import type { RelayMetrics } from '../observe/metrics.ts'
import type { JobAccess } from './job-access.ts'
import type { JobHub } from './job-hub.ts'
import {
  type ClientMessage,
  JOB_CLOSE,
  type JobCloseReason,
  parseClientMessage,
  type RelayMessage,
} from './job-message.ts'
import { JobOutbox } from './job-outbox.ts'
import { isProblem, type JobProblem } from './job-problem.ts'
import type { Watcher } from './job-watch.ts'
import type { JobReaderId } from './status-cache.ts'

export interface JobConnectionOptions {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  readonly origin: ClientOrigin
  /** The credential in the upgrade request, if there is one. */
  readonly token: string | undefined
  readonly clock: Clock
  readonly hub: Pick<JobHub, 'subscribe' | 'unsubscribe'>
  readonly access: Pick<JobAccess, 'admit'>
  readonly limits: JobConnectionLimits
  readonly metrics: Pick<RelayMetrics, 'jobUpdate'>
  /** Counts the connection of an authenticated client. @returns false if it has too many */
  readonly enter: (client: JobReaderId) => boolean
  readonly onClosed: (connection: JobConnection, summary: JobConnectionSummary) => void
}

export interface JobConnectionLimits {
  /** Total time of a connection. */
  readonly connectionTimeoutMs: number
  /** Time without any data from the client; it is pinged meanwhile. */
  readonly connectionIdleTimeoutMs: number
}

/** For the log. */
export interface JobConnectionSummary {
  readonly client: JobReaderId | undefined
  readonly code: number
  readonly totalMs: number
  /** Subscriptions made. */
  readonly subscriptions: number
}

interface Subscription {
  readonly watcher: Watcher
  readonly abort: AbortController
}

const AUTH_TIMEOUT_MS = 10_000
const MAX_SUBSCRIPTIONS = 32
const MAX_MALFORMED = 3
/** Each message may cost a request to the device. */
const MAX_MESSAGES = 120
const MESSAGE_WINDOW_MS = 10_000
/** Pings within the idle time. */
const PINGS = 3
const CLOSE_TIMEOUT_MS = 5_000

/** One WebSocket of a client that watches jobs. */
export class JobConnection {
  readonly #options: JobConnectionOptions
  readonly #outbox: JobOutbox
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #abort = new AbortController()
  readonly #startedAt: number
  readonly #timers: Timer[] = []
  #client: JobReaderId | undefined
  #token: string | undefined
  /** Messages that arrived while the credential is being checked. */
  #early: ClientMessage[] = []
  #pingTimer: Timer | undefined
  #heardAt: number
  #malformed = 0
  #messages = 0
  #windowAt: number
  #made = 0
  #isOver = false

  constructor(options: JobConnectionOptions) {
    this.#options = options
    const { socket, clock, token, limits, metrics } = options
    this.#outbox = new JobOutbox(socket, (result) => metrics.jobUpdate(result))
    this.#startedAt = this.#heardAt = this.#windowAt = clock.monotonic()
    // A socket error is always followed by `close`.
    socket.on('error', () => {})
    socket.on('message', (data: Buffer, isBinary) => this.#onMessage(data, isBinary))
    socket.on('pong', () => (this.#heardAt = clock.monotonic()))
    socket.on('close', (code) => this.#onClosed(code))
    this.#timers.push(
      clock.after(AUTH_TIMEOUT_MS, () => {
        if (this.#client === undefined)
          this.#end('noAuth', 'UNAUTHORIZED', 'Send {"type":"auth","token":"<key>"} within 10 seconds.')
      }),
      clock.after(limits.connectionTimeoutMs, () => this.close('timeUp')),
    )
    this.#schedulePing()
    if (token !== undefined) void this.#authenticate(token)
  }

  get subscriptionCount(): number {
    return this.#subscriptions.size
  }

  close(reason: JobCloseReason): void {
    if (this.#isOver) return
    this.#isOver = true
    const { socket, clock } = this.#options
    this.#release()
    socket.close(JOB_CLOSE[reason], reason)
    const timer = clock.after(CLOSE_TIMEOUT_MS, () => socket.terminate())
    socket.once('close', () => timer.cancel())
  }

  #onMessage(data: Buffer, isBinary: boolean): void {
    if (this.#isOver) return
    this.#heardAt = this.#options.clock.monotonic()
    if (this.#isFlooding()) return this.#end('tooMany', 'TOO_MANY_REQUESTS')
    const message = isBinary ? undefined : parseClientMessage(data.toString())
    if (message === undefined) this.#refuseMalformed()
    else if (this.#client !== undefined) this.#handle(message, this.#client)
    else if (message.type === 'auth' && this.#token === undefined) void this.#authenticate(message.token)
    else if (message.type === 'ping') this.#send({ type: 'pong' })
    else if (this.#token === undefined || message.type === 'auth') this.#refuseMalformed()
    else this.#early.push(message)
  }

  /** A client that does not read the replies cannot make them pile up either. */
  #isFlooding(): boolean {
    const now = this.#options.clock.monotonic()
    if (now - this.#windowAt >= MESSAGE_WINDOW_MS) {
      this.#windowAt = now
      this.#messages = 0
    }
    this.#messages += 1
    return this.#messages > MAX_MESSAGES || this.#outbox.isStuck
  }

  #refuseMalformed(): void {
    this.#malformed += 1
    const detail = this.#client === undefined ? EXPECTED_AUTH : EXPECTED
    if (this.#malformed >= MAX_MALFORMED) this.#end('malformed', 'BAD_REQUEST', detail)
    else this.#error('BAD_REQUEST', detail)
  }

  async #authenticate(token: string): Promise<void> {
    this.#token = token
    const { access, request, origin, enter } = this.#options
    const found = await access.admit({ token, origin }, request, this.#abort.signal)
    if (this.#isOver) return
    if (isProblem(found)) return this.#end(closeReasonFor(found), found.code, found.message)
    if (!enter(found))
      return this.#end('tooMany', 'TOO_MANY_CONNECTIONS', 'Too many connections with this key. Close one.')
    this.#client = found
    this.#send({ type: 'ready' })
    for (const message of this.#early.splice(0)) this.#handle(message, found)
  }

  #handle(message: ClientMessage, client: JobReaderId): void {
    switch (message.type) {
      case 'auth':
        return this.#refuseMalformed()
      case 'ping':
        return this.#send({ type: 'pong' })
      case 'subscribe':
        return void this.#subscribe(message.job_id, message.device, client)
      case 'unsubscribe':
        return this.#unsubscribe(message.job_id, client)
      default:
        return assertNever(message)
    }
  }

  async #subscribe(jobId: string, device: string | undefined, client: JobReaderId): Promise<void> {
    if (this.#subscriptions.has(jobId)) return this.#send({ type: 'subscribed', job_id: jobId })
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS)
      return this.#error(
        'TOO_MANY_REQUESTS',
        `At most ${MAX_SUBSCRIPTIONS} jobs at once. Unsubscribe one.`,
        jobId,
      )
    const abort = new AbortController()
    const watcher = this.#watcherFor(jobId, device, client)
    this.#subscriptions.set(jobId, { watcher, abort })
    this.#made += 1
    const name = { routingId: client.routingId, jobId }
    const problem = await this.#options.hub.subscribe(watcher, name, abort.signal, () =>
      this.#send({ type: 'subscribed', job_id: jobId }),
    )
    if (problem !== undefined && !abort.signal.aborted) watcher.refuse(problem)
  }

  #watcherFor(jobId: string, device: string | undefined, { identity }: JobReaderId): Watcher {
    const { origin } = this.#options
    return {
      caller: { token: this.#token ?? '', origin, device },
      identity,
      update: (message, isLast) => {
        this.#outbox.update(jobId, message)
        if (isLast) this.#subscriptions.delete(jobId)
      },
      refuse: ({ code, message }) => {
        this.#subscriptions.delete(jobId)
        this.#outbox.forget(jobId)
        this.#error(code, message, jobId)
      },
    }
  }

  #unsubscribe(jobId: string, { routingId }: JobReaderId): void {
    const subscription = this.#subscriptions.get(jobId)
    if (subscription === undefined) return
    this.#subscriptions.delete(jobId)
    this.#outbox.forget(jobId)
    subscription.abort.abort()
    this.#options.hub.unsubscribe(subscription.watcher, { routingId, jobId })
  }

  #schedulePing(): void {
    const { clock, limits, socket } = this.#options
    this.#pingTimer = clock.after(limits.connectionIdleTimeoutMs / PINGS, () => {
      if (clock.monotonic() - this.#heardAt >= limits.connectionIdleTimeoutMs) return socket.terminate()
      if (socket.readyState === socket.OPEN) socket.ping()
      this.#schedulePing()
    })
  }

  #end(reason: JobCloseReason, code: ProblemCode, message?: string): void {
    this.#error(code, message)
    this.close(reason)
  }

  #error(code: ProblemCode, message?: string, jobId?: string): void {
    const text = message ?? new AppError('TOO_MANY_REQUESTS').message
    this.#send({ type: 'error', code, message: text, ...(jobId !== undefined && { job_id: jobId }) })
  }

  #send(message: RelayMessage): void {
    this.#outbox.send(JSON.stringify(message))
  }

  #onClosed(code: number): void {
    this.#isOver = true
    this.#release()
    const totalMs = this.#options.clock.monotonic() - this.#startedAt
    const summary = { client: this.#client, code, totalMs, subscriptions: this.#made }
    this.#options.onClosed(this, summary)
  }

  #release(): void {
    this.#abort.abort()
    for (const timer of this.#timers.splice(0)) timer.cancel()
    this.#pingTimer?.cancel()
    if (this.#client !== undefined)
      for (const jobId of this.#subscriptions.keys()) this.#unsubscribe(jobId, this.#client)
  }
}

type ProblemCode = JobProblem['code']

const EXPECTED_AUTH = 'Expected {"type":"auth","token":"<key or access token>"}, as JSON text.'
const EXPECTED =
  'Expected {"type":"subscribe","job_id":"…"}, {"type":"unsubscribe","job_id":"…"} or {"type":"ping"}, as JSON text.'

function closeReasonFor({ kind, code }: JobProblem): JobCloseReason {
  if (kind === 'refused') return 'unauthorized'
  return code.startsWith('TOO_MANY') ? 'tooMany' : 'offline'
}
