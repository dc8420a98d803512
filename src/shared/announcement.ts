import type { KeyDigest } from './brands.ts'
import { AppError } from './errors.ts'
import { isJsonObject } from './json-object.ts'
import { isWithinLimit } from './text-limits.ts'

export const UPSTREAM_KINDS = ['ollama', 'openai', 'demo'] as const
/** The kind of model server behind the bridge; `demo` is the built-in one. */
export type UpstreamKind = (typeof UPSTREAM_KINDS)[number]

export const UPSTREAM_CONDITIONS = ['up', 'loading', 'refusing', 'down'] as const
/**
 * `loading` resolves without intervention; `refusing` responds but rejects requests (missing API key, errors); `down`
 * does not respond.
 */
export type UpstreamCondition = (typeof UPSTREAM_CONDITIONS)[number]

/** A device's description of itself, sent again on every change. The relay keeps it in memory only. */
export interface Announcement {
  /** SHA-256 digests (base64url) of the currently valid keys. */
  readonly keyDigests: readonly KeyDigest[]
  readonly upstreamKind: UpstreamKind | 'none'
  /** Whether the upstream serves; absent from older devices. */
  readonly upstreamState?: UpstreamCondition
  /** Names of the upstream's models. */
  readonly models: readonly string[]
  /** Names of the models loaded in memory; absent if the upstream does not report them. */
  readonly loaded?: readonly string[]
}

/** Maximum number of key digests in one announcement. */
export const MAX_ANNOUNCED_KEYS = 10_000
const MAX_MODELS = 2_000
const DIGEST = /^[\w-]{43}$/

/** The models that fit into an announcement, without names that are too long to request. */
export function toAnnouncedModels(models: readonly string[]): string[] {
  return models.slice(0, MAX_MODELS).filter((name) => isWithinLimit('model', name))
}

/** Drops model names that are too long. @throws AppError PROTOCOL_ERROR */
export function parseAnnouncement(value: unknown): Announcement {
  if (isJsonObject(value)) {
    const { keyDigests, upstreamKind, upstreamState, models, loaded } = value
    // Ignore conditions that only newer devices know.
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
  throw new AppError('PROTOCOL_ERROR', 'the device sent an invalid announcement')
}

function areDigests(value: unknown): value is KeyDigest[] {
  return areStrings(value, MAX_ANNOUNCED_KEYS) && value.every((text) => DIGEST.test(text))
}

function areNames(value: unknown): value is string[] {
  return areStrings(value, MAX_MODELS)
}

function areStrings(value: unknown, maxEntries: number): value is string[] {
  return Array.isArray(value) && value.length <= maxEntries && value.every((item) => typeof item === 'string')
}

function isKind(value: unknown): value is Announcement['upstreamKind'] {
  return value === 'none' || UPSTREAM_KINDS.some((kind) => kind === value)
}
