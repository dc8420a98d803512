import { z } from 'zod'

import type { ControlRequest, Handlers } from '../data-dir/control.ts'
import { withDataDir } from '../data-dir/owner-lock.ts'
import {
  type KeyRecord,
  KeyRecordSchema,
  type ListedKey,
  ListedKeySchema,
  type NewKey,
  parseNewKey,
} from './key-record.ts'
import type { CreatedKey, KeyStore } from './key-store.ts'

const Created = z.object({ record: KeyRecordSchema, key: z.string() })
const Shared = z.string().optional()
const Revoke = z.looseObject({ key: z.string() })

/**
 * Key commands that other processes may send to a running bridge, for `Holder.serve`.
 * @param announced resolves once the relay has the current keys; resolves immediately if no bridge is running
 */
export function keyHandlers(store: KeyStore, announced = async (): Promise<void> => {}): Handlers {
  return {
    'keys.create': async ({ key, shared }) => {
      const created = await store.create(parseNewKey(key), Shared.parse(shared))
      await announced()
      return created
    },
    'keys.list': () => store.listed(),
    'keys.revoke': async (request) => {
      const revoked = await store.revoke(Revoke.parse(request).key)
      await announced()
      return revoked
    },
  }
}

/**
 * Key commands for the CLI: sent to the bridge that holds the data directory, or run on the files if none
 * does.
 */
export class KeyCommands {
  readonly #dataDir: string
  readonly #open: () => Promise<KeyStore>

  /** @param open opens the store if no bridge runs */
  constructor(dataDir: string, open: () => Promise<KeyStore>) {
    this.#dataDir = dataDir
    this.#open = open
  }

  /** @throws AppError like `KeyStore.create` */
  async create(key: NewKey, shared?: string): Promise<CreatedKey> {
    return Created.parse(await this.#ask({ op: 'keys.create', key, shared }))
  }

  async list(): Promise<readonly ListedKey[]> {
    return z.array(ListedKeySchema).parse(await this.#ask({ op: 'keys.list' }))
  }

  /** @throws AppError like `KeyStore.revoke` */
  async revoke(idOrName: string): Promise<KeyRecord> {
    return KeyRecordSchema.parse(await this.#ask({ op: 'keys.revoke', key: idOrName }))
  }

  #ask(request: ControlRequest): Promise<unknown> {
    return withDataDir(this.#dataDir, request, async () => keyHandlers(await this.#open()))
  }
}
