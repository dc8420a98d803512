import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import type { Logger } from '../../shared/logger.ts'

/** Where a device's tunnel is. */
const EntrySchema = z.object({
  /** The replica's id. */
  replica: z.string(),
  /** The bridge's process, and how many times it had said hello by then: who came later. */
  instance: z.string(),
  attempt: z.number(),
  /** Milliseconds since the epoch. */
  since: z.number(),
  /** The device was asked to go elsewhere then, and takes nothing new. */
  leavingAt: z.number().optional(),
})

export type Entry = Readonly<z.output<typeof EntrySchema>>

/** The device has a newer tunnel elsewhere. */
const TakeoverSchema = EntrySchema.extend({ address: z.string(), deviceId: z.string() })
export type Takeover = Readonly<z.output<typeof TakeoverSchema>>

/** Another replica that has a tunnel of the owner. */
export interface Place {
  readonly replica: string
  /** Of its internal listener. */
  readonly url: string
}

/** Where an owner's devices are, besides here. */
export interface Whereabouts {
  /** The latest first. */
  readonly places: readonly Place[]
  /** A device is between two replicas. */
  readonly isMoving: boolean
}

/** How long a device that was asked to leave may take to arrive elsewhere. */
export const MOVE_MS = 10_000
/** An owner's entries go when nobody has written them for so long. Each replica writes its own far more often. */
const ENTRIES_TTL_MS = 3_600_000

const ownerKey = (address: string): string => `ctl:owner:${address}`
export const replicaKey = (id: string): string => `ctl:replica:${id}`
/** Where a replica listens for what concerns it alone. */
export const channelOf = (id: string): string => `ctl:to:${id}`

/**
 * A device that has just arrived is right, unless the same bridge has said hello elsewhere since; what is only written
 * again gives way to whatever is later. Who is replaced is told.
 */
const WRITE = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then
  local old, new = cjson.decode(held), cjson.decode(ARGV[2])
  if old.replica ~= new.replica then
    if old.instance == new.instance then
      if old.attempt >= new.attempt then return 'outdated' end
    elseif ARGV[3] == 'again' and old.since > new.since then
      return 'outdated'
    end
    if not old.leavingAt then redis.call('PUBLISH', ARGV[4] .. old.replica, ARGV[5]) end
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return 'written'`

const REMOVE = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`

/**
 * Which replica has which tunnel, in Redis: by the owner's address, which is a keyed hash. An entry counts as long as its
 * replica lives; what dead ones left is removed by whoever comes across it.
 */
export class Places {
  readonly #redis: Redis
  readonly #clock: Clock
  readonly #logger: Logger

  constructor(redis: Redis, clock: Clock, logger: Logger) {
    this.#redis = redis
    this.#clock = clock
    this.#logger = logger
  }

  /**
   * @param mode `fresh`: the device has just arrived
   * @returns false where the device has a newer tunnel elsewhere
   */
  async write(address: string, deviceId: string, entry: Entry, mode: 'fresh' | 'again'): Promise<boolean> {
    const takeover: Takeover = { ...entry, address, deviceId }
    const result = await this.#redis.eval(
      WRITE,
      1,
      ownerKey(address),
      deviceId,
      JSON.stringify(entry),
      mode,
      channelOf(''),
      JSON.stringify(takeover),
      ENTRIES_TTL_MS,
    )
    return result === 'written'
  }

  /** Only as long as it is still this one. */
  async remove(address: string, deviceId: string, entry: Entry): Promise<void> {
    await this.#remove(address, deviceId, JSON.stringify(entry))
  }

  async find(address: string, exceptReplica: string): Promise<Whereabouts> {
    const fields = Object.entries(await this.#redis.hgetall(ownerKey(address)))
    const entries = fields.map(([deviceId, text]) => ({ deviceId, text, ...parseEntry(text) }))
    const others = entries.filter(({ replica }) => replica !== exceptReplica)
    const urls = await this.#urlsOf([...new Set(others.map(({ replica }) => replica))])
    const isUnderWay = ({ leavingAt }: Entry) =>
      leavingAt !== undefined && Math.abs(this.#clock.now() - leavingAt) < MOVE_MS
    for (const { deviceId, text, ...entry } of others)
      if (!urls.has(entry.replica) && !isUnderWay(entry)) this.#forget(address, deviceId, text)
    const there = others.filter(({ leavingAt }) => leavingAt === undefined).sort((a, b) => b.since - a.since)
    const replicas = [...new Set(there.map(({ replica }) => replica))]
    return {
      places: replicas.flatMap((replica) => {
        const url = urls.get(replica)
        return url === undefined ? [] : [{ replica, url }]
      }),
      isMoving: entries.some(isUnderWay),
    }
  }

  /** Those that live. */
  async #urlsOf(replicas: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (replicas.length === 0) return new Map()
    const urls = await this.#redis.mget(replicas.map(replicaKey))
    return new Map(replicas.flatMap((id, i) => (urls[i] ? [[id, urls[i]]] : [])))
  }

  #forget(address: string, deviceId: string, text: string): void {
    this.#remove(address, deviceId, text).catch((cause: unknown) =>
      this.#logger.debug({ cause }, 'what a dead replica left stays for now'),
    )
  }

  async #remove(address: string, deviceId: string, text: string): Promise<void> {
    await this.#redis.eval(REMOVE, 1, ownerKey(address), deviceId, text)
  }
}

export function parseTakeover(text: string): Takeover {
  return TakeoverSchema.parse(JSON.parse(text))
}

function parseEntry(text: string): Entry {
  return EntrySchema.parse(JSON.parse(text))
}
