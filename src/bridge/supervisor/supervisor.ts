import { randomUUID } from 'node:crypto'
import type { Clock, Random, Timer } from '../../shared/clock.ts'
import type { DeviceProof } from '../../shared/device-proof.ts'
import { AppError, ERRORS, toAppError, type ErrorCode } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { VERSION } from '../../shared/version.ts'
import type { Carrier } from '../../tunnel/carrier.ts'
import { greet, PROTOCOL_VERSIONS, type Welcome } from '../../tunnel/handshake.ts'
import type { TunnelLimits } from '../../tunnel/limits.ts'
import { Link } from '../../tunnel/link.ts'
import { Session } from '../../tunnel/session.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import { INITIAL_STATE, transition, type TunnelEffect, type TunnelEvent } from './machine.ts'
import type { TunnelState } from './tunnel-state.ts'

/** A new authenticated carrier, and the proof for its handshake. */
export interface Dialled {
  readonly carrier: Carrier
  readonly proof: DeviceProof | undefined
}

/** Opens a carrier to the relay. Rejects with an AppError. */
export type Dial = (signal: AbortSignal) => Promise<Dialled>

export interface SupervisorOptions {
  readonly clock: Clock
  readonly random: Random
  /** Limits of the next connection. */
  readonly limits: () => TunnelLimits
  readonly logger: Logger
  readonly device: () => { readonly id: string; readonly name: string }
  readonly dial: Dial
  /** The announcement of this device: JSON text. */
  readonly announcement: () => string
  readonly onStream: (stream: TunnelStream, head: Buffer) => void
  /** The relay renewed this device's credential. */
  readonly onCredential: (token: string) => void
  /** State, round trip or public URL changed, or the last stream ended. */
  readonly onChange: () => void
}

/** A session and the relay's WELCOME. */
interface Tunnel {
  readonly session: Session
  readonly welcome: Welcome
}

