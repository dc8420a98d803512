import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { z } from 'zod'

import type { KeyDigest } from '../../shared/brands.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { routingIdOfKey, formatKey } from '../../shared/key-format.ts'
import { FILES } from '../data-dir/paths.ts'
import { type BadFile, StoreFile } from '../data-dir/store-file.ts'
import type { Grant } from '../policy/grant.ts'
import {
  type KeyRecord,
  KeyRecordSchema,
  type KeyUsage,
  type ListedKey,
  MAX_NAME_CHARS,
  type NewKey,
  parseNewKey,
} from './key-record.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'

const KeyFile = z.looseObject({ version: z.literal(1), keys: z.array(KeyRecordSchema) })
type KeyFile = z.infer<typeof KeyFile>

/** Long timers drift while the machine is suspended, and Node's limit is 2^31 ms. */
const MAX_EXPIRY_CHECK_MS = 15 * 60_000
/** Maximum delay until the use of a key is written. */
const WRITE_USAGE_AFTER_MS = 60_000
const NO_USAGE = { requests: 0, tokens: 0 }

export interface KeyStoreOptions {
  /** Must be held by this process. */
  readonly dataDir: string
  readonly clock: Clock
  /** The owner's routing id at the relay; `null` before pairing. */
  readonly ownerRoutingId: () => Promise<string | null>
  readonly onBad: (bad: BadFile) => void
}

/** A newly created key. Its text is not stored. */
export interface CreatedKey {
  readonly record: KeyRecord
  readonly key: string
}

/** The owner's keys: creates, lists, revokes and verifies them. Stores only digests. */
export class KeyStore {
  readonly #file: StoreFile<KeyFile>
  readonly #clock: Clock
  readonly #ownerRoutingId: () => Promise<string | null>
  readonly #listeners = new Set<() => void>()
  #byDigest: ReadonlyMap<KeyDigest, KeyRecord> = new Map()
  #expiry: Timer | undefined
  /** Use that has not been written yet, by key id. */
  readonly #unwritten = new Map<string, KeyUsage>()
  #writing: Timer | undefined

  private constructor(file: StoreFile<KeyFile>, options: KeyStoreOptions) {
    this.#file = file
    this.#clock = options.clock
    this.#ownerRoutingId = options.ownerRoutingId
    this.#index()
  }

  /** @throws AppError CONFIG_INVALID if the file cannot be read */
  static async open(options: KeyStoreOptions): Promise<KeyStore> {
    const { dataDir, clock, onBad } = options
    const path = join(dataDir, FILES.keys)
    const empty: KeyFile = { version: 1, keys: [] }
    return new KeyStore(await StoreFile.open({ path, schema: KeyFile, empty, clock, onBad }), options)
  }

