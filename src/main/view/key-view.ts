import type { KeyRecord } from '../../bridge/keys/key-record.ts'
import type { KeyView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'

/** The keys without their digests. */
export function toKeyViews(state: AppState): readonly KeyView[] {
  return state.keys.map((key) => toKeyView(key, state))
}

/** Copies field by field, so that fields added to records later do not reach the window. */
function toKeyView(key: KeyRecord, { defaultKeyId, address, now }: AppState): KeyView {
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
    isDefault: key.id === defaultKeyId,
    isForeign: key.address !== undefined && address !== null && key.address !== address,
    lastUsedAt: key.usage?.lastAt ?? null,
    requests: key.usage?.requests ?? 0,
    tokens: key.usage?.tokens ?? 0,
  }
}
