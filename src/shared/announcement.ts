import { AppError } from './errors.ts'
import { isJsonObject } from './json-object.ts'
import { isWithinLimit } from './text-limits.ts'

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

/** Keys of one announcement. */
export const MAX_ANNOUNCED_KEYS = 10_000
const MAX_MODELS = 2_000
const DIGEST = /^[\w-]{43}$/

/** As many of these models as an announcement may name, without names that nobody could ask for. */
export function toAnnouncedModels(models: readonly string[]): string[] {
  return models.slice(0, MAX_MODELS).filter((name) => isWithinLimit('model', name))
}

/** Names of models that are too long are left out. @throws AppError PROTOCOL_ERROR */
export function parseAnnouncement(value: unknown): Announcement {
  if (isJsonObject(value)) {
    const { keyDigests, upstreamKind, upstreamState, models, loaded } = value
    // A condition that a newer device knows is none here.
    const condition = UPSTREAM_CONDITIONS.find((known) => known === upstreamState)
    if (areDigests(keyDigests) && areNames(models) && isKind(upstreamKind))
      return {
        keyDigests,
        upstreamKind,
        models: toAnnouncedModels(models),
        ...(condition && { upstreamState: condition }),
        ...(areNames(loaded) && { loaded: toAnnouncedModels(loaded) }),
      }
  }
  throw new AppError('PROTOCOL_ERROR', 'the device announced itself in a form that cannot be read')
}

function areDigests(value: unknown): value is string[] {
  return areStrings(value, MAX_ANNOUNCED_KEYS) && value.every((text) => DIGEST.test(text))
}

function areNames(value: unknown): value is string[] {
  return areStrings(value, MAX_MODELS)
}

function areStrings(value: unknown, maxEntries: number): value is string[] {
  return Array.isArray(value) && value.length <= maxEntries && value.every((item) => typeof item === 'string')
}

function isKind(value: unknown): value is Announcement['upstreamKind'] {
  return value === 'ollama' || value === 'openai' || value === 'demo' || value === 'none'
}
