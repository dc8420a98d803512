import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/logger.ts'
import type { OwnerLocations, RemoteReplica } from '../routing/remote-relays.ts'
import { MAX_SEALED_CHARS, type Seals } from './seal.ts'

/** Where a device's tunnel is. */
const EntrySchema = z.object({
  /** The replica's id. Stands first: the scripts look for it. */
  replica: z.uuid(),
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
const TakeoverSchema = EntrySchema.extend({ routingId: z.string(), deviceId: z.string() })
export type Takeover = Readonly<z.output<typeof TakeoverSchema>>

/** Devices of the owner are here and elsewhere. */
const SharedSchema = z.object({ routingId: z.string(), isShared: z.literal(true) })
const MessageSchema = z.union([TakeoverSchema, SharedSchema])
export type Message = Readonly<z.output<typeof MessageSchema>>

/** `outdated`: the device has a newer tunnel elsewhere. `full`: the owner has as many devices as allowed, wherever they are. */
export type Written = 'alone' | 'shared' | 'outdated' | 'full'

export interface DeviceRegistryOptions {
  readonly redis: Redis
  readonly seals: Seals
  readonly clock: Clock
  readonly logger: Logger
  /** Of one owner, at all replicas together. */
  readonly maxDevices: number
}

/** How long a device that was asked to leave may take to arrive elsewhere. */
export const MOVE_MS = 10_000
/** An owner's entries go when nobody has written them for so long. Each replica writes its own far more often. */
const ENTRIES_TTL_MS = 3_600_000
/** What was said and has not arrived by then is of no use. */
const MESSAGE_TTL_MS = 10_000
const ARRIVED = 'arrived'
const MAX_FIELD_BYTES = 1_024
/** Besides those that are allowed, what dead replicas left. */
const SPARE_ENTRIES = 64
/** Others may write the same entry at the same time, but not for long. */
const MAX_TRIES = 5

const ownerKey = (routingId: string): string => `ctl:owner:${routingId}`
export const replicaKey = (id: string): string => `ctl:replica:${id}`
/** Where a replica listens for what concerns it alone. */
export const channelOf = (id: string): string => `ctl:to:${id}`
/** Where replicas hear, as long as a request waits for the owner's device, that one has arrived somewhere. */
export const arrivalChannelOf = (routingId: string): string => `ctl:arrived:${routingId}`
/** An entry holds for its owner and its device alone. */
const entryName = (routingId: string, deviceId: string): string => `${ownerKey(routingId)} ${deviceId}`

/**
 * All entries of an owner, each with the lease of its replica: in one go, as a request waits for it. Nothing is judged here,
 * since what is there may be anybody's; what no replica can have written is dropped before it costs anything.
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

/** Only in place of what the writer has seen, which is nothing at first. */
const WRITE = `${ROWS}
local before = rows()
if (redis.call('HGET', KEYS[1], ARGV[3]) or '') ~= ARGV[4] then return { 0, before } end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
return { 1, before }`

/** Pairs of a device and what stands there for it, as long as that is so. */
const REMOVE = `
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end`

const RowsSchema = z.array(z.tuple([z.string(), z.string(), z.string()]))
const WriteSchema = z.tuple([z.literal([0, 1]), RowsSchema])

/** What stands in Redis for one device. */
interface Row {
  readonly deviceId: string
  readonly text: string
  /** `undefined`: it is no entry of a replica, or has ended. */
  readonly entry: Entry | undefined
  /** Of that replica; `undefined`: nobody can be sent there. */
  readonly url: string | undefined
  /** It leads nowhere, and will not again. */
  readonly isVoid: boolean
}

/** An entry that has just been written. */
interface WrittenEntry {
  readonly entry: Entry
  /** What stood in its place. */
  readonly former: Entry | undefined
  /** The owner's other devices. */
  readonly others: readonly Row[]
  readonly mode: 'fresh' | 'again'
}

/**
 * Which replica has which tunnel, in Redis: by the owner's routing id, which is a keyed hash. An entry counts as long as its
 * replica lives; what dead ones left, or anybody else wrote, is removed by whoever comes across it.
 */
export class DeviceRegistry {
  readonly #options: DeviceRegistryOptions

  constructor(options: DeviceRegistryOptions) {
    this.#options = options
  }

  /**
   * A device that has just arrived is right, unless the same bridge has said hello elsewhere since; what is only written again
   * gives way to whatever is later. Who is replaced is told, and so is every replica that has another of the owner's devices:
   * none has to ask as long as it has all of them.
   * @param mode `fresh`: the device has just arrived
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
    throw new AppError('SHARED_STATE_UNREACHABLE', 'another entry is in the way')
  }

  /** Only as long as it is still this one. */
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
    return { places: placesIn(others), isMoving: rows.some(({ entry }) => this.#isOnItsWay(entry)) }
  }

  /** Whether a replica has said on this channel that a device has arrived. */
  isArrival(channel: string, text: string): boolean {
    return this.#options.seals.open(channel, text) === ARRIVED
  }

  /** @throws where it is no message of a replica to this one */
  parseMessage(channel: string, text: string): Message {
    const json = this.#options.seals.open(channel, text)
    if (json === undefined) throw new AppError('PROTOCOL_ERROR', 'this is no message of another replica')
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
    // A lease that is not one says nothing of its replica, which writes it again in a moment.
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
      this.#options.logger.debug({ cause }, 'what a dead replica left stays for now'),
    )
  }

  async #remove(routingId: string, rows: readonly Pick<Row, 'deviceId' | 'text'>[]): Promise<void> {
    const args = rows.flatMap(({ deviceId, text }) => [deviceId, text])
    await this.#options.redis.eval(REMOVE, 1, ownerKey(routingId), ...args)
  }
}

/** Those that take something new, the latest first. */
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

/** Whether what is there has to stay. */
function isLater(held: Entry, entry: Entry, mode: 'fresh' | 'again'): boolean {
  if (held.replica === entry.replica) return false
  if (held.instance === entry.instance) return held.attempt >= entry.attempt
  return mode === 'again' && held.since > entry.since
}
