import { join } from 'node:path'

import { z } from 'zod'

import type { Clock } from '../../shared/clock.ts'
import { FILES } from '../data-dir/paths.ts'
import { type OnBadFile, StoreFile } from '../data-dir/store-file.ts'
import type { KeychainTrouble } from './trouble.ts'

/** Storage for a few short secrets, by name. */
export interface Secrets {
  /**
   * @returns `null` if nothing was stored. @throws AppError SECRETS_UNAVAILABLE if it cannot be determined
   */
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  /** Ignores an entry that cannot be read. @throws AppError as `get` */
  delete(name: string): Promise<void>
  readonly kind: 'keychain' | 'file' | 'memory'
}

/** One of the storages for secrets. */
export interface SecretsPlace extends Secrets {
  /** Names of the entries that are stored here, or should be. */
  readonly names: readonly string[]
  /** Why the keychain cannot be used, if the user should know. */
  readonly trouble: KeychainTrouble | null
}

/** Secrets in memory, for this run only. */
export class MemorySecrets implements SecretsPlace {
  readonly kind = 'memory'
  readonly trouble: KeychainTrouble | null
  readonly #values = new Map<string, string>()

  /** @param trouble why the keychain is not used; `null` if memory was requested */
  constructor(trouble: KeychainTrouble | null = null) {
    this.trouble = trouble
  }

  get names(): readonly string[] {
    return [...this.#values.keys()]
  }

  async get(name: string): Promise<string | null> {
    return this.#values.get(name) ?? null
  }

  async set(name: string, value: string): Promise<void> {
    this.#values.set(name, value)
  }

  async delete(name: string): Promise<void> {
    this.#values.delete(name)
  }
}

const Values = z.record(z.string(), z.string())

export interface FileSecretsOptions {
  readonly dataDir: string
  readonly clock: Clock
  readonly onBad: OnBadFile
}

/** Secrets in a file that only this user can read, for machines without a keychain. */
export class FileSecrets implements SecretsPlace {
  readonly kind = 'file'
  readonly trouble = null
  readonly #file: StoreFile<Readonly<Record<string, string>>>

  private constructor(file: StoreFile<Readonly<Record<string, string>>>) {
    this.#file = file
  }

  /** @throws AppError CONFIG_INVALID if the file cannot be read */
  static async open({ dataDir, clock, onBad }: FileSecretsOptions): Promise<FileSecrets> {
    const path = join(dataDir, FILES.secrets)
    return new FileSecrets(await StoreFile.open({ path, schema: Values, empty: {}, clock, onBad }))
  }

  get names(): readonly string[] {
    return Object.keys(this.#file.value)
  }

  async get(name: string): Promise<string | null> {
    return this.#file.value[name] ?? null
  }

  async set(name: string, value: string): Promise<void> {
    await this.#file.update((values) => ({ ...values, [name]: value }))
  }

  async delete(name: string): Promise<void> {
    await this.#file.update((values) =>
      Object.fromEntries(Object.entries(values).filter(([known]) => known !== name)),
    )
  }
}
