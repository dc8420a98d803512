import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { routingIdOfKey } from '../../shared/key-format.ts'
import { DEFAULT_SCOPES } from '../../shared/routes.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import type { Profile } from './profile.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'

const NAME = 'default-key'

type KeyPlaces = Pick<Profile, 'keys' | 'secrets' | 'identity'>

/** Window and CLI may ask concurrently; only one key must be created. */
const making = new WeakMap<KeyPlaces['keys'], Promise<string>>()

/** The key was revoked or has expired, and its text is still stored. */
const REVOKED = 'revoked'

export interface DefaultKeyOptions {
  /** Resolves once the relay knows a newly created key. */
  readonly announced?: () => Promise<void>
  /** Creates a new key in place of a revoked one. Only for a user who asked for one. */
  readonly renew?: boolean
}

/**
 * The key for users who have not created one. Created on first use and stored in the secrets.
 * @throws AppError NOT_PAIRED, SECRETS_UNAVAILABLE; KEY_NOT_FOUND if the key was revoked
 */
export function defaultKeyOf(profile: KeyPlaces, options: DefaultKeyOptions = {}): Promise<string> {
  const made =
    making.get(profile.keys) ?? keptOrNew(profile, options).finally(() => making.delete(profile.keys))
  making.set(profile.keys, made)
  return made
}

async function keptOrNew(
  profile: KeyPlaces,
  { announced, renew = false }: DefaultKeyOptions,
): Promise<string> {
  const kept = await keptKeyOf(profile)
  if (kept === REVOKED && !renew) throw new AppError('KEY_NOT_FOUND', errorCase('case.defaultKeyRevoked'))
  if (kept !== null && kept !== REVOKED) return kept
  const { record, key } = await profile.keys.create({
    name: 'default',
    scopes: [...DEFAULT_SCOPES],
    models: null,
    expiresAt: null,
    requestsPerMinute: null,
    maxConcurrent: null,
  })
  await profile.secrets.set(NAME, key).catch(async (cause: unknown) => {
    // Nobody has its text.
    await profile.keys.revoke(record.id)
    throw cause
  })
  await announced?.()
  return key
}

/** The default key in the key store: its id, `null` if there is none yet. @throws AppError SECRETS_UNAVAILABLE */
export async function defaultKeyStateOf(
  profile: KeyPlaces,
): Promise<{ readonly id: string | null; readonly isRevoked: boolean }> {
  const kept = await keptKeyOf(profile)
  if (kept === null || kept === REVOKED) return { id: null, isRevoked: kept === REVOKED }
  const digest = keyDigestOf(kept)
  const id = profile.keys.list().find((record) => record.digest === digest)?.id ?? null
  return { id, isRevoked: false }
}

/** `null` if there is none for this relay yet. */
async function keptKeyOf({ keys, secrets, identity }: KeyPlaces): Promise<string | null> {
  const kept = await secrets.get(NAME)
  if (kept === null || routingIdOfKey(kept) !== (await identity())?.address) return null
  return keys.grantFor(keyDigestOf(kept), systemClock.now()) === undefined ? REVOKED : kept
}
