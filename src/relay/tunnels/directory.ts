import type { OwnerId } from '../../shared/brands.ts'
import type { BodyMemory } from '../../shared/body-memory.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { Carrier } from '../../tunnel/carrier.ts'
import { awaitHello, commonProtocol, welcome, type Hello } from '../../tunnel/handshake.ts'
import type { TunnelLimits } from '../../tunnel/limits.ts'
import { Link } from '../../tunnel/link.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import {
  type Bearer,
  type TokenVerifier,
  tunnelCredentialFor,
  type TunnelCredential,
} from '../auth/token-verifier.ts'
import { CLOCK_TOLERANCE_MS, type Credentials } from '../auth/credential.ts'
import { provenThumbprint } from '../auth/device-proof.ts'
import { toDeviceName } from '../auth/pairing.ts'
import type { Revocations, RevokedDevice } from '../auth/revocations.ts'
import { Tunnel, type TunnelHost } from './tunnel.ts'

/** Notified of tunnel events. */
export interface TunnelObserver {
  connected(tunnel: Tunnel): void
  /** @param replayedBytes bytes replayed to the device */
  resumed(tunnel: Tunnel, replayedBytes: number): void
  /** The device returned without its session: the previous one is about to end. */
  replaced(former: Tunnel): void
  ended(tunnel: Tunnel, error: AppError): void
}

export interface DirectoryOptions {
  readonly clock: Clock
  readonly limits: TunnelLimits
  readonly logger: Logger
  readonly windowMemory: BodyMemory
  readonly routingIds: RoutingIds
  readonly credentials: Credentials
  readonly tokenVerifier: TokenVerifier
  readonly revocations: Pick<Revocations, 'isRevoked' | 'digestOf'>
  /** Maximum tunnels per owner. */
  readonly maxDevices: number
  /** Maximum tunnels of all owners. Returning ones are exempt. */
  readonly maxTunnels: number
  readonly publicUrl: () => string
  readonly observer: TunnelObserver
}

const HOUSEKEEPING_MS = 60_000
/** Retry interval for a new token whose issuer is unreachable. The current token stays valid meanwhile. */
const UNSURE_RETRY_MS = 10_000
/** Valid device ids. */
const DEVICE_ID = /^[\w-]{1,64}$/

/** All tunnels of this relay, found by owner only: no lookup works without the owner. */
export class TunnelDirectory implements TunnelHost {
  readonly clock: Clock
  readonly limits: TunnelLimits
  readonly logger: Logger
  readonly windowMemory: BodyMemory
  readonly #options: DirectoryOptions
  readonly #owners = new Map<OwnerId, Map<string, Tunnel>>()
  readonly #ownersByRoutingId = new Map<string, OwnerId>()
  readonly #newestTokens = new WeakMap<Tunnel, string>()
  readonly #digests = new WeakMap<Tunnel, string>()
  #housekeeping: Timer
  #count = 0
  #isDraining = false

  constructor(options: DirectoryOptions) {
    this.clock = options.clock
    this.limits = options.limits
    this.logger = options.logger
    this.windowMemory = options.windowMemory
    this.#options = options
    this.#housekeeping = this.#scheduleHousekeeping()
  }

