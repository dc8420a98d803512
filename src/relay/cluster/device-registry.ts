import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { OwnerLocations, RemoteReplica } from '../routing/remote-relays.ts'
import { MAX_SEALED_CHARS, type Seals } from './seal.ts'

/** The location of a device's tunnel. */
const EntrySchema = z.object({
  /** The replica's id. First, because the scripts search for it. */
  replica: z.uuid(),
  /** The bridge's process and its handshake count, which determine the newest tunnel. */
  instance: z.string(),
  attempt: z.number(),
  /** Milliseconds since the epoch. */
  since: z.number(),
  /** When the device was asked to move; it accepts no new requests since then. */
  leavingAt: z.number().optional(),
})

export type Entry = Readonly<z.output<typeof EntrySchema>>

/** The device has a newer tunnel elsewhere. */
const TakeoverSchema = EntrySchema.extend({ routingId: z.string(), deviceId: z.string() })
export type Takeover = Readonly<z.output<typeof TakeoverSchema>>

/** The owner has devices both here and elsewhere. */
const SharedSchema = z.object({ routingId: z.string(), isShared: z.literal(true) })
const MessageSchema = z.union([TakeoverSchema, SharedSchema])
export type Message = Readonly<z.output<typeof MessageSchema>>

/** `outdated`: the device has a newer tunnel elsewhere. `full`: the owner is at the device limit. */
export type Written = 'alone' | 'shared' | 'outdated' | 'full'

export interface DeviceRegistryOptions {
  readonly redis: Redis
  readonly seals: Seals
  readonly clock: Clock
  readonly logger: Logger
  /** Per owner, across all replicas. */
  readonly maxDevices: number
}

/** Time for a moving device to connect elsewhere. */
export const MOVE_MS = 10_000
/** An owner's entries expire after this time without writes. Replicas write far more often. */
const ENTRIES_TTL_MS = 3_600_000
/** Later messages are useless. */
const MESSAGE_TTL_MS = 10_000
const ARRIVED = 'arrived'
const MAX_FIELD_BYTES = 1_024
/** Additional entries left by dead replicas. */
const SPARE_ENTRIES = 64
/** Retries for concurrent writes of the same entry. */
const MAX_TRIES = 5

const ownerKey = (routingId: string): string => `ctl:owner:${routingId}`
export const replicaKey = (id: string): string => `ctl:replica:${id}`
/** Channel of messages to one replica. */
export const channelOf = (id: string): string => `ctl:to:${id}`
/** Channel that announces new devices of an owner to waiting requests. */
export const arrivalChannelOf = (routingId: string): string => `ctl:arrived:${routingId}`
/** Binds an entry to its owner and device. */
const entryName = (routingId: string, deviceId: string): string => `${ownerKey(routingId)} ${deviceId}`

/**
 * All entries of an owner with their replicas' leases, in one round trip since a request waits. Nothing is verified
 * here, since anyone could have written it; values that no replica can have written are dropped.
 */
const ROWS = `
local function rows()
  if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[1])
    return {}
  end
  local found = {}
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if #field > ${MAX_FIELD_BYTES} or redis.call('HSTRLEN', KEYS[1], field) > ${4 * MAX_SEALED_CHARS} then
      redis.call('HDEL', KEYS[1], field)
    else
      local text = redis.call('HGET', KEYS[1], field)
      local lease = redis.pcall('GET', ARGV[2] .. (string.match(text, '"replica":"([%x-]+)"') or ''))
      if type(lease) ~= 'string' or #lease > ${4 * MAX_SEALED_CHARS} then lease = '' end
      found[#found + 1] = { field, text, lease }
    end
  end
  return found
end`

const FIND = `${ROWS}
return rows()`

/** Replaces only the value the writer has seen, initially none. */
const WRITE = `${ROWS}
local before = rows()
if (redis.call('HGET', KEYS[1], ARGV[3]) or '') ~= ARGV[4] then return { 0, before } end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return { 1, before }`

/** Removes pairs of device and value, if unchanged. */
const REMOVE = `
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end`

const RowsSchema = z.array(z.tuple([z.string(), z.string(), z.string()]))
const WriteSchema = z.tuple([z.literal([0, 1]), RowsSchema])

