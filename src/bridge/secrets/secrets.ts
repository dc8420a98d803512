import { join } from 'node:path'

import { z } from 'zod'

import type { Clock } from '../../shared/clock.ts'
import { FILES } from '../data-dir/paths.ts'
import { type OnBadFile, StoreFile } from '../data-dir/store-file.ts'

/** A place for a few short secrets, by name. */
export interface Secrets {
  /** @returns `null` where nothing was stored. @throws AppError SECRETS_UNAVAILABLE where that cannot be told. */
  get(name: string): Promise<string | null>
  set(name: string, value: string): Promise<void>
  /** Leaves what cannot be read alone. @throws AppError as `get`. */
  delete(name: string): Promise<void>
  readonly kind: 'keychain' | 'file' | 'memory'
}

/** Secrets for this run only. */
export class MemorySecrets implements Secrets {
  readonly kind = 'memory'
  readonly #values = new Map<string, string>()

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

/** Secrets in a file that only this user can read: for machines without a keychain, by the user's choice. */
export class FileSecrets implements Secrets {
  readonly kind = 'file'
  readonly #file: StoreFile<Readonly<Record<string, string>>>

  private constructor(file: StoreFile<Readonly<Record<string, string>>>) {
    this.#file = file
  }

  /** @throws AppError CONFIG_INVALID where the file cannot be read. */
  static async open({ dataDir, clock, onBad }: FileSecretsOptions): Promise<FileSecrets> {
    const path = join(dataDir, FILES.secrets)
    return new FileSecrets(await StoreFile.open({ path, schema: Values, empty: {}, clock, onBad }))
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
