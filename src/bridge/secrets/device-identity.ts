import { z } from 'zod'

import type { OwnerId } from '../../shared/brands.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { ROUTING_ID } from '../../shared/key-format.ts'
import { createDeviceKey, DeviceKeySchema } from './device-key.ts'
import type { Secrets } from './secrets.ts'

const Identity = z.object({
  /** Credential for the relay: from pairing, or the access token of the signed-in user. */
  credential: z.string().min(1),
  relayUrl: z.url({ protocol: /^https?$/ }),
  ownerId: z
    .string()
    .min(1)
    .transform((ownerId) => ownerId as OwnerId),
  deviceId: z.string().min(1),
  /** The owner's routing id at the relay: part of every key. */
  address: z.string().regex(ROUTING_ID),
  /**
   * Proves to the relay that the credential was not copied. Added later to devices that were paired without
   * one.
   */
  key: DeviceKeySchema.exactOptional(),
  /** Renewal of the access token, if a user signed in. Times in milliseconds since the epoch. */
  oidc: z
    .object({
      issuer: z.url({ protocol: /^https?$/ }),
      clientId: z.string().min(1),
      audience: z.string().min(1),
      /**
       * The relay for which the user confirmed this audience; set only if the audience is not the relay's own
       * URL.
       */
      confirmedFor: z.string().exactOptional(),
      refreshToken: z.string().min(1).nullable(),
      obtainedAt: z.number(),
      expiresAt: z.number(),
    })
    .readonly()
    .exactOptional(),
})

/** The identity of this device at its relay. */
export type DeviceIdentity = Readonly<z.infer<typeof Identity>>

const NAME = 'device'

/**
 * Loads the identity.
 * @returns `null` before pairing
 * @throws AppError NOT_PAIRED if the stored value is invalid; SECRETS_UNAVAILABLE
 */
export async function loadDeviceIdentity(secrets: Pick<Secrets, 'get'>): Promise<DeviceIdentity | null> {
  const text = await secrets.get(NAME)
  return text === null ? null : parseDeviceIdentity(text)
}

/** @throws AppError SECRETS_UNAVAILABLE */
export async function saveDeviceIdentity(secrets: Secrets, identity: DeviceIdentity): Promise<void> {
  await secrets.set(NAME, JSON.stringify(Identity.parse(identity)))
}

/** Adds a key to the identity of a device that was paired without one, if it can be stored. Never rejects. */
export async function withDeviceKey(secrets: Secrets, identity: DeviceIdentity): Promise<DeviceIdentity> {
  if (identity.key !== undefined) return identity
  const bound = { ...identity, key: createDeviceKey() }
  return saveDeviceIdentity(secrets, bound).then(
    () => bound,
    () => identity,
  )
}

/** @throws AppError SECRETS_UNAVAILABLE */
export async function deleteDeviceIdentity(secrets: Secrets): Promise<void> {
  await secrets.delete(NAME)
}

/** @throws AppError NOT_PAIRED */
export function parseDeviceIdentity(text: string): DeviceIdentity {
  const parsed = Identity.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  // Only the field names: the text contains the credential.
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'not an object').join(', ')
  throw new AppError('NOT_PAIRED', errorCase('case.identityDamaged', { fields }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
