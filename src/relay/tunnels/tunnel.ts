import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { KeyDigest } from '../../shared/brands.ts'
import { parseAnnouncement, type Announcement } from '../../shared/announcement.ts'
import type { BodyMemory } from '../../shared/body-memory.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { canonicalNamesOf } from '../../shared/model-name.ts'
import type { Hello } from '../../tunnel/handshake.ts'
import type { TunnelLimits } from '../../tunnel/limits.ts'
import type { Link } from '../../tunnel/link.ts'
import { Session } from '../../tunnel/session.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { TunnelCredential } from '../auth/token-verifier.ts'
import { NewestInput } from './newest-input.ts'

/** Callbacks of a tunnel to its directory. */
export interface TunnelHost {
  readonly clock: Clock
  readonly limits: TunnelLimits
  readonly logger: Logger
  /** Memory budget for window growth. */
  readonly windowMemory: BodyMemory
  /** The device sent a new credential. */
  refreshed(tunnel: Tunnel, token: string): void
  /** The tunnel has ended. */
  lost(tunnel: Tunnel, error: AppError): void
}

/** How long a request waits for a device that just lost its carrier. Clients time out model lists after a second. */
const ARRIVAL_MS = 800
/** Parsing an announcement blocks the process for milliseconds. */
const ANNOUNCEMENT_PACE = { burst: 5, everyMs: 1_000 }
/** Verifying a token may need a request to its issuer. */
const TOKEN_PACE = { burst: 3, everyMs: 5_000 }
const NO_MODELS: readonly string[] = []
const NO_DIGESTS: ReadonlySet<string> = new Set()
const NOTHING_ANNOUNCED: Announcement = { keyDigests: [], upstreamKind: 'none', models: [] }

/** One device's tunnel at the relay. Outlives its carriers; ends with its session. */
export class Tunnel {
  readonly id = randomBytes(12).toString('base64url')
  /** Required from the next carrier, besides the owner's credential. */
  readonly ticket = randomBytes(32).toString('base64url')
  readonly connectedAt: number
  readonly #host: TunnelHost
  readonly #session: Session
  readonly #logger: Logger
  readonly #announcements: NewestInput<Buffer>
  readonly #tokens: NewestInput<string>
  /** Created on demand, since most tunnels are idle. */
  #arrivals: Set<(arrived: boolean) => void> | undefined
  #digests = NO_DIGESTS
  #lastHandshake: Pick<Hello, 'instance' | 'attempt'> | undefined
  #isLeaving = false
  credential: TunnelCredential
  /** Thumbprint of the key proven by the device in its handshake. */
  provenKey: string | undefined
  announcement = NOTHING_ANNOUNCED
  rttMs: number | undefined

