import { routingIdOfKey } from '../../shared/key-format.ts'
import { DEFAULT_SCOPES } from '../../shared/routes.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import type { Profile } from './profile.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'

const NAME = 'default-key'

type KeyPlaces = Pick<Profile, 'keys' | 'secrets' | 'identity'>

/** Window and CLI may ask concurrently; only one key must be created. */
const making = new WeakMap<KeyPlaces['keys'], Promise<string>>()

/**
 * The key for users who have not created one. Created on first use and stored in the secrets.
 * @param announced resolves once the relay knows a newly created key
 * @throws AppError NOT_PAIRED, SECRETS_UNAVAILABLE
 */
export function defaultKeyOf(profile: KeyPlaces, announced = async (): Promise<void> => {}): Promise<string> {
  const made =
    making.get(profile.keys) ?? keptOrNew(profile, announced).finally(() => making.delete(profile.keys))
  making.set(profile.keys, made)
  return made
}

async function keptOrNew(profile: KeyPlaces, announced: () => Promise<void>): Promise<string> {
  const kept = await keptKeyOf(profile)
  if (kept !== null) return kept
  const { key } = await profile.keys.create({
    name: 'default',
    scopes: [...DEFAULT_SCOPES],
    models: null,
    expiresAt: null,
    requestsPerMinute: null,
    maxConcurrent: null,
  })
  await profile.secrets.set(NAME, key)
  await announced()
  return key
}

/** Id of the default key in the key store; `null` if there is none. @throws AppError SECRETS_UNAVAILABLE */
export async function defaultKeyIdOf(profile: KeyPlaces): Promise<string | null> {
  const kept = await keptKeyOf(profile)
  const digest = kept === null ? null : keyDigestOf(kept)
  return profile.keys.list().find((record) => record.digest === digest)?.id ?? null
}

/** `null` if the stored key was revoked or belongs to another relay. */
async function keptKeyOf({ keys, secrets, identity }: KeyPlaces): Promise<string | null> {
  const kept = await secrets.get(NAME)
  if (kept === null || keys.grantFor(keyDigestOf(kept), systemClock.now()) === undefined) return null
  return routingIdOfKey(kept) === (await identity())?.address ? kept : null
}