/** The stored value of one device. */
interface Row {
  readonly deviceId: string
  readonly text: string
  /** `undefined` for an invalid or expired entry. */
  readonly entry: Entry | undefined
  /** The replica's URL; `undefined` if it is not alive. */
  readonly url: string | undefined
  /** Permanently invalid. */
  readonly isVoid: boolean
}

/** A newly written entry. */
interface WrittenEntry {
  readonly entry: Entry
  /** The replaced entry. */
  readonly former: Entry | undefined
  /** The owner's other devices. */
  readonly others: readonly Row[]
  readonly mode: 'fresh' | 'again'
}

/**
 * Maps tunnels to replicas in Redis, by the owner's routing id, a keyed hash. An entry is valid while its replica
 * lives; stale or foreign ones are removed by the first reader.
 */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions

  constructor(options: DeviceRegistryOptions) {
    this.#options = options
  }

  /**
   * Writes an entry. A newly connected device wins, unless the same bridge has connected elsewhere since; a rewrite
   * yields to any later entry. The replaced replica is notified, as is every replica with another device of the owner:
   * replicas that have all of them need no queries.
   * @param mode `fresh`: the device has just connected
   */
  async write(routingId: string, deviceId: string, entry: Entry, mode: 'fresh' | 'again'): Promise<Written> {
    let seen: Row | undefined
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { text, isWritten, rows } = await this.#tryToWrite(routingId, deviceId, entry, seen?.text ?? '')
      if (isWritten) {
        const others = rows.filter((row) => row.deviceId !== deviceId)
        if (mode === 'again' || seen?.entry !== undefined || this.#hasRoom(others))
          return this.#tell(routingId, deviceId, { entry, former: seen?.entry, others, mode })
        await this.#remove(routingId, [{ deviceId, text }])
        return 'full'
      }
      seen = rows.find((row) => row.deviceId === deviceId)
      if (seen?.entry !== undefined && isLater(seen.entry, entry, mode)) return 'outdated'
    }
    throw new AppError('SHARED_STATE_UNREACHABLE', 'another entry takes precedence')
  }

  /** Only if the entry is unchanged. */
  async remove(routingId: string, deviceId: string, entry: Entry): Promise<void> {
    const rows = await this.#rowsOf(routingId)
    const mine = rows.filter((row) => row.deviceId === deviceId && row.entry && isSame(row.entry, entry))
    if (mine.length > 0) await this.#remove(routingId, mine)
  }

  async find(routingId: string, exceptReplica: string): Promise<OwnerLocations> {
    const rows = await this.#rowsOf(routingId)
    const others = rows.filter(({ entry }) => entry?.replica !== exceptReplica)
    const dead = others.filter(({ isVoid, entry }) => isVoid && !this.#isOnItsWay(entry))
    if (dead.length > 0) this.#forget(routingId, dead)
    const isMoving = rows.some(({ entry }) => this.#isOnItsWay(entry))
    return { places: placesIn(others), isMoving, isUnknown: false }
  }

  /** Whether the message is a replica's announcement of a new device. */
  isArrival(channel: string, text: string): boolean {
    return this.#options.seals.open(channel, text) === ARRIVED
  }

  /** @throws if it is not a replica's message to this one */
  parseMessage(channel: string, text: string): Message {
    const json = this.#options.seals.open(channel, text)
    if (json === undefined) throw new AppError('PROTOCOL_ERROR', 'this is not a message of another replica')
    return MessageSchema.parse(JSON.parse(json))
  }

  async #tryToWrite(routingId: string, deviceId: string, entry: Entry, expected: string) {
    const { redis, seals } = this.#options
    const text = seals.seal(entryName(routingId, deviceId), JSON.stringify(entry), ENTRIES_TTL_MS)
    const args = [...this.#limits, deviceId, expected, text, ENTRIES_TTL_MS]
    const [isWritten, rows] = WriteSchema.parse(await redis.eval(WRITE, 1, ownerKey(routingId), ...args))
    return { text, isWritten: isWritten === 1, rows: rows.map((row) => this.#toRow(routingId, row)) }
  }

  async #rowsOf(routingId: string): Promise<readonly Row[]> {
    const found = await this.#options.redis.eval(FIND, 1, ownerKey(routingId), ...this.#limits)
    return RowsSchema.parse(found).map((row) => this.#toRow(routingId, row))
  }

  get #limits(): readonly [number, string] {
    return [this.#options.maxDevices + SPARE_ENTRIES, replicaKey('')]
  }

  #toRow(routingId: string, [deviceId, text, lease]: z.output<typeof RowsSchema>[number]): Row {
    const { seals } = this.#options
    const json = seals.open(entryName(routingId, deviceId), text)
    const entry = json === undefined ? undefined : EntrySchema.parse(JSON.parse(json))
    const url = entry === undefined || lease === '' ? undefined : seals.open(replicaKey(entry.replica), lease)
    // An invalid lease says nothing about its replica, which will rewrite it soon.
    return { deviceId, text, entry, url, isVoid: entry === undefined || lease === '' }
  }

  #hasRoom(others: readonly Row[]): boolean {
    const here = others.filter(({ entry, url }) => url !== undefined && entry?.leavingAt === undefined)
    return here.length < this.#options.maxDevices
  }

  async #tell(
    routingId: string,
    deviceId: string,
    { entry, former, others, mode }: WrittenEntry,
  ): Promise<Written> {
    const elsewhere = new Set(others.flatMap((row) => row.entry?.replica ?? []))
    elsewhere.delete(entry.replica)
    const messages = Array.from(elsewhere, (replica) => this.#publish(replica, { routingId, isShared: true }))
    if (mode === 'fresh') messages.push(this.#send(arrivalChannelOf(routingId), ARRIVED))
    if (former !== undefined && former.replica !== entry.replica && former.leavingAt === undefined)
      messages.push(this.#publish(former.replica, { ...entry, routingId, deviceId }))
    await Promise.all(messages)
    return elsewhere.size > 0 ? 'shared' : 'alone'
  }

  #publish(replica: string, message: Message): Promise<void> {
    return this.#send(channelOf(replica), JSON.stringify(message))
  }

  async #send(channel: string, text: string): Promise<void> {
    const { redis, seals } = this.#options
    await redis.publish(channel, seals.seal(channel, text, MESSAGE_TTL_MS))
  }

  #isOnItsWay(entry: Entry | undefined): boolean {
    const leavingAt = entry?.leavingAt
    return leavingAt !== undefined && Math.abs(this.#options.clock.now() - leavingAt) < MOVE_MS
  }

  #forget(routingId: string, rows: readonly Row[]): void {
    this.#remove(routingId, rows).catch((cause: unknown) =>
      this.#options.logger.debug({ cause }, 'entries of a dead replica not removed'),
    )
  }

  async #remove(routingId: string, rows: readonly Pick<Row, 'deviceId' | 'text'>[]): Promise<void> {
    const args = rows.flatMap(({ deviceId, text }) => [deviceId, text])
    await this.#options.redis.eval(REMOVE, 1, ownerKey(routingId), ...args)
  }
}

/** Replicas that accept requests, latest first. */
function placesIn(rows: readonly Row[]): RemoteReplica[] {
  const places = new Map<string, RemoteReplica>()
  const reachable = rows.flatMap(({ url, entry }) =>
    url === undefined || entry === undefined || entry.leavingAt !== undefined ? [] : [{ url, ...entry }],
  )
  for (const { replica, url } of reachable.toSorted((a, b) => b.since - a.since))
    places.set(replica, { replica, url, devices: (places.get(replica)?.devices ?? 0) + 1 })
  return [...places.values()]
}

function isSame(a: Entry, b: Entry): boolean {
  return (
    a.replica === b.replica && a.instance === b.instance && a.attempt === b.attempt && a.since === b.since
  )
}

/** Whether the existing entry must stay. */
function isLater(held: Entry, entry: Entry, mode: 'fresh' | 'again'): boolean {
  if (held.replica === entry.replica) return false
  if (held.instance === entry.instance) return held.attempt >= entry.attempt
  return mode === 'again' && held.since > entry.since
}