  get all(): Tunnel[] {
    return [...this.#owners.values()].flatMap((devices) => [...devices.values()])
  }

  /** The owner's tunnels in order of preference: with a carrier, then latest. */
  tunnelsOf(ownerId: OwnerId): Tunnel[] {
    const tunnels = [...(this.#owners.get(ownerId)?.values() ?? [])]
    if (tunnels.length < 2) return tunnels
    return tunnels.sort(
      (a, b) => Number(b.isAttached) - Number(a.isAttached) || b.connectedAt - a.connectedAt,
    )
  }

  /** The owner of this routing id, if they have a tunnel. */
  ownerAt(routingId: string): OwnerId | undefined {
    return this.#ownersByRoutingId.get(routingId)
  }

  /**
   * Takes over a new carrier with a verified token.
   * @param statement the text to sign if the handshake proves a key
   */
  accept(carrier: Carrier, bearer: Bearer, statement: string): void {
    const link = new Link(carrier, this.limits)
    awaitHello(link, this.clock, this.limits, (hello) => this.#greeted(link, bearer, hello, statement))
  }

  /** Accepts no new tunnels, and tells every bridge to reconnect elsewhere. */
  drain(): void {
    this.#isDraining = true
    this.#housekeeping.cancel()
    for (const tunnel of this.all) tunnel.goaway('the relay is stopping')
  }

  close(): void {
    this.#housekeeping.cancel()
    for (const tunnel of this.all) tunnel.destroy(new AppError('DRAINING'))
  }

  /** Ends a revoked device's tunnel permanently. */
  endRevoked({ digest, ownerId }: RevokedDevice): void {
    for (const tunnel of ownerId === undefined ? this.all : this.tunnelsOf(ownerId))
      if (this.#digestOf(tunnel) === digest) tunnel.destroy(new AppError('DEVICE_REVOKED'))
  }

  // TunnelHost

  refreshed(tunnel: Tunnel, token: string): void {
    this.#newestTokens.set(tunnel, token)
    const isNewest = () => !tunnel.isOver && this.#newestTokens.get(tunnel) === token
    this.#options.tokenVerifier.verify(token).then(
      (bearer) => {
        if (!isNewest()) return
        const credential = tunnelCredentialFor(bearer, tunnel.credential)
        if (isSameDevice(credential, tunnel.credential)) tunnel.credential = credential
        else tunnel.destroy(new AppError('CREDENTIAL_INVALID'))
      },
      (cause: unknown) => {
        if (!isNewest()) return
        const error = toAppError(cause, 'CREDENTIAL_INVALID')
        if (error.code !== 'ISSUER_UNREACHABLE') return tunnel.destroy(error)
        this.clock.after(UNSURE_RETRY_MS, () => {
          if (isNewest()) this.refreshed(tunnel, token)
        })
      },
    )
  }

  lost(tunnel: Tunnel, error: AppError): void {
    this.#options.observer.ended(tunnel, error)
    const { ownerId, deviceId } = tunnel.credential
    const devices = this.#owners.get(ownerId)
    if (devices?.get(deviceId) !== tunnel) return
    devices.delete(deviceId)
    this.#count -= 1
    if (devices.size > 0) return
    this.#owners.delete(ownerId)
    this.#ownersByRoutingId.delete(this.#options.routingIds.routingIdFor(ownerId))
  }

  #greeted(link: Link, bearer: Bearer, hello: Hello, statement: string): void {
    const protocol = commonProtocol(hello.protocols)
    if (protocol === undefined) return link.close(new AppError('VERSION_UNSUPPORTED'))
    if (this.#isDraining) return link.close(new AppError('DRAINING'))
    if (bearer.kind === 'person' && !DEVICE_ID.test(hello.deviceId))
      return link.close(new AppError('PROTOCOL_ERROR', 'the device id is invalid'))
    const deviceName = toDeviceName(hello.deviceName)
    const credential = tunnelCredentialFor(bearer, { deviceId: hello.deviceId, deviceName })
    const { ownerId, deviceId } = credential
    // Signed-in users choose device ids, and a device may be revoked during the handshake.
    if (this.#options.revocations.isRevoked(ownerId, deviceId))
      return link.close(new AppError('DEVICE_REVOKED'))
    const former = this.#owners.get(ownerId)?.get(deviceId)
    const provenKey = hello.proof && provenThumbprint(statement, hello.proof)
    // A key that the device has proven is required for as long as its tunnel exists, whatever its credential.
    const key = credential.boundTo ?? former?.provenKey ?? provenKey
    if (hello.proof === undefined ? key !== undefined : provenKey === undefined || provenKey !== key)
      return link.close(new AppError('PROOF_INVALID'))
    // A HELLO delayed by a dying connection may arrive after the one that replaced it.
    if (former?.isOutdated(hello)) return link.close(new AppError('SUPERSEDED'))
    if (former === undefined && this.#count >= this.#options.maxTunnels)
      return link.close(new AppError('TOO_MANY_CONNECTIONS'))
    if (former === undefined && !this.#hasRoom(ownerId)) return link.close(new AppError('TOO_MANY_DEVICES'))
    const resumed = former !== undefined && isResumable(former, hello) ? former : undefined
    const tunnel = resumed ?? this.#admit(credential, former)
    tunnel.credential = credential
    tunnel.provenKey = provenKey
    welcome(link, {
      protocol,
      sessionId: tunnel.id,
      ticket: tunnel.ticket,
      resumed: resumed !== undefined,
      receivedBytes: tunnel.receivedBytes,
      graceMs: this.limits.graceMs,
      publicUrl: this.#options.publicUrl(),
    })
    const replayedBytes = tunnel.attach(link, hello, (resumed && hello.resume?.receivedBytes) ?? 0)
    if (resumed === undefined) this.#options.observer.connected(tunnel)
    else this.#options.observer.resumed(tunnel, replayedBytes)
    this.logger.info(
      { tunnelId: tunnel.id, deviceId, agent: hello.agent, resumed: resumed !== undefined },
      'tunnel connected',
    )
  }

  /** Whether there is room for another device. Absent ones without pending requests are evicted. */
  #hasRoom(ownerId: OwnerId): boolean {
    const devices = this.#owners.get(ownerId)
    if (devices === undefined || devices.size < this.#options.maxDevices) return true
    const away = [...devices.values()].find((tunnel) => !tunnel.isAttached && tunnel.streamCount === 0)
    away?.destroy(new AppError('TOO_MANY_DEVICES'))
    return away !== undefined
  }

  /** Cached, so successive revocations do not recompute thousands of digests. */
  #digestOf(tunnel: Tunnel): string {
    const { ownerId, deviceId } = tunnel.credential
    const digest = this.#digests.get(tunnel) ?? this.#options.revocations.digestOf(ownerId, deviceId)
    this.#digests.set(tunnel, digest)
    return digest
  }

  /** Admits the connecting device and ends what it left behind. */
  #admit(credential: TunnelCredential, former: Tunnel | undefined): Tunnel {
    if (former !== undefined) this.#options.observer.replaced(former)
    former?.destroy(new AppError('REPLACED'))
    const { ownerId, deviceId } = credential
    const tunnel = new Tunnel(this, credential)
    const devices = this.#owners.get(ownerId) ?? new Map<string, Tunnel>()
    devices.set(deviceId, tunnel)
    this.#count += 1
    this.#owners.set(ownerId, devices)
    this.#ownersByRoutingId.set(this.#options.routingIds.routingIdFor(ownerId), ownerId)
    return tunnel
  }

  #scheduleHousekeeping(): Timer {
    return this.clock.after(HOUSEKEEPING_MS, () => {
      for (const tunnel of this.all) this.#renew(tunnel)
      this.#housekeeping = this.#scheduleHousekeeping()
    })
  }

  /** Credentials are renewed early over the tunnel; an expired one ends it. */
  #renew(tunnel: Tunnel): void {
    const now = this.clock.now()
    const { expiresAt, kind } = tunnel.credential
    if (now >= expiresAt + CLOCK_TOLERANCE_MS)
      return tunnel.destroy(new AppError(kind === 'person' ? 'TOKEN_EXPIRED' : 'CREDENTIAL_EXPIRED'))
    if (now < tunnel.credential.renewAfter || !tunnel.isAttached) return
    this.#options.credentials
      .issue(tunnel.credential, tunnel.provenKey)
      .then(async (token) => {
        tunnel.credential = { kind: 'device', ...(await this.#options.credentials.verify(token)) }
        tunnel.sendCredential(token)
      })
      .catch((cause: unknown) => this.logger.error({ cause }, 'credential renewal failed'))
  }
}

function isSameDevice(a: TunnelCredential, b: TunnelCredential): boolean {
  return a.ownerId === b.ownerId && a.deviceId === b.deviceId && a.boundTo === b.boundTo
}

function isResumable(tunnel: Tunnel, { resume }: Hello): boolean {
  return (
    resume !== undefined &&
    resume.sessionId === tunnel.id &&
    tunnel.canResume(resume.ticket, resume.receivedBytes)
  )
}
