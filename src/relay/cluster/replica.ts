import type { Redis } from 'ioredis'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import { replicaKey } from './device-registry.ts'
import type { Seals } from './seal.ts'

/** A replica counts as dead this long after its last heartbeat. */
const LEASE_MS = 6_000
const BEAT_MS = 2_000

/**
 * All replicas of one Redis need the same signing key; otherwise they could not read each other's values. Entries older
 * than a lease are not live replicas.
 */
const BEAT = `
local held, ttl = redis.pcall('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
local isLease = type(held) == 'string' and ttl >= 0 and ttl <= tonumber(ARGV[3])
if isLease and held ~= ARGV[1] then return 'otherKey' end
local known = redis.call('EXISTS', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return known == 1 and 'kept' or 'begun'`

export interface ReplicaOptions {
  readonly redis: Redis
  readonly seals: Seals
  readonly clock: Clock
  readonly logger: Logger
  readonly id: string
  /** `SigningKey.keyId` */
  readonly keyId: string
  /** After each heartbeat; `isNew`: our lease had expired before. */
  readonly onBeat: (isNew: boolean) => void
}

/** This replica's lease, which announces its URL. */
export class Replica {
  readonly #options: ReplicaOptions
  #timer: Timer | undefined
  #isHeard = false
  #isOver = false
  #url = ''

  constructor(options: ReplicaOptions) {
    this.#options = options
  }

  /** Whether the last heartbeat succeeded. */
  get isHeard(): boolean {
    return this.#isHeard
  }

  /**
   * @param url of the internal listener
   * @throws AppError CONFIG_INVALID if a live replica has another key. An unreachable Redis is not an error.
   */
  async start(url: string): Promise<void> {
    this.#url = url
    if ((await this.#beat()) === 'otherKey') throw new AppError('CONFIG_INVALID', OTHER_KEY)
    this.#schedule()
  }

  /** Removes the lease, so no more requests are sent here. */
  async stop(): Promise<void> {
    this.#isOver = true
    this.#timer?.cancel()
    const { redis, id, logger } = this.#options
    await redis
      .del(replicaKey(id))
      .catch((cause: unknown) => logger.debug({ cause }, 'replica entry not removed'))
  }

  #schedule(): void {
    if (this.#isOver) return
    this.#timer = this.#options.clock.after(BEAT_MS, () => void this.#beat().then(() => this.#schedule()))
  }

  async #beat(): Promise<'otherKey' | 'kept' | 'begun' | undefined> {
    const { redis, seals, keyId, id, onBeat, logger } = this.#options
    const lease = seals.seal(replicaKey(id), this.#url, LEASE_MS)
    try {
      const result = await redis.eval(BEAT, 2, 'ctl:key', replicaKey(id), keyId, lease, LEASE_MS)
      const state = result === 'otherKey' || result === 'kept' ? result : 'begun'
      this.#note(state !== 'otherKey', state === 'otherKey' ? OTHER_KEY : undefined)
      if (state !== 'otherKey') onBeat(state === 'begun')
      return state
    } catch (cause) {
      logger.debug({ cause }, 'heartbeat failed')
      this.#note(false, 'Redis unreachable: only devices connected to this relay can be reached')
      return undefined
    }
  }

  #note(isHeard: boolean, trouble: string | undefined): void {
    const { logger } = this.#options
    if (isHeard && !this.#isHeard) logger.info({ replica: this.#options.id }, 'joined the cluster')
    if (trouble !== undefined && (this.#isHeard || this.#timer === undefined)) logger.warn({}, trouble)
    this.#isHeard = isHeard
  }
}

const OTHER_KEY =
  'REDIS_URL: another relay there has a different signing key. Give all replicas the same relay-key.json or RELAY_KEY.'
