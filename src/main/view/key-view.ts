import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { KeyView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** The keys without their digests. */
export function toKeyViews({ keys, defaultKeyId, now }: AppState): readonly KeyView[] {
  return keys.map((key) => toKeyView(key, key.id === defaultKeyId, now))
}

/** Copies field by field, so that fields added to records later do not reach the window. */
function toKeyView(key: KeyRecord, isDefault: boolean, now: number): KeyView {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    models: key.models,
    createdAt: key.createdAt,
    expiresAt: key.expiresAt,
    isExpired: key.expiresAt !== null && key.expiresAt <= now,
    requestsPerMinute: key.requestsPerMinute,
    maxConcurrent: key.maxConcurrent,
    isDefault,
  }
}
