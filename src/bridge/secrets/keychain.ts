import { randomBytes } from 'node:crypto'

import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { BackendRecord } from './backend-record.ts'
import { KeychainEntries, type Keytar, MAX_ENTRY_BYTES } from './keychain-entries.ts'
import type { SecretsPlace } from './secrets.ts'
import { SecretsUnavailable, type KeychainTrouble } from './trouble.ts'

/** Errors of libsecret and macOS Keychain that indicate a locked keychain. */
const LOCKED = /locked|interaction is not allowed|passphrase|cancell?ed|dismissed/i
/** A length that every keychain accepts. */
const SHORT_BYTES = 1_024
/** The user may have to enter the keyring's password first. */
const ANSWER_TIMEOUT_MS = 60_000

/** Loads the system's keychain lazily: without libsecret the module cannot be loaded. */
export async function loadKeytar(): Promise<Keytar> {
  return (await import('keytar')).default
}

/** Secrets in the operating system's keychain: Keychain, Credential Manager or Secret Service. */
export class KeychainSecrets implements SecretsPlace {
  readonly kind = 'keychain'
  readonly #entries: KeychainEntries
  readonly #record: BackendRecord
  readonly #clock: Clock
  /** Names that are missing from an available keychain. */
  readonly #lost = new Set<string>()

  private constructor(entries: KeychainEntries, record: BackendRecord, clock: Clock) {
    this.#entries = entries
    this.#record = record
    this.#clock = clock
  }

  /**
   * Verifies that the keychain stores and returns a value before it is used.
   * @param maxEntryBytes limit of one entry of this keychain
   * @throws SecretsUnavailable if it is missing, locked, unresponsive, or refuses
   */
  static async open(
    load: () => Promise<Keytar>,
    record: BackendRecord,
    clock: Clock,
    maxEntryBytes = MAX_ENTRY_BYTES,
  ): Promise<KeychainSecrets> {
    const keytar = await load().catch((cause: unknown) => {
      throw new SecretsUnavailable('missing', 'it cannot be loaded; Linux needs libsecret for it', cause)
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

  /**
   * `null` also for an entry that should exist and, with the keychain unlocked, does not: `trouble` distinguishes the
   * two.
   */
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

  /** A locked keyring whose password dialog was dismissed looks empty until something is stored. */
  async #readAgain(name: string): Promise<string | null> {
    if (!this.#record.isStored(name)) return null
    await this.#prove()
    // It may have been unlocked in between.
    return this.#read(name)
  }

  async #prove(): Promise<void> {
    const value = randomBytes(8).toString('hex')
    await this.#read('probe')
    await this.#write('probe', value)
    const found = await this.#read('probe')
    await this.#erase('probe')
    if (found !== value) throw new SecretsUnavailable('refused', 'it does not return what is stored in it')
  }

  /** A locked Secret Service returns nothing here, a missing one throws. Other systems differ. */
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

  /** A keychain that accepts a short value but not this one considers it too large. */
  async #explain(cause: unknown, value: string): Promise<never> {
    const isLong = Buffer.byteLength(value) > SHORT_BYTES
    if (!isLong || !(cause instanceof SecretsUnavailable) || cause.trouble !== 'refused') throw cause
    await this.#prove()
    throw new SecretsUnavailable('tooLarge', toAppError(cause.cause).message, cause)
  }

  /** The profile separates data directories, even after they are moved. */
  #account(name: string): string {
    return `${name}@${this.#record.profile}`
  }

  /** @param trouble the meaning of an error that does not indicate a lock */
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