/**
 * Manages connections: the only component that executes the state machine's effects. Knows nothing of requests or of
 * how a carrier is dialled.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #retiring = new Set<Session>()
  readonly #instance = randomUUID()
  #hellos = 0
  #state = INITIAL_STATE
  #tunnel: Tunnel | undefined
  #timer: Timer | undefined
  #attempt: AbortController | undefined
  #rttMs: number | undefined
  /** The carrier is being dropped deliberately, which is not a failure. */
  #isHangingUp = false

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  get state(): TunnelState {
    return this.#state
  }

  /** Round trip time of the last PING that was answered. */
  get rttMs(): number | undefined {
    return this.#rttMs
  }

  /** Across all sessions, including those that only finish their streams. */
  get streamCount(): number {
    return this.#sessions().reduce((count, session) => count + session.streamCount, 0)
  }

  /** Everything sent has reached the relay. */
  get isDelivered(): boolean {
    return this.#sessions().every(({ streamCount, unackedBytes }) => streamCount === 0 && unackedBytes === 0)
  }

  /** The relay has received everything sent on the current tunnel. */
  get isHeard(): boolean {
    const session = this.#tunnel?.session
    return session === undefined || session.isOver || session.unackedBytes === 0
  }

  /** The relay's URL for clients, unvalidated; known once it has been online. */
  get publicUrl(): string | undefined {
    return this.#tunnel?.welcome.publicUrl
  }

  send(event: TunnelEvent): void {
    const { clock, random, logger, onChange } = this.#options
    const { state, effects } = transition(this.#state, event, clock.now(), random())
    if (state === this.#state) return logger.debug({ event: event.type, state: state.kind }, 'event ignored')
    logger.debug({ event: event.type, from: this.#state.kind, to: state.kind }, 'tunnel state changed')
    this.#state = state
    this.#timer?.cancel()
    for (const effect of effects) this.#perform(effect)
    onChange()
  }

  /** Sends an announcement about this device. */
  announce(): void {
    this.#tunnel?.session.announce(this.#options.announcement())
  }

  /** Sends the relay a new credential, if a tunnel is up. */
  sendCredential(token: string): void {
    this.#tunnel?.session.sendCredential(token)
  }

  #perform(effect: TunnelEffect): void {
    const { clock } = this.#options
    switch (effect.type) {
      case 'dial':
        return this.#dial()
      case 'hangUp':
        return this.#hangUp()
      case 'endSession':
        return this.#endSessions(new AppError('BRIDGE_STOPPED'))
      case 'retireSession':
        return this.#retireSession()
      case 'retryAfter':
        this.#timer = clock.after(effect.delayMs, () => this.send({ type: 'retryDue' }))
        return
      case 'stableAfter':
        this.#timer = clock.after(effect.delayMs, () => this.send({ type: 'stable' }))
        return
    }
  }

  /** Each attempt has its own signal, so late results of earlier ones are ignored. */
  #dial(): void {
    const attempt = new AbortController()
    this.#attempt?.abort()
    this.#attempt = attempt
    this.#options.dial(attempt.signal).then(
      (dialled) => {
        if (attempt.signal.aborted) dialled.carrier.destroy()
        else this.#greet(dialled, attempt.signal)
      },
      (cause: unknown) => {
        if (!attempt.signal.aborted) this.#failed(toAppError(cause, 'RELAY_UNREACHABLE'))
      },
    )
  }

  #greet({ carrier, proof }: Dialled, signal: AbortSignal): void {
    const { clock } = this.#options
    const limits = this.#options.limits()
    const device = this.#options.device()
    const link = new Link(carrier, limits)
    const hello = {
      protocols: PROTOCOL_VERSIONS,
      agent: `cloudtolocalllm/${VERSION}`,
      deviceId: device.id,
      deviceName: device.name,
      instance: this.#instance,
      attempt: ++this.#hellos,
      ...this.#resumePoint(),
      ...(proof !== undefined && { proof }),
    }
    const giveUp = () => link.drop(new AppError('CARRIER_DEAD'))
    signal.addEventListener('abort', giveUp, { once: true })
    greet(
      link,
      hello,
      clock,
      limits,
      (welcome) => {
        // From here on the link belongs to the session: a later attempt must not close it.
        signal.removeEventListener('abort', giveUp)
        this.#welcomed(link, welcome)
      },
      (code, reason) => {
        if (!signal.aborted) this.#failed(errorForClose(code, reason))
      },
    )
  }

  #resumePoint(): { resume?: { sessionId: string; ticket: string; receivedBytes: number } } {
    if (this.#tunnel === undefined || this.#tunnel.session.isOver) return {}
    const { session, welcome } = this.#tunnel
    const { sessionId, ticket } = welcome
    return { resume: { sessionId, ticket, receivedBytes: session.receivedBytes } }
  }

  #welcomed(link: Link, welcome: Welcome): void {
    const former = this.#tunnel
    if (welcome.resumed && former?.welcome.sessionId === welcome.sessionId) {
      former.session.attach(link, welcome.receivedBytes)
    } else {
      former?.session.destroy(new AppError('TUNNEL_LOST', 'the relay no longer knew the session'))
      const session = this.#createSession(welcome)
      this.#tunnel = { session, welcome }
      session.attach(link, 0)
      this.announce()
    }
    this.#options.logger.info({ resumed: welcome.resumed }, 'tunnel connected')
    this.send({ type: 'connected' })
  }

  #createSession(welcome: Welcome): Session {
    const { clock, onStream, onCredential, onChange } = this.#options
    const limits = this.#options.limits()
    const session: Session = new Session({
      role: 'acceptor',
      clock,
      limits: { ...limits, graceMs: welcome.graceMs },
      handlers: {
        opened: onStream,
        announced: () => {},
        credential: onCredential,
        goaway: () => {
          if (this.#tunnel?.session === session) this.send({ type: 'goaway' })
        },
        detached: (code, reason) => this.#detached(session, code, reason),
        lost: (error) => this.#lost(session, error),
        idle: () => {
          if (this.#retiring.has(session)) this.#retired(session)
          onChange()
        },
        measured: (rttMs) => {
          this.#rttMs = rttMs
          onChange()
        },
      },
    })
    return session
  }

  #sessions(): Session[] {
    return [...this.#retiring, ...(this.#tunnel === undefined ? [] : [this.#tunnel.session])]
  }

  #detached(session: Session, code: number, reason: string): void {
    if (this.#retiring.has(session)) return this.#retired(session)
    if (this.#tunnel?.session === session && !this.#isHangingUp) this.#failed(errorForClose(code, reason))
  }

  /** A session that ends while online was ended by invalid data from the relay. */
  #lost(session: Session, error: AppError): void {
    this.#options.logger.info({ code: error.code }, 'session ended')
    if (this.#tunnel?.session === session && this.#state.kind === 'online') this.#failed(error)
  }

  #failed(error: AppError): void {
    this.#options.logger.info({ code: error.code, reason: error.message }, 'tunnel not connected')
    this.send({ type: 'failed', cause: error.code })
  }

  #hangUp(): void {
    this.#attempt?.abort()
    this.#attempt = undefined
    this.#isHangingUp = true
    this.#tunnel?.session.dropCarrier()
    this.#isHangingUp = false
  }

  #endSessions(error: AppError): void {
    const session = this.#tunnel?.session
    this.#tunnel = undefined
    session?.destroy(error)
    for (const retiring of this.#retiring) this.#retired(retiring)
  }

  #retireSession(): void {
    const session = this.#tunnel?.session
    this.#tunnel = undefined
    if (session === undefined) return
    this.#retiring.add(session)
    if (session.streamCount === 0) this.#retired(session)
  }

  #retired(session: Session): void {
    this.#retiring.delete(session)
    session.destroy(new AppError('DRAINING'))
  }
}

const CODES_BY_CLOSE = new Map<number, ErrorCode>(
  Object.entries(ERRORS).flatMap(([code, entry]) =>
    'closeCode' in entry ? [[entry.closeCode, code as ErrorCode]] : [],
  ),
)

/** The error for a close code; unknown codes mean a lost connection. */
function errorForClose(code: number, reason: string): AppError {
  return new AppError(CODES_BY_CLOSE.get(code) ?? 'CARRIER_DEAD', reason === '' ? undefined : reason)
}