  /**
   * Creates a key.
   * @param asked a number is added to its name if another key has that name
   * @param shared the text of a key created on another device of the same owner, to be accepted on this
   * device too
   * @throws AppError NOT_PAIRED without a routing id; CONFIG_INVALID naming the invalid option
   */
  async create(asked: NewKey, shared?: string): Promise<CreatedKey> {
    const { name, ...facts } = parseNewKey(asked)
    const routingId = await this.#ownerRoutingId()
    if (routingId === null) throw new AppError('NOT_PAIRED')
    const key = shared ?? formatKey(routingId, randomBytes(32).toString('base64url'))
    const digest = keyDigestOf(key)
    const keyRoutingId = routingIdOfKey(key)
    if (keyRoutingId === undefined)
      throw new AppError('CONFIG_INVALID', 'This is not a key. Copy the whole key, which begins with ctl_.')
    if (keyRoutingId !== routingId)
      throw new AppError(
        'CONFIG_INVALID',
        'This key belongs to another owner or relay. Use a key from a device of yours at this relay.',
      )
    const id = randomBytes(6).toString('hex')
    let record: KeyRecord = { ...facts, name, id, digest, createdAt: this.#clock.now(), address: routingId }
    await this.#change((keys) => {
      if (keys.some((known) => known.digest === digest))
        throw new AppError('CONFIG_INVALID', 'This device already has this key.')
      record = { ...record, name: freeName(name, keys) }
      return [...keys, record]
    })
    return { record, key }
  }

  list(): readonly KeyRecord[] {
    return this.#file.value.keys.map((key) => withUsage(key, this.#unwritten.get(key.id)))
  }

  /** The keys, each with whether it was created for a relay other than the one this device is paired with. */
  async listed(): Promise<readonly ListedKey[]> {
    const address = await this.#ownerRoutingId()
    return this.list().map((key) => ({
      ...key,
      isForeign: key.address !== undefined && address !== null && key.address !== address,
    }))
  }

  /**
   * Changes a key; its text and its clients stay the same. A number is added to a name that another key has.
   * @throws AppError KEY_NOT_FOUND; CONFIG_INVALID naming the invalid option
   */
  async update(id: string, changes: Partial<NewKey>): Promise<void> {
    await this.#change((keys) => {
      const { usage: _, ...before } = theOneCalled(id, keys)
      const { name, ...facts } = parseNewKey({ ...before, ...changes })
      const others = keys.filter((key) => key.id !== before.id)
      return keys.map((key) =>
        key.id === before.id ? { ...key, ...facts, name: freeName(name, others) } : key,
      )
    })
  }

  /** Counts a finished request. @param tokens `null` if they are unknown */
  noteUse(name: string, tokens: number | null): void {
    const key = this.#file.value.keys.find((known) => known.name === name)
    if (key === undefined) return
    const { requests, tokens: before } = this.#unwritten.get(key.id) ?? key.usage ?? NO_USAGE
    const lastAt = this.#clock.now()
    this.#unwritten.set(key.id, { lastAt, requests: requests + 1, tokens: before + (tokens ?? 0) })
    this.#writing ??= this.#clock.after(WRITE_USAGE_AFTER_MS, () => void this.flush().catch(() => {}))
  }

  /** Writes the use of the keys. @throws AppError CONFIG_INVALID if the file cannot be written; nothing is lost then */
  async flush(): Promise<void> {
    this.#writing?.cancel()
    this.#writing = undefined
    if (this.#unwritten.size === 0) return
    const written = new Map(this.#unwritten)
    await this.#file.update((file) => {
      const keys = file.keys.map((key) => withUsage(key, written.get(key.id)))
      return { ...file, keys }
    })
    for (const [id, usage] of written) if (this.#unwritten.get(id) === usage) this.#unwritten.delete(id)
  }

  /**
   * Revokes a key. It is invalid as soon as the promise resolves.
   * @returns the revoked key
   * @throws AppError KEY_NOT_FOUND, also if several keys have the name
   */
  async revoke(idOrName: string): Promise<KeyRecord> {
    const revoked = theOneCalled(idOrName, this.list())
    await this.#change((keys) => keys.filter((key) => key.id !== revoked.id))
    return revoked
  }

  /** Permissions of the key with this digest; `undefined` if it does not exist or has expired. */
  grantFor(digest: KeyDigest, nowMs: number): Grant | undefined {
    const record = this.#byDigest.get(digest)
    return record !== undefined && isValid(record, nowMs) ? toGrant(record) : undefined
  }

  /** The key's limit of requests per minute; `null` = unlimited. */
  requestsPerMinute(id: string): number | null {
    return this.list().find((key) => key.id === id)?.requestsPerMinute ?? null
  }

  validDigests(nowMs: number): readonly KeyDigest[] {
    return this.list()
      .filter((key) => isValid(key, nowMs))
      .map((key) => key.digest)
  }

  /** Calls back when `validDigests` may have changed: a key was created, revoked, or has expired. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Cancels the timers. */
  destroy(): void {
    this.#expiry?.cancel()
    this.#writing?.cancel()
    this.#listeners.clear()
  }

  async #change(change: (keys: readonly KeyRecord[]) => KeyRecord[]): Promise<void> {
    await this.#file.update((file) => ({ ...file, keys: change(file.keys) }))
    this.#index()
    this.#notify()
  }

  #index(): void {
    this.#byDigest = new Map(this.list().map((key) => [key.digest, key]))
    this.#awaitExpiry()
  }

  #awaitExpiry(): void {
    this.#expiry?.cancel()
    const nowMs = this.#clock.now()
    const upcoming = this.list().flatMap((key) => (isValid(key, nowMs) ? (key.expiresAt ?? []) : []))
    if (upcoming.length === 0) return
    const expiresAt = Math.min(...upcoming)
    this.#expiry = this.#clock.after(Math.min(expiresAt - nowMs, MAX_EXPIRY_CHECK_MS), () => {
      this.#awaitExpiry()
      if (this.#clock.now() >= expiresAt) this.#notify()
    })
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

function withUsage(key: KeyRecord, usage: KeyUsage | undefined): KeyRecord {
  return usage === undefined ? key : { ...key, usage }
}

function isValid(key: KeyRecord, nowMs: number): boolean {
  return key.expiresAt === null || nowMs < key.expiresAt
}

function toGrant({ id, name, scopes, models, maxConcurrent }: KeyRecord): Grant {
  return { id, name, scopes, models, maxConcurrent }
}

/** Names and ids must be unique: a second "phone" becomes "phone-2". */
function freeName(name: string, keys: readonly KeyRecord[]): string {
  const taken = new Set(keys.flatMap((key) => [key.name, key.id]))
  let free = name
  for (let n = 2; taken.has(free); n++) free = `${name.slice(0, MAX_NAME_CHARS - String(n).length - 1)}-${n}`
  return free
}

function theOneCalled(idOrName: string, keys: readonly KeyRecord[]): KeyRecord {
  const named = keys.filter((key) => key.name === idOrName)
  const found = keys.find((key) => key.id === idOrName) ?? named[0]
  if (found === undefined) throw new AppError('KEY_NOT_FOUND')
  if (found.id !== idOrName && named.length > 1) {
    const ids = named.map((key) => key.id).join(', ')
    throw new AppError(
      'KEY_NOT_FOUND',
      `${named.length} keys are called "${idOrName}". Use an id instead: ${ids}`,
    )
  }
  return found
}
