import { z } from 'zod'
import { BridgeSnapshotSchema, type BridgeSnapshot } from '../bridge-snapshot.ts'
import type { Handlers } from '../data-dir/control.ts'
import { request } from '../data-dir/owner-lock.ts'

export interface StatusSource {
  /** `undefined` if the directory is held but no bridge runs yet. */
  snapshot(): BridgeSnapshot | undefined
  defaultKey(): Promise<string>
}

/** Status commands that other processes of this user may send to a running bridge. */
export function statusHandlers(source: StatusSource): Handlers {
  return {
    status: async () => source.snapshot() ?? null,
    'keys.default': () => source.defaultKey(),
  }
}

/**
 * Status of the bridge that holds a data directory; `null` if none does.
 * @throws AppError thrown by the holding process; a short-lived command does not serve a status
 */
export async function askStatus(dataDir: string): Promise<BridgeSnapshot | null> {
  const answer = await request(dataDir, { op: 'status' })
  return BridgeSnapshotSchema.nullable().parse(answer?.result ?? null)
}

/**
 * The default key of the bridge that holds a data directory; `null` if none does. @throws AppError as
 * `askStatus`
 */
export async function askDefaultKey(dataDir: string): Promise<string | null> {
  const answer = await request(dataDir, { op: 'keys.default' })
  return answer && z.string().parse(answer.result)
}
