import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { z } from 'zod'

import { FILES } from '../data-dir/paths.ts'
import { StoreFile } from '../data-dir/store-file.ts'
import type { FileSecretsOptions } from './secrets.ts'

const Backend = z.looseObject({
  version: z.literal(1),
  /** Where the secrets were put last; `null` before the first time. */
  backend: z.enum(['keychain', 'file']).nullable(),
  /** Names this data directory in the keychain. */
  profile: z.string(),
  /** Names of what the keychain should hold. */
  stored: z.array(z.string()),
})
type Backend = z.infer<typeof Backend>

/** Remembers where a data directory's secrets are, so that a keychain that is gone is not taken for an empty one. */
export class BackendRecord {
  readonly #file: StoreFile<Backend>

  private constructor(file: StoreFile<Backend>) {
    this.#file = file
  }

  static async open({ dataDir, clock, onBad }: FileSecretsOptions): Promise<BackendRecord> {
    const path = join(dataDir, FILES.secretsBackend)
    const empty: Backend = {
      version: 1,
      backend: null,
      profile: randomBytes(8).toString('hex'),
      stored: [],
    }
    return new BackendRecord(await StoreFile.open({ path, schema: Backend, empty, clock, onBad }))
  }

  get backend(): Backend['backend'] {
    return this.#file.value.backend
  }

  get profile(): string {
    return this.#file.value.profile
  }

  /** The keychain holds something that would be lost without it. */
  get needsKeychain(): boolean {
    const { backend, stored } = this.#file.value
    return backend === 'keychain' && stored.length > 0
  }

  get stored(): readonly string[] {
    return this.#file.value.stored
  }

  isStored(name: string): boolean {
    return this.stored.includes(name)
  }

  async choose(backend: 'keychain' | 'file'): Promise<void> {
    if (this.backend !== backend) await this.#file.update((record) => ({ ...record, backend }))
  }

  /** Does without the keychain, whatever it holds. Its names stay, for the case that it comes back. */
  async giveUpKeychain(): Promise<void> {
    if (this.backend === 'keychain') await this.#file.update((record) => ({ ...record, backend: null }))
  }

  async noteStored(name: string): Promise<void> {
    if (this.isStored(name)) return
    await this.#file.update((record) => ({ ...record, stored: [...record.stored, name] }))
  }

  async noteDeleted(name: string): Promise<void> {
    await this.#file.update((record) => ({
      ...record,
      stored: record.stored.filter((known) => known !== name),
    }))
  }
}
