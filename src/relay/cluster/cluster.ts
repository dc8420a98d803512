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
  /** Per owner, across all replicas. */
  readonly maxDevices: number
  readonly directory: () => TunnelDirectory
}

/** Our own entries are rewritten at this interval, well before they expire. */
const REWRITE_MS = 600_000
/** Batch size, so a rewrite does not delay lookups. */
const BATCH = 200
const UNKNOWN: OwnerLocations = { places: [], isMoving: false, isUnknown: true }

/** One of several relays that share their devices: publishes its own and finds those of others. */
export class Cluster implements TunnelObserver {
  readonly #id = randomUUID()
  readonly #options: ClusterOptions
  readonly #registry: DeviceRegistry
  readonly #replica: Replica
  readonly #arrivals: ArrivalNews
  /** The entries last published. */
  readonly #entries = new Map<Tunnel, Entry>()
  /** Routing ids of owners known to have devices both here and elsewhere. */
  readonly #shared = new Set<string>()
  /** Counts updates of that set. */
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

  /** The connection for shared limits. */
  get redis(): Redis {
    return this.#options.redis.commands
  }

  /** Whether this replica is registered and subscribed. */
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
    // Messages may have been lost; rewriting all entries yields the same replies.
    redis.listener.on('ready', () => (this.#rewriteAt = 0))
    redis.listener
      .subscribe(channel)
      .catch((cause: unknown) => logger.debug({ cause }, 'subscription failed'))
    await this.#replica.start(url)
  }

  /** Removes this replica's entries and lease. */
  async close(): Promise<void> {
    await this.#replica.stop()
    this.#options.redis.close()
  }

  /** Whether the owner of this routing id may have devices elsewhere too. */
  isShared(routingId: string): boolean {
    return this.#shared.has(routingId)
  }

  /** Other locations of the owner's devices. Unknown while Redis is unavailable. */
  async find(routingId: string): Promise<OwnerLocations> {
    const news = this.#sharedNews
    try {
      const found = await this.#look(routingId)
      const isAlone = found.places.length === 0 && !found.isMoving
      if (isAlone && news === this.#sharedNews) this.#shared.delete(routingId)
      return found
    } catch (cause) {
      this.#options.logger.debug({ cause }, 'device lookup failed')
      return UNKNOWN
    }
  }

  /**
   * Queries once more after a timeout, if Redis is still connected: on a busy relay, the timer may fire before a reply that has
   * arrived is read.
   */
  async #look(routingId: string): Promise<OwnerLocations> {
    const { redis } = this.#options
    try {
      return await this.#registry.find(routingId, this.#id)
    } catch (cause) {
      if (redis.commands.status !== 'ready') throw cause
      return this.#registry.find(routingId, this.#id)
    }
  }

  /** Notifies when the owner's devices may have changed, here or elsewhere. */
  watch(routingId: string): OwnerWatch {
    return this.#arrivals.watch(routingId)
  }

  /** Marks devices that were asked to move: no new requests come here for them. */
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

  /** The entry of a moving device stays and marks it as moving. */
  ended(tunnel: Tunnel): void {
    const entry = this.#entries.get(tunnel)
    this.#entries.delete(tunnel)
    if (entry === undefined || entry.leavingAt !== undefined) return
    this.#registry
      .remove(this.#routingIdOf(tunnel), tunnel.credential.deviceId, entry)
      .catch((cause: unknown) => this.#options.logger.debug({ cause }, 'registry entry not removed'))
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
      // The next successful heartbeat rewrites everything.
      this.#rewriteAt = 0
      this.#options.logger.debug({ code: toAppError(cause).code }, 'registry entry not written')
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
      this.#options.logger.debug({ code: toAppError(cause).code }, 'cluster message ignored')
    }
  }

  #noteShared(routingId: string): void {
    this.#sharedNews += 1
    this.#shared.add(routingId)
  }

  /** The device is now elsewhere. Its draining tunnel may finish here; any other is stale and is closed. */
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
    // A bridge must not mistake its own return for another device.
    ghost.destroy(new AppError(isSame ? 'SUPERSEDED' : 'REPLACED'))
  }

  #routingIdOf(tunnel: Tunnel): string {
    return this.#options.routingIds.routingIdFor(tunnel.credential.ownerId)
  }
}
