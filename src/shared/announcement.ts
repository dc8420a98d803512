import { AppError } from './errors.ts'

/** What kind of server the bridge forwards to; `demo` is the built-in one. */
export type UpstreamKind = 'ollama' | 'openai' | 'demo'

/** What a device tells the relay about itself, again on every change. The relay keeps it in memory only. */
export interface Announcement {
  /** SHA-256 digests (base64url) of the keys that are valid now. */
  readonly keyDigests: readonly string[]
  readonly upstreamKind: UpstreamKind | 'none'
  /** Names of the models that the upstream has. */
  readonly models: readonly string[]
  /** Names of those that are in memory now; absent where the upstream does not say. */
  readonly loaded?: readonly string[]
}

const MAX_ENTRIES = 10_000

/** @throws AppError PROTOCOL_ERROR */
export function parseAnnouncement(value: unknown): Announcement {
  if (typeof value === 'object' && value !== null) {
    const { keyDigests, upstreamKind, models, loaded } = value as Record<string, unknown>
    if (isStrings(keyDigests) && isStrings(models) && isKind(upstreamKind))
      return { keyDigests, upstreamKind, models, ...(isStrings(loaded) ? { loaded } : {}) }
  }
  throw new AppError('PROTOCOL_ERROR', 'the device announced itself in a form that cannot be read')
}

function isStrings(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= MAX_ENTRIES && value.every((item) => typeof item === 'string')
  )
}

function isKind(value: unknown): value is Announcement['upstreamKind'] {
  return value === 'ollama' || value === 'openai' || value === 'demo' || value === 'none'
}
