import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { RoutingIds } from '../auth/routing-id.ts'
import type { TunnelDirectory, TunnelObserver } from '../tunnels/directory.ts'
import type { Tunnel } from '../tunnels/tunnel.ts'
import type { OwnerLocations, OwnerWatch } from '../routing/remote-relays.ts'
import { ArrivalNews } from './arrival-news.ts'
import { channelOf, DeviceRegistry, type Entry, type Takeover } from './device-registry.ts'
import type { RedisConnections } from './redis.ts'
import { Replica } from './replica.ts'
import type { Seals } from './seal.ts'

export interface ClusterOptions {
  readonly redis: RedisConnections
  readonly seals: Seals
  readonly clock: Clock
  readonly logger: Logger
  readonly routingIds: RoutingIds
  /** `SigningKey.keyId` */
  readonly keyId: string
  /** Of one owner, at all replicas together. */
  readonly maxDevices: number
  readonly directory: () => TunnelDirectory
}

/** Our own entries are written again this often, long before they end. */
const REWRITE_MS = 600_000
/** So many at a time, so that thousands do not stand in the way of a lookup. */
const BATCH = 200
const NOWHERE: OwnerLocations = { places: [], isMoving: false }

/** One of several relays that share their devices: tells the others what is here, and knows what is there. */
export class Cluster implements TunnelObserver {
  readonly #id = randomUUID()
  readonly #options: ClusterOptions
  readonly #registry: DeviceRegistry
  readonly #replica: Replica
  readonly #arrivals: ArrivalNews
  /** What the others were told last. */
  readonly #entries = new Map<Tunnel, Entry>()
  /** RoutingIds of owners who have devices here and, as far as we have heard, elsewhere. */
  readonly #shared = new Set<string>()
  /** How often we have heard of one. */
  #sharedNews = 0
  #rewriteAt = 0
  #isRewriting = false

