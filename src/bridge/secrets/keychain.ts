import { randomBytes } from 'node:crypto'

import type { Clock } from '../../shared/clock.ts'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { BackendRecord } from './backend-record.ts'
import type { Secrets } from './secrets.ts'

/** What is used of keytar's API. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>
  setPassword(service: string, account: string, password: string): Promise<void>
  deletePassword(service: string, account: string): Promise<boolean>
}

const SERVICE = 'CloudToLocalLLM'
/** The user may have to type the keyring's password first. */
const ANSWER_TIMEOUT_MS = 60_000

/** Loads the system's keychain. Lazily: without libsecret the module cannot even be loaded. */
export async function loadKeytar(): Promise<Keytar> {
  return (await import('keytar')).default
}

/** Secrets in the keychain of the operating system: Keychain, Credential Manager or Secret Service. */
export class KeychainSecrets implements Secrets {
  readonly kind = 'keychain'
  readonly #keytar: Keytar
  readonly #record: BackendRecord
  readonly #clock: Clock

  private constructor(keytar: Keytar, record: BackendRecord, clock: Clock) {
    this.#keytar = keytar
    this.#record = record
    this.#clock = clock
  }

  /**
   * Proves that the keychain stores and returns a value before anybody relies on it.
   * @throws AppError SECRETS_UNAVAILABLE where it is missing, locked or silent.
   */
  static async open(
    load: () => Promise<Keytar>,
    record: BackendRecord,
    clock: Clock,
  ): Promise<KeychainSecrets> {
    const keytar = await load().catch((cause: unknown) => {
      throw unavailable('it cannot be loaded; Linux needs libsecret for it', cause)
    })
    const secrets = new KeychainSecrets(keytar, record, clock)
    await secrets.#prove()
    return secrets
  }

  async get(name: string): Promise<string | null> {
    const value = await this.#ask(this.#keytar.getPassword(SERVICE, this.#account(name)))
    // A locked keyring whose password dialog was dismissed looks just like an empty one.
    if (value === null && this.#record.isStored(name))
      throw unavailable('it does not show what was stored in it')
    return value
  }

  async set(name: string, value: string): Promise<void> {
    await this.#ask(this.#keytar.setPassword(SERVICE, this.#account(name), value))
    await this.#record.noteStored(name)
  }

  async delete(name: string): Promise<void> {
    if ((await this.get(name)) === null) return
    await this.#ask(this.#keytar.deletePassword(SERVICE, this.#account(name)))
    await this.#record.noteDeleted(name)
  }

  async #prove(): Promise<void> {
    const account = this.#account('probe')
    const value = randomBytes(8).toString('hex')
    await this.#ask(this.#keytar.setPassword(SERVICE, account, value))
    const found = await this.#ask(this.#keytar.getPassword(SERVICE, account))
    await this.#ask(this.#keytar.deletePassword(SERVICE, account))
    if (found !== value) throw unavailable('it does not return what is stored in it')
  }

  /** The profile keeps data directories apart, wherever they are moved. */
  #account(name: string): string {
    return `${name}@${this.#record.profile}`
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>()
    const timer = this.#clock.after(ANSWER_TIMEOUT_MS, () => late.reject(unavailable('it does not answer')))
    try {
      return await Promise.race([answer, late.promise])
    } catch (cause) {
      throw cause instanceof AppError ? cause : unavailable(toAppError(cause).message, cause)
    } finally {
      timer.cancel()
    }
  }
}

function unavailable(why: string, cause?: unknown): AppError {
  return new AppError(
    'SECRETS_UNAVAILABLE',
    `The system keychain cannot be used (${why}). Unlock it and try again; nothing that it holds was changed.`,
    { cause },
  )
}
