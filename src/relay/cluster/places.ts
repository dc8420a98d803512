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

/** Devices of the owner are here and elsewhere. */
const SharedSchema = z.object({ address: z.string(), isShared: z.literal(true) })
const MessageSchema = z.union([TakeoverSchema, SharedSchema])
export type Message = Readonly<z.output<typeof MessageSchema>>

const WrittenSchema = z.enum(['alone', 'shared', 'outdated', 'full'])
/** `outdated`: the device has a newer tunnel elsewhere. `full`: the owner has as many devices as allowed, wherever they are. */
export type Written = z.output<typeof WrittenSchema>

/** Another replica that has a tunnel of the owner. */
export interface Place {
  readonly replica: string
  /** Of its internal listener. */
  readonly url: string
  /** How many of the owner's devices. */
  readonly devices: number
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
 * again gives way to whatever is later. Who is replaced is told, and so is every replica that has another of the owner's
 * devices: none has to ask as long as it has all of them.
 */
const WRITE = `
local held, new = redis.call('HGET', KEYS[1], ARGV[1]), cjson.decode(ARGV[2])
if not held and ARGV[3] == 'fresh' then
  local count = 0
  for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
    local other = cjson.decode(text)
    if not other.leavingAt then count = count + redis.call('EXISTS', ARGV[9] .. other.replica) end
  end
  if count >= tonumber(ARGV[8]) then return 'full' end
end
if held then
  local old = cjson.decode(held)
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
local result, told = 'alone', {}
for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
  local replica = cjson.decode(text).replica
  if replica ~= new.replica and not told[replica] then
    result, told[replica] = 'shared', true
    redis.call('PUBLISH', ARGV[4] .. replica, ARGV[7])
  end
end
return result`

/** Entries, and the address of each one's replica as far as that lives: in one go, as a request waits for it. */
const FIND = `
local entries, urls = redis.call('HGETALL', KEYS[1]), {}
for i = 2, #entries, 2 do
  urls[i / 2] = redis.call('GET', ARGV[1] .. cjson.decode(entries[i]).replica) or ''
end
return {entries, urls}`

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
  readonly #maxDevices: number

  /** @param maxDevices of one owner, at all replicas together */
  constructor(redis: Redis, clock: Clock, logger: Logger, maxDevices: number) {
    this.#redis = redis
    this.#maxDevices = maxDevices
    this.#clock = clock
    this.#logger = logger
  }

  /** @param mode `fresh`: the device has just arrived */
  async write(address: string, deviceId: string, entry: Entry, mode: 'fresh' | 'again'): Promise<Written> {
    const takeover: Message = { ...entry, address, deviceId }
    const shared: Message = { address, isShared: true }
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
      JSON.stringify(shared),
      this.#maxDevices,
      replicaKey(''),
    )
    return WrittenSchema.parse(result)
  }

  /** Only as long as it is still this one. */
  async remove(address: string, deviceId: string, entry: Entry): Promise<void> {
    await this.#remove(address, deviceId, JSON.stringify(entry))
  }

  async find(address: string, exceptReplica: string): Promise<Whereabouts> {
    const found = await this.#redis.eval(FIND, 1, ownerKey(address), replicaKey(''))
    const entries = parseFound(found)
    const isUnderWay = ({ leavingAt }: Entry) =>
      leavingAt !== undefined && Math.abs(this.#clock.now() - leavingAt) < MOVE_MS
    const others = entries.filter(({ entry }) => entry.replica !== exceptReplica)
    for (const { deviceId, text, url, entry } of others)
      if (url === '' && !isUnderWay(entry)) this.#forget(address, deviceId, text)
    const reachable = others
      .filter(({ url, entry }) => url !== '' && entry.leavingAt === undefined)
      .sort((a, b) => b.entry.since - a.entry.since)
    const places = new Map<string, Place>()
    for (const { url, entry } of reachable) {
      const { replica } = entry
      places.set(replica, { replica, url, devices: (places.get(replica)?.devices ?? 0) + 1 })
    }
    const isMoving = entries.some(({ entry }) => isUnderWay(entry))
    return { places: [...places.values()], isMoving }
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

export function parseMessage(text: string): Message {
  return MessageSchema.parse(JSON.parse(text))
}

const FoundSchema = z.tuple([z.array(z.string()), z.array(z.string())])

function parseFound(found: unknown) {
  const [fields, urls] = FoundSchema.parse(found)
  return urls.map((url, i) => {
    const [deviceId = '', text = ''] = fields.slice(2 * i, 2 * i + 2)
    return { deviceId, text, url, entry: EntrySchema.parse(JSON.parse(text)) }
  })
}
