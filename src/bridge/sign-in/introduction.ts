import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { askRelay, errorInAnswer } from '../dial/relay-request.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { createDeviceKey } from '../secrets/device-key.ts'
import { type Audience, requireSendable } from './audience.ts'
import type { Tokens } from './provider.ts'
import type { OidcOffer, RelayOffer } from './relay-offer.ts'

const Introduced = z.object({
  ownerId: z.string().transform((ownerId) => ownerId as OwnerId),
  address: z.string(),
})

/** The offer's sign-in options. @throws AppError SIGN_IN_FAILED if there are none */
export function oidcOf({ oidc }: RelayOffer): OidcOffer {
  if (oidc !== null) return oidc
  throw new AppError('SIGN_IN_FAILED', errorCase('case.signIn.pairOnly'))
}

/**
 * Exchanges the tokens for this device's identity at the relay. Stores nothing.
 * @throws AppError SIGN_IN_FAILED, AUDIENCE_UNCONFIRMED, ISSUER_UNREACHABLE, RELAY_UNREACHABLE, RELAY_REFUSED
 */
export async function introduce(
  offer: RelayOffer,
  audience: Audience,
  tokens: Tokens,
  clock: Clock,
): Promise<DeviceIdentity> {
  const { issuer, clientId } = oidcOf(offer)
  const { accessToken, refreshToken, obtainedAt, expiresAt } = tokens
  const signIn = {
    relayUrl: offer.url.href,
    credential: accessToken,
    oidc: { issuer, clientId, ...audience, refreshToken, obtainedAt, expiresAt },
  }
  requireSendable(signIn)
  const answer = await askRelay(offer.url, 'api/pair', clock, {
    json: {},
    fields: { authorization: `Bearer ${accessToken}` },
  })
  if (answer.status !== 200)
    throw errorInAnswer(answer, { 401: 'SIGN_IN_FAILED', 403: 'SIGN_IN_FAILED', 503: 'ISSUER_UNREACHABLE' })
  return {
    ...parseIntroduced(answer.body),
    ...signIn,
    deviceId: randomUUID(),
    key: createDeviceKey(),
  }
}

function parseIntroduced(body: string): z.infer<typeof Introduced> {
  try {
    return Introduced.parse(JSON.parse(body))
  } catch (cause) {
    throw new AppError('RELAY_REFUSED', undefined, { cause })
  }
}
