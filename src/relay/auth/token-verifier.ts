import type { JWTPayload } from 'jose'
import { decodeJwt } from 'jose/jwt/decode'
import { parseRequestProof, requestStatement } from '../../shared/device-proof.ts'
import { AppError } from '../../shared/errors.ts'
import type { Challenges } from './challenges.ts'
import type { Credential, Credentials } from './credential.ts'
import { provenThumbprint } from './device-proof.ts'
import type { OidcIssuer, Person } from './oidc-issuer.ts'
import type { Revocations } from './revocations.ts'
import { digestOf } from '../../tunnel/digest.ts'

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
  return { kind, ownerId, deviceId, deviceName, boundTo: undefined, expiresAt, renewAfter: Infinity }
}

/** The parts of an HTTP request that a proof is about. */
export interface ProvenRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The field `x-ctl-proof`. */
  readonly proof: string | undefined
  /** Another replica has verified the proof. */
  readonly isVouchedFor: boolean
}

/** Access tokens with many groups in them get long. */
const MAX_TOKEN_CHARS = 16 * 1024

/** Judges every token that is not a key, by whom it says it is from. */
export class TokenVerifier {
  readonly #credentials: Credentials
  readonly #issuers: ReadonlyMap<string, OidcIssuer>
  readonly #challenges: Challenges
  readonly #revocations: Pick<Revocations, 'isRevoked'>

  constructor(
    credentials: Credentials,
    issuers: readonly OidcIssuer[],
    challenges: Challenges,
    revocations: Pick<Revocations, 'isRevoked'>,
  ) {
    this.#credentials = credentials
    this.#challenges = challenges
    this.#revocations = revocations
    this.#issuers = new Map(issuers.map((one) => [one.issuer, one]))
  }

  /** Whether the token says that it is from somebody whose tokens are good here, and meant for this relay. Proves nothing. */
  couldAccept(token: string): boolean {
    if (token.length > MAX_TOKEN_CHARS) return false
    const { iss = '', aud } = claimsOf(token)
    if (iss === this.#credentials.issuer) return true
    return this.#issuers.get(iss)?.isMeantForUs(aud) ?? false
  }

  /**
   * Judges the token alone: the caller still has to see the proof where a credential is bound to a key.
   * @throws AppError CREDENTIAL_INVALID, CREDENTIAL_EXPIRED, DEVICE_REVOKED, TOKEN_EXPIRED, ISSUER_UNREACHABLE
   */
  async verify(token: string): Promise<Bearer> {
    if (token.length > MAX_TOKEN_CHARS) throw new AppError('CREDENTIAL_INVALID')
    const issuer = this.#issuers.get(claimsOf(token).iss ?? '')
    if (issuer !== undefined) return { kind: 'person', ...(await issuer.verify(token)) }
    const credential = await this.#credentials.verify(token)
    if (this.#revocations.isRevoked(credential.ownerId, credential.deviceId))
      throw new AppError('DEVICE_REVOKED')
    return { kind: 'device', ...credential }
  }

  /**
   * Judges the token of an HTTP request, and its proof where the token is bound to a key.
   * @throws AppError as `verify`, and PROOF_INVALID
   */
  async authenticate(token: string, request: ProvenRequest): Promise<Bearer> {
    const bearer = await this.verify(token)
    const boundTo = bearer.kind === 'device' ? bearer.boundTo : undefined
    if (boundTo === undefined || request.isVouchedFor) return bearer
    if (!isProven(token, boundTo, request, this.#challenges)) throw new AppError('PROOF_INVALID')
    return bearer
  }
}

/** Whether the request carries a signature of the key that the token is bound to, over a challenge of ours. */
function isProven(
  token: string,
  boundTo: string,
  { method, path, proof }: ProvenRequest,
  challenges: Challenges,
): boolean {
  const shown = proof === undefined ? undefined : parseRequestProof(proof)
  if (shown === undefined || !challenges.isFresh(shown.challenge)) return false
  const subject = { challenge: shown.challenge, credentialDigest: digestOf(token) }
  return provenThumbprint(requestStatement(method, path, subject), shown.proof) === boundTo
}

/** Not yet proven: they only decide who is to prove them. */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
