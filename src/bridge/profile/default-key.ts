import { routingIdOfKey } from '../../shared/key-format.ts'
import { DEFAULT_SCOPES } from '../../shared/routes.ts'
import { systemClock } from '../../tunnel/system-clock.ts'
import type { Profile } from './profile.ts'
import { digestOf } from '../../tunnel/digest.ts'

const NAME = 'default-key'

type KeyPlaces = Pick<Profile, 'keys' | 'secrets' | 'identity'>

/** Window and command may ask at once, and must not make two. */
const making = new WeakMap<KeyPlaces['keys'], Promise<string>>()

/**
 * The key for people who have not made one of their own: made on first use, kept in the secrets.
 * @param announced resolves once the relay knows a key that was made just now
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

/** Its id in the key store; `null` where there is none. @throws AppError SECRETS_UNAVAILABLE */
export async function defaultKeyIdOf(profile: KeyPlaces): Promise<string | null> {
  const kept = await keptKeyOf(profile)
  const digest = kept === null ? null : digestOf(kept)
  return profile.keys.list().find((record) => record.digest === digest)?.id ?? null
}

/** One that was revoked, or made for another relay, is as good as none. */
async function keptKeyOf({ keys, secrets, identity }: KeyPlaces): Promise<string | null> {
  const kept = await secrets.get(NAME)
  if (kept === null || keys.grantFor(digestOf(kept), systemClock.now()) === undefined) return null
  return routingIdOfKey(kept) === (await identity())?.address ? kept : null
}
