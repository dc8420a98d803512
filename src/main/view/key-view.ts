import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { KeyView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** The keys, without anything that reveals their text. */
export function toKeyViews({ keys, defaultKeyId, now }: AppState): readonly KeyView[] {
  return keys.map((key) => toKeyView(key, key.id === defaultKeyId, now))
}

/** Copied field by field, so a new record field does not reach the window automatically. */
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
