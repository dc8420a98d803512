import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { z } from 'zod'

import type { Clock, Timer } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { routingIdOfKey, formatKey } from '../../shared/key-format.ts'
import { FILES } from '../data-dir/paths.ts'
import { type BadFile, StoreFile } from '../data-dir/store-file.ts'
import type { Grant } from '../policy/grant.ts'
import { type KeyRecord, KeyRecordSchema, MAX_NAME_CHARS, type NewKey, parseNewKey } from './key-record.ts'
import { digestOf } from '../../tunnel/digest.ts'

const KeyFile = z.looseObject({ version: z.literal(1), keys: z.array(KeyRecordSchema) })
type KeyFile = z.infer<typeof KeyFile>

/** A long timer would drift through suspends, and Node's end at 2^31 ms. */
const MAX_EXPIRY_CHECK_MS = 15 * 60_000

export interface KeyStoreOptions {
  /** Held by this process. */
  readonly dataDir: string
  readonly clock: Clock
  /** The owner's routing id at the relay, from pairing; `null` before. */
  readonly ownerRoutingId: () => Promise<string | null>
  readonly onBad: (bad: BadFile) => void
}

/** A key that was just made. Its text exists only here. */
export interface CreatedKey {
  readonly record: KeyRecord
  readonly key: string
}

/** The owner's keys: made, listed, revoked and judged here. Only digests are kept. */
export class KeyStore {
  readonly #file: StoreFile<KeyFile>
  readonly #clock: Clock
  readonly #ownerRoutingId: () => Promise<string | null>
  readonly #listeners = new Set<() => void>()
  #byDigest: ReadonlyMap<string, KeyRecord> = new Map()
  #expiry: Timer | undefined

  private constructor(file: StoreFile<KeyFile>, options: KeyStoreOptions) {
    this.#file = file
    this.#clock = options.clock
    this.#ownerRoutingId = options.ownerRoutingId
    this.#index()
  }

  /** @throws AppError CONFIG_INVALID where the file cannot be read. */
  static async open(options: KeyStoreOptions): Promise<KeyStore> {
    const { dataDir, clock, onBad } = options
    const path = join(dataDir, FILES.keys)
    const empty: KeyFile = { version: 1, keys: [] }
    return new KeyStore(await StoreFile.open({ path, schema: KeyFile, empty, clock, onBad }), options)
  }

  /**
   * @param asked its name gets a number where another key has it already
   * @param shared the text of a key that another device of the same owner made: it opens this device as well then
   * @throws AppError NOT_PAIRED without an owner's routing id; CONFIG_INVALID naming the option that is wrong.
   */
  async create(asked: NewKey, shared?: string): Promise<CreatedKey> {
    const { name, ...facts } = parseNewKey(asked)
    const routingId = await this.#ownerRoutingId()
    if (routingId === null) throw new AppError('NOT_PAIRED')
    const key = shared ?? formatKey(routingId, randomBytes(32).toString('base64url'))
    const digest = digestOf(key)
    if (routingIdOfKey(key) !== routingId)
      throw new AppError('CONFIG_INVALID', '--key: this is no key of the same owner at the same relay')
    if (this.list().some((known) => known.digest === digest))
      throw new AppError('CONFIG_INVALID', '--key: this device has that key already')
    const id = randomBytes(6).toString('hex')
    let record: KeyRecord = { ...facts, name, id, digest, createdAt: this.#clock.now() }
    await this.#change((keys) => {
      record = { ...record, name: freeName(name, keys) }
      return [...keys, record]
    })
    return { record, key }
  }

  list(): readonly KeyRecord[] {
    return this.#file.value.keys
  }

  /**
   * The key is worthless as soon as this resolves.
   * @returns what was revoked.
   * @throws AppError KEY_NOT_FOUND, also where several keys have the name.
   */
  async revoke(idOrName: string): Promise<KeyRecord> {
    const revoked = theOneCalled(idOrName, this.list())
    await this.#change((keys) => keys.filter((key) => key.id !== revoked.id))
    return revoked
  }

  /** What the key with this digest may do; `undefined` if there is none or it has expired. */
  grantFor(digest: string, nowMs: number): Grant | undefined {
    const record = this.#byDigest.get(digest)
    return record !== undefined && isValid(record, nowMs) ? toGrant(record) : undefined
  }

  /** Requests per minute that the key allows; `null` = any number. */
  requestsPerMinute(id: string): number | null {
    return this.list().find((key) => key.id === id)?.requestsPerMinute ?? null
  }

  validDigests(nowMs: number): readonly string[] {
    return this.list()
      .filter((key) => isValid(key, nowMs))
      .map((key) => key.digest)
  }

  /** Calls back whenever `validDigests` may have changed: a key was made or revoked, or has expired. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Stops waiting for expiries. */
  destroy(): void {
    this.#expiry?.cancel()
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

function isValid(key: KeyRecord, nowMs: number): boolean {
  return key.expiresAt === null || nowMs < key.expiresAt
}

function toGrant({ id, name, scopes, models, maxConcurrent }: KeyRecord): Grant {
  return { id, name, scopes, models, maxConcurrent }
}

/** Names identify keys, so they must be unique: a second "phone" becomes "phone-2". */
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
      `${named.length} keys are called "${idOrName}". Name one by its id: ${ids}`,
    )
  }
  return found
}