  constructor(host: TunnelHost, credential: TunnelCredential) {
    this.#host = host
    this.credential = credential
    this.connectedAt = host.clock.now()
    const flooded = (): void =>
      this.destroy(new AppError('PROTOCOL_ERROR', 'the device sends too many updates'))
    const pace = { clock: host.clock, flooded }
    this.#announcements = new NewestInput({
      ...pace,
      ...ANNOUNCEMENT_PACE,
      handle: (json) => this.#announced(json),
    })
    this.#tokens = new NewestInput({
      ...pace,
      ...TOKEN_PACE,
      handle: (token) => host.refreshed(this, token),
    })
    this.#logger = host.logger.child({ tunnelId: this.id, deviceId: credential.deviceId })
    this.#session = new Session({
      role: 'opener',
      clock: host.clock,
      limits: host.limits,
      windowBudget: host.windowMemory.open(credential.ownerId),
      handlers: {
        opened: (stream) => stream.reset('REFUSED'),
        announced: (json) => this.#announcements.push(json),
        credential: (token) => this.#tokens.push(token),
        goaway: () => {},
        detached: (code) => this.#detached(code),
        lost: (error) => this.#lost(error),
        idle: () => {},
        measured: (rttMs) => (this.rttMs = rttMs),
      },
    })
  }

  get isAttached(): boolean {
    return this.#session.isAttached
  }

  /** The device has announced its keys. Before that, an unknown key may still be announced. */
  get hasAnnounced(): boolean {
    return this.announcement !== NOTHING_ANNOUNCED
  }

  /** The handshake that established the current state. */
  get handshake(): Pick<Hello, 'instance' | 'attempt'> {
    return this.#lastHandshake ?? { instance: '', attempt: 0 }
  }

  /** The device was asked to move: it only finishes its running requests here. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  get streamCount(): number {
    return this.#session.streamCount
  }

  get isOver(): boolean {
    return this.#session.isOver
  }

  /** Bytes kept for replay. */
  get unackedBytes(): number {
    return this.#session.unackedBytes
  }

  get receivedBytes(): number {
    return this.#session.receivedBytes
  }

  /** Canonical names of its models, computed lazily since most owners have one device. */
  get models(): ReadonlySet<string> {
    return canonicalNamesOf(this.announcement.models)
  }

  /** Canonical names of the loaded models, if reported. */
  get loaded(): ReadonlySet<string> {
    return canonicalNamesOf(this.announcement.loaded ?? NO_MODELS)
  }

  /** Whether the announced keys include the one with this digest. */
  hasKey(digest: KeyDigest): boolean {
    return this.#digests.has(digest)
  }

  /** Whether a carrier with this ticket and byte count may resume. The caller has checked its credential. */
  canResume(ticket: string, peerReceivedBytes: number): boolean {
    const [mine, theirs] = [Buffer.from(this.ticket), Buffer.from(ticket)]
    return (
      mine.length === theirs.length &&
      timingSafeEqual(mine, theirs) &&
      this.#session.canResumeFrom(peerReceivedBytes)
    )
  }

  /** Whether a HELLO is older than the one of the current state. */
  isOutdated({ instance, attempt }: Hello): boolean {
    return this.#lastHandshake?.instance === instance && attempt <= this.#lastHandshake.attempt
  }

  /**
   * @param hello received on this link
   * @returns the number of replayed bytes
   */
  attach(link: Link, hello: Hello, peerReceivedBytes: number): number {
    this.#lastHandshake = { instance: hello.instance, attempt: hello.attempt }
    const replayedBytes = this.#session.attach(link, peerReceivedBytes)
    this.#arrived()
    return replayedBytes
  }

  /** @throws AppError TOO_MANY_STREAMS, TUNNEL_LOST */
  open(head: Uint8Array): TunnelStream {
    return this.#session.open(head)
  }

  /** Resolves once there is a carrier and an announcement, or with false after `ARRIVAL_MS`. */
  async arrival(): Promise<boolean> {
    if (this.isHere) return true
    return new Promise((resolve) => {
      let timer: Timer | undefined = undefined
      const settle = (arrived: boolean) => {
        timer?.cancel()
        this.#arrivals?.delete(settle)
        resolve(arrived)
      }
      this.#arrivals ??= new Set()
      this.#arrivals.add(settle)
      timer = this.#host.clock.after(ARRIVAL_MS, () => settle(false))
    })
  }

  sendCredential(token: string): void {
    this.#session.sendCredential(token)
  }

  goaway(reason: string): void {
    this.#isLeaving = true
    this.#session.goaway(JSON.stringify({ reason }))
  }

  destroy(error: AppError): void {
    this.#session.destroy(error)
  }

  #detached(code: number): void {
    this.#logger.info({ code }, 'carrier lost')
    // A device does not return to a relay it was asked to leave, so remaining requests fail immediately.
    if (this.#isLeaving) this.#session.destroy(new AppError('TUNNEL_LOST'))
  }

  #announced(json: Buffer): void {
    const announcement = this.#parsed(json)
    if (announcement === undefined) return
    this.announcement = announcement
    this.#digests = new Set(this.announcement.keyDigests)
    this.#logger.debug({ keys: this.#digests.size }, 'device announcement received')
    this.#arrived()
  }

  /** `undefined` if it is malformed, which ends the tunnel. */
  #parsed(json: Buffer): Announcement | undefined {
    try {
      return parseAnnouncement(parseJson(json.toString()))
    } catch (cause) {
      this.destroy(toAppError(cause))
      return undefined
    }
  }

  /** There is a carrier and an announcement. */
  get isHere(): boolean {
    return this.isAttached && this.hasAnnounced
  }

  #arrived(): void {
    if (this.isHere) this.#settleArrivals(true)
  }

  #lost(error: AppError): void {
    this.#announcements.stop()
    this.#tokens.stop()
    this.#logger.info({ code: error.code }, 'tunnel ended')
    this.#settleArrivals(false)
    this.#host.lost(this, error)
  }

  #settleArrivals(arrived: boolean): void {
    for (const settle of this.#arrivals ?? []) settle(arrived)
  }
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw new AppError('PROTOCOL_ERROR', 'the announcement is not JSON', { cause })
  }
}
