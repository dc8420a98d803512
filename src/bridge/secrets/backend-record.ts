import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { z } from 'zod'

import { FILES } from '../data-dir/paths.ts'
import { StoreFile } from '../data-dir/store-file.ts'
import type { FileSecretsOptions } from './secrets.ts'

const Backend = z.looseObject({
  version: z.literal(1),
  /** The most recent storage of the secrets; `null` before the first use. */
  backend: z.enum(['keychain', 'file']).nullable(),
  /** Identifies this data directory in the keychain. */
  profile: z.string(),
  /** Names of the entries that the keychain should contain. */
  stored: z.array(z.string()),
})
type Backend = z.infer<typeof Backend>

/** Records where a data directory's secrets are, so that a missing keychain is not taken for an empty one. */
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

  /** The keychain contains secrets that would be lost without it. */
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

  /**
   * Stops using the keychain, whatever it contains. Its entry names stay, in case it becomes available again.
   */
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
