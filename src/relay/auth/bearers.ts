import type { JWTPayload } from 'jose'
import { decodeJwt } from 'jose/jwt/decode'
import { AppError } from '../../shared/errors.ts'
import type { Credential, Credentials } from './credential.ts'
import type { OidcIssuer, Person } from './oidc-issuer.ts'

/** Who shows a token: a device that paired, or somebody who signed in. */
export type Bearer = ({ readonly kind: 'device' } & Credential) | ({ readonly kind: 'person' } & Person)

/** Whose a tunnel is, and which of their machines is at its other end. */
export type TunnelCredential = Credential & Pick<Bearer, 'kind'>

/** A device that paired cannot change its name; the machines of a person say theirs themselves. */
export function tunnelCredentialFor(
  bearer: Bearer,
  device: Pick<Credential, 'deviceId' | 'deviceName'>,
): TunnelCredential {
  if (bearer.kind === 'device') return bearer
  const { kind, ownerId, expiresAt } = bearer
  const { deviceId, deviceName } = device
  return { kind, ownerId, deviceId, deviceName, expiresAt, renewAfter: Infinity }
}

/** Access tokens with many groups in them get long. */
const MAX_TOKEN_CHARS = 16 * 1024

/** Judges every token that is not a key, by whom it says it is from. */
export class Bearers {
  readonly #credentials: Credentials
  readonly #issuers: ReadonlyMap<string, OidcIssuer>

  constructor(credentials: Credentials, issuers: readonly OidcIssuer[]) {
    this.#credentials = credentials
    this.#issuers = new Map(issuers.map((one) => [one.issuer, one]))
  }

  /** Whether the token says that it is from somebody whose tokens are good here, and meant for this relay. Proves nothing. */
  couldAccept(token: string): boolean {
    if (token.length > MAX_TOKEN_CHARS) return false
    const { iss = '', aud } = claimsOf(token)
    if (iss === this.#credentials.issuer) return true
    return this.#issuers.get(iss)?.isMeantForUs(aud) ?? false
  }

  /** @throws AppError CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, TOKEN_EXPIRED, ISSUER_UNREACHABLE */
  async verify(token: string): Promise<Bearer> {
    if (token.length > MAX_TOKEN_CHARS) throw new AppError('CREDENTIAL_INVALID')
    const issuer = this.#issuers.get(claimsOf(token).iss ?? '')
    if (issuer !== undefined) return { kind: 'person', ...(await issuer.verify(token)) }
    return { kind: 'device', ...(await this.#credentials.verify(token)) }
  }
}

/** Not yet proven: they only decide who is to prove them. */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
