import { randomBytes } from 'node:crypto'

import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { BackendRecord } from './backend-record.ts'
import { KeychainEntries, type Keytar, MAX_ENTRY_BYTES } from './keychain-entries.ts'
import type { SecretsPlace } from './secrets.ts'
import { SecretsUnavailable, type KeychainTrouble } from './trouble.ts'

/** Errors of libsecret and the macOS Keychain that mean that it is locked. */
const LOCKED = /locked|interaction is not allowed|passphrase|cancell?ed|dismissed/i
/** A size that every keychain accepts. */
const SHORT_BYTES = 1_024
/** Leaves the user time to type the keyring's password. */
const ANSWER_TIMEOUT_MS = 60_000

/** Loads keytar. Lazily, because the module does not load without libsecret. */
export async function loadKeytar(): Promise<Keytar> {
  return (await import('keytar')).default
}

/** Secrets in the operating system's keychain: Keychain, Credential Manager or Secret Service. */
export class KeychainSecrets implements SecretsPlace {
  readonly kind = 'keychain'
  readonly #entries: KeychainEntries
  readonly #record: BackendRecord
  readonly #clock: Clock
  /** Names that are missing from a working keychain although they were stored. */
  readonly #lost = new Set<string>()

  private constructor(entries: KeychainEntries, record: BackendRecord, clock: Clock) {
    this.#entries = entries
    this.#record = record
    this.#clock = clock
  }

  /**
   * Verifies that the keychain stores and returns a value before it is used.
   * @param maxEntryBytes limit for one entry of this keychain
   * @throws SecretsUnavailable if it is missing, locked or unresponsive, or refuses
   */
  static async open(
    load: () => Promise<Keytar>,
    record: BackendRecord,
    clock: Clock,
    maxEntryBytes = MAX_ENTRY_BYTES,
  ): Promise<KeychainSecrets> {
    const keytar = await load().catch((cause: unknown) => {
      throw new SecretsUnavailable('missing', 'it cannot be loaded; Linux needs libsecret', cause)
    })
    const secrets = new KeychainSecrets(new KeychainEntries(keytar, maxEntryBytes), record, clock)
    await secrets.#prove()
    return secrets
  }

  get trouble(): KeychainTrouble | null {
    return this.#lost.size > 0 ? 'emptied' : null
  }

  get names(): readonly string[] {
    return this.#record.stored
  }

  /** `null` also if an unlocked keychain lacks a stored entry; `trouble` tells the two cases apart. */
  async get(name: string): Promise<string | null> {
    const value = (await this.#read(name)) ?? (await this.#readAgain(name))
    if (value !== null || !this.#record.isStored(name)) this.#lost.delete(name)
    else this.#lost.add(name)
    return value
  }

  async set(name: string, value: string): Promise<void> {
    await this.#write(name, value).catch((cause: unknown) => this.#explain(cause, value))
    await this.#record.noteStored(name)
    this.#lost.delete(name)
  }

  async delete(name: string): Promise<void> {
    if ((await this.get(name)) === null) return
    await this.#erase(name)
    await this.#record.noteDeleted(name)
  }

  /** A locked keyring whose password prompt was dismissed looks empty until a write fails. */
  async #readAgain(name: string): Promise<string | null> {
    if (!this.#record.isStored(name)) return null
    await this.#prove()
    // It may have been unlocked since the first read.
    return this.#read(name)
  }

  async #prove(): Promise<void> {
    const value = randomBytes(8).toString('hex')
    await this.#read('probe')
    await this.#write('probe', value)
    const found = await this.#read('probe')
    await this.#erase('probe')
    if (found !== value) throw new SecretsUnavailable('refused', 'it does not return stored values')
  }

  /** On Linux, a locked Secret Service returns nothing, so an error means that there is none. */
  #read(name: string): Promise<string | null> {
    const trouble = process.platform === 'linux' ? 'missing' : 'refused'
    return this.#ask(this.#entries.get(this.#account(name)), trouble)
  }

  #write(name: string, value: string): Promise<void> {
    return this.#ask(this.#entries.set(this.#account(name), value), 'refused')
  }

  #erase(name: string): Promise<boolean> {
    return this.#ask(this.#entries.delete(this.#account(name)), 'refused')
  }

  /** Reports `tooLarge` if the keychain accepts a short value but not this one. */
  async #explain(cause: unknown, value: string): Promise<never> {
    const isLong = Buffer.byteLength(value) > SHORT_BYTES
    if (!isLong || !(cause instanceof SecretsUnavailable) || cause.trouble !== 'refused') throw cause
    await this.#prove()
    throw new SecretsUnavailable('tooLarge', toAppError(cause.cause).message, cause)
  }

  /** The profile distinguishes data directories, even if they are moved. */
  #account(name: string): string {
    return `${name}@${this.#record.profile}`
  }

  /** @param trouble the cause to report unless the error indicates a lock */
  async #ask<T>(answer: Promise<T>, trouble: KeychainTrouble): Promise<T> {
    const late = Promise.withResolvers<never>()
    const timer = this.#clock.after(ANSWER_TIMEOUT_MS, () =>
      late.reject(new SecretsUnavailable('silent', `for ${ANSWER_TIMEOUT_MS / 1000} seconds`)),
    )
    try {
      return await Promise.race([answer, late.promise])
    } catch (cause) {
      if (cause instanceof AppError) throw cause
      const { message } = toAppError(cause)
      throw new SecretsUnavailable(LOCKED.test(message) ? 'locked' : trouble, message, cause)
    } finally {
      timer.cancel()
    }
  }
}
