import { AppError } from './errors.ts'

/** What kind of server the bridge forwards to; `demo` is the built-in one. */
export type UpstreamKind = 'ollama' | 'openai' | 'demo'

export const UPSTREAM_CONDITIONS = ['up', 'loading', 'refusing', 'down'] as const
/** `loading` passes by itself; `refusing` is there and says no (it wants a key, or fails); `down` does not answer. */
export type UpstreamCondition = (typeof UPSTREAM_CONDITIONS)[number]

/** What a device tells the relay about itself, again on every change. The relay keeps it in memory only. */
export interface Announcement {
  /** SHA-256 digests (base64url) of the keys that are valid now. */
  readonly keyDigests: readonly string[]
  readonly upstreamKind: UpstreamKind | 'none'
  /** Whether the upstream serves; absent where the device is of an older version. */
  readonly upstreamState?: UpstreamCondition
  /** Names of the models that the upstream has. */
  readonly models: readonly string[]
  /** Names of those that are in memory now; absent where the upstream does not say. */
  readonly loaded?: readonly string[]
}

const MAX_ENTRIES = 10_000

/** @throws AppError PROTOCOL_ERROR */
export function parseAnnouncement(value: unknown): Announcement {
  if (typeof value === 'object' && value !== null) {
    const { keyDigests, upstreamKind, upstreamState, models, loaded } = value as Record<string, unknown>
    // A condition that a newer device knows is none here.
    const condition = UPSTREAM_CONDITIONS.find((known) => known === upstreamState)
    if (isStrings(keyDigests) && isStrings(models) && isKind(upstreamKind))
      return {
        keyDigests,
        upstreamKind,
        models,
        ...(condition && { upstreamState: condition }),
        ...(isStrings(loaded) && { loaded }),
      }
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
