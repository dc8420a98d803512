import { decodeJwt } from 'jose/jwt/decode'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'

/** A token audience, and the relay for which the user confirmed it by name. */
export interface Audience {
  readonly audience: string
  readonly confirmedFor?: string
}

/** Whether the audience is the relay's own URL, ignoring a trailing slash. */
export function namesRelay(audience: string, relayUrl: URL): boolean {
  const named = URL.parse(audience)
  return named !== null && withoutSlash(named) === withoutSlash(relayUrl)
}

/**
 * The audience to request tokens for. A relay chooses the audience in its offer and could name another relay's, so it
 * has to be the relay's own URL or confirmed by the user by name.
 * @throws AppError AUDIENCE_UNCONFIRMED
 */
export function audienceFor(url: URL, audience: string, confirmed: string | undefined): Audience {
  if (namesRelay(audience, url)) return { audience }
  if (confirmed === audience) return { audience, confirmedFor: url.href }
  const named = { url: url.href, audience: JSON.stringify(audience) }
  throw new AppError('AUDIENCE_UNCONFIRMED', errorCase('case.signIn.audience', named))
}

/**
 * Checks that a credential may be sent to the relay: an access token has to name its audience, which has to be the
 * relay's own URL or confirmed for it. Pairing credentials were issued by the relay itself.
 * @throws AppError AUDIENCE_UNCONFIRMED
 */
export function requireSendable({
  credential,
  relayUrl,
  oidc,
}: Pick<DeviceIdentity, 'credential' | 'relayUrl' | 'oidc'>): void {
  if (oidc === undefined) return
  const isOfRelay = namesRelay(oidc.audience, new URL(relayUrl)) || oidc.confirmedFor === relayUrl
  if (!isOfRelay || !audiencesIn(credential).includes(oidc.audience))
    throw new AppError('AUDIENCE_UNCONFIRMED')
}

function audiencesIn(token: string): readonly string[] {
  try {
    const { aud = [] } = decodeJwt(token)
    return typeof aud === 'string' ? [aud] : aud
  } catch {
    // A token that is not a JWT names no audience.
    return []
  }
}

function withoutSlash({ href }: URL): string {
  return href.replace(/\/+$/, '')
}