  constructor(options: ClusterOptions) {
    const { redis, seals, clock, logger, keyId, maxDevices } = options
    this.#options = options
    this.#registry = new DeviceRegistry({ redis: redis.commands, seals, clock, logger, maxDevices })
    this.#arrivals = new ArrivalNews({ listener: redis.listener, registry: this.#registry, clock })
    this.#replica = new Replica({
      redis: redis.commands,
      seals,
      clock,
      logger,
      id: this.#id,
      keyId,
      onBeat: (isNew) => this.#onBeat(isNew),
    })
  }

  /** What limits may count with. */
  get redis(): Redis {
    return this.#options.redis.commands
  }

  /** Whether the others hear of us, and we of them. */
  get isJoined(): boolean {
    return this.#replica.isHeard
  }

  /**
   * @param url of the internal listener
   * @throws AppError CONFIG_INVALID
   */
  async start(url: string): Promise<void> {
    const { redis, logger } = this.#options
    const channel = channelOf(this.#id)
    redis.listener.on('message', (at, text) => {
      if (at === channel) this.#onMessage(channel, text)
    })
    // What was said meanwhile is lost; telling everything again brings the same answers.
    redis.listener.on('ready', () => (this.#rewriteAt = 0))
    redis.listener.subscribe(channel).catch((cause: unknown) => logger.debug({ cause }, 'not subscribed'))
    await this.#replica.start(url)
  }

  /** Takes leave of the others. */
  async close(): Promise<void> {
    await this.#replica.stop()
    this.#options.redis.close()
  }

  /** Whether the owner of this routing id may have devices elsewhere, beside those that are here. */
  isShared(routingId: string): boolean {
    return this.#shared.has(routingId)
  }

  /** Where else the owner of this routing id has devices. Nowhere, as long as Redis does not answer. */
  async find(routingId: string): Promise<OwnerLocations> {
    const news = this.#sharedNews
    try {
      const found = await this.#registry.find(routingId, this.#id)
      const isAlone = found.places.length === 0 && !found.isMoving
      if (isAlone && news === this.#sharedNews) this.#shared.delete(routingId)
      return found
    } catch (cause) {
      this.#options.logger.debug({ cause }, 'lookup failed')
      return NOWHERE
    }
  }

  /** Tells when the owner's devices may have changed, here or elsewhere. */
  watch(routingId: string): OwnerWatch {
    return this.#arrivals.watch(routingId)
  }

  /** Nothing new is to come here for devices that were asked to go elsewhere. */
  sentAway(tunnels: readonly Tunnel[]): void {
    for (const tunnel of tunnels) {
      const entry = this.#entries.get(tunnel)
      if (entry === undefined) continue
      this.#write(tunnel, { ...entry, leavingAt: this.#options.clock.now() }, 'again')
    }
  }

  // TunnelObserver

  connected(tunnel: Tunnel): void {
    this.#arrivals.arrived(this.#routingIdOf(tunnel))
    this.#write(tunnel, this.#entryFor(tunnel), 'fresh')
  }

  resumed(tunnel: Tunnel): void {
    this.#arrivals.arrived(this.#routingIdOf(tunnel))
  }

  replaced(): void {}

  /** Of a device that is leaving, the entry stays: it says that the device is under way. */
  ended(tunnel: Tunnel): void {
    const entry = this.#entries.get(tunnel)
    this.#entries.delete(tunnel)
    if (entry === undefined || entry.leavingAt !== undefined) return
    this.#registry
      .remove(this.#routingIdOf(tunnel), tunnel.credential.deviceId, entry)
      .catch((cause: unknown) => this.#options.logger.debug({ cause }, 'an entry stays for now'))
  }

  #entryFor({ connectedAt, handshake }: Tunnel): Entry {
    return { replica: this.#id, ...handshake, since: connectedAt }
  }

  #write(tunnel: Tunnel, entry: Entry, mode: 'fresh' | 'again'): void {
    this.#entries.set(tunnel, entry)
    void this.#tell(tunnel, entry, mode)
  }

  async #tell(tunnel: Tunnel, entry: Entry, mode: 'fresh' | 'again'): Promise<void> {
    try {
      const { deviceId } = tunnel.credential
      const routingId = this.#routingIdOf(tunnel)
      const written = await this.#registry.write(routingId, deviceId, entry, mode)
      if (written === 'shared') this.#noteShared(routingId)
      else if (written === 'full') tunnel.destroy(new AppError('TOO_MANY_DEVICES'))
      else if (written === 'outdated' && !tunnel.isLeaving) tunnel.destroy(new AppError('SUPERSEDED'))
    } catch (cause) {
      // With the next sign of life that arrives, everything is told again.
      this.#rewriteAt = 0
      this.#options.logger.debug({ code: toAppError(cause).code }, 'an entry could not be written')
    }
  }

  #onBeat(isNew: boolean): void {
    const now = this.#options.clock.monotonic()
    if (this.#isRewriting || (!isNew && this.#rewriteAt !== 0 && now < this.#rewriteAt)) return
    this.#rewriteAt = now + REWRITE_MS
    void this.#rewrite()
  }

  async #rewrite(): Promise<void> {
    this.#isRewriting = true
    for (const routingId of this.#shared)
      if (this.#options.directory().ownerAt(routingId) === undefined) this.#shared.delete(routingId)
    const tunnels = [...this.#entries.keys()]
    for (let i = 0; i < tunnels.length; i += BATCH)
      await Promise.all(tunnels.slice(i, i + BATCH).map((tunnel) => this.#rewriteOne(tunnel)))
    this.#isRewriting = false
  }

  async #rewriteOne(tunnel: Tunnel): Promise<void> {
    const entry = this.#entries.get(tunnel)
    if (entry !== undefined && entry.leavingAt === undefined) await this.#tell(tunnel, entry, 'again')
  }

  #onMessage(channel: string, text: string): void {
    try {
      const message = this.#registry.parseMessage(channel, text)
      if ('isShared' in message) this.#noteShared(message.routingId)
      else this.#takenOver(message)
    } catch (cause) {
      this.#options.logger.debug({ code: toAppError(cause).code }, 'a message was passed over')
    }
  }

  #noteShared(routingId: string): void {
    this.#sharedNews += 1
    this.#shared.add(routingId)
  }

  /** The device is elsewhere now. What it was asked to finish here it finishes here; anything else is a ghost. */
  #takenOver({ routingId, deviceId, instance, attempt }: Takeover): void {
    const { directory } = this.#options
    const ownerId = directory().ownerAt(routingId)
    if (ownerId === undefined) return
    const ghost = directory()
      .tunnelsOf(ownerId)
      .find(({ credential }) => credential.deviceId === deviceId)
    if (ghost === undefined || ghost.isLeaving) return
    const isSame = ghost.handshake.instance === instance
    if (isSame && ghost.handshake.attempt >= attempt) return
    // A bridge must not take its own return for a rival's.
    ghost.destroy(new AppError(isSame ? 'SUPERSEDED' : 'REPLACED'))
  }

  #routingIdOf(tunnel: Tunnel): string {
    return this.#options.routingIds.routingIdFor(tunnel.credential.ownerId)
  }
}
