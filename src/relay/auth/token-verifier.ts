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

/** The holder of a token: a paired device or a signed-in user. */
export type Bearer = ({ readonly kind: 'device' } & Credential) | ({ readonly kind: 'person' } & Person)

/** The owner of a tunnel and the device at its other end. */
export type TunnelCredential = Credential & Pick<Bearer, 'kind'>

/** A paired device's name is fixed; a signed-in user's devices send their own. */
export function tunnelCredentialFor(
  bearer: Bearer,
  device: Pick<Credential, 'deviceId' | 'deviceName'>,
): TunnelCredential {
  if (bearer.kind === 'device') return bearer
  const { kind, ownerId, expiresAt } = bearer
  const { deviceId, deviceName } = device
  return { kind, ownerId, deviceId, deviceName, boundTo: undefined, expiresAt, renewAfter: Infinity }
}

/** The parts of an HTTP request that a proof covers. */
export interface ProvenRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The field `x-ctl-proof`. */
  readonly proof: string | undefined
  /** Another replica has verified the proof. */
  readonly isVouchedFor: boolean
}

/** Access tokens with many groups are long. */
const MAX_TOKEN_CHARS = 16 * 1024

/** Verifies every token other than keys, by its claimed issuer. */
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

  /** Whether the token's claimed issuer and audience are accepted here. Verifies nothing. */
  couldAccept(token: string): boolean {
    if (token.length > MAX_TOKEN_CHARS) return false
    const { iss = '', aud } = claimsOf(token)
    if (iss === this.#credentials.issuer) return true
    return this.#issuers.get(iss)?.isMeantForUs(aud) ?? false
  }

  /**
   * Verifies the token only: the caller has to check the proof if the credential is bound to a key.
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
   * Verifies the token of an HTTP request, and its proof if the token is bound to a key.
   * @throws AppError like `verify`, and PROOF_INVALID
   */
  async authenticate(token: string, request: ProvenRequest): Promise<Bearer> {
    const bearer = await this.verify(token)
    const boundTo = bearer.kind === 'device' ? bearer.boundTo : undefined
    if (boundTo === undefined || request.isVouchedFor) return bearer
    if (!isProven(token, boundTo, request, this.#challenges)) throw new AppError('PROOF_INVALID')
    return bearer
  }
}

/** Whether the request has a signature by the bound key over one of our challenges. */
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

/** Unverified claims, only used to select the verifier. */
function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    return {}
  }
}
