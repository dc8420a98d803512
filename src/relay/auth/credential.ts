import { randomUUID } from 'node:crypto'
import { JWTExpired } from 'jose/errors'
import { SignJWT } from 'jose/jwt/sign'
import { jwtVerify } from 'jose/jwt/verify'
import { z } from 'zod'
import type { OwnerId } from '../../shared/brands.ts'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { SigningKey } from './signing-key.ts'
import { digestOf } from '../../tunnel/digest.ts'

/** The device that a credential identifies. */
export interface Device {
  readonly ownerId: OwnerId
  readonly deviceId: string
  readonly deviceName: string
}

/** A valid credential. Times in milliseconds since the epoch. */
export interface Credential extends Device {
  /** Thumbprint of the required device key; `undefined` for credentials issued before device keys existed. */
  readonly boundTo: string | undefined
  readonly expiresAt: number
  /** From this time on the device should receive a new one. */
  readonly renewAfter: number
}

const ALGORITHM = 'EdDSA'
const AUDIENCE = 'ctl.device'
export const LIFETIME_S = 90 * 24 * 60 * 60
/** Tolerated clock difference between the two ends. */
export const CLOCK_TOLERANCE_MS = 60_000
const MAX_TOKEN_CHARS = 4096
const MAX_CACHED = 10_000
/** RFC 7800, section 3.1; RFC 9449, section 6.1. */
const Confirmation = z.object({ jkt: z.string() })

/** Issues and verifies device credentials: JWTs signed with the relay's own key. */
export class Credentials {
  readonly #key: SigningKey
  readonly #clock: Clock
  /** The `iss` claim. */
  readonly issuer: string
  /** Verified credentials by digest, least recently used first. */
  readonly #cache = new Map<string, Credential>()

  constructor(key: SigningKey, clock: Clock) {
    this.#key = key
    this.#clock = clock
    this.issuer = `urn:ctl:relay:${key.keyId}`
  }

  /** Valid for 90 days. @param boundTo thumbprint of the device key, if there is one */
  issue(device: Device, boundTo?: string): Promise<string> {
    const nowS = Math.floor(this.#clock.now() / 1000)
    return new SignJWT({
      device_id: device.deviceId,
      device_name: device.deviceName,
      ...(boundTo !== undefined && { cnf: { jkt: boundTo } }),
    })
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#key.keyId })
      .setIssuer(this.issuer)
      .setAudience(AUDIENCE)
      .setSubject(device.ownerId)
      .setIssuedAt(nowS)
      .setExpirationTime(nowS + LIFETIME_S)
      .setJti(randomUUID())
      .sign(this.#key.privateKey)
  }

  /**
   * Cheap for a known token, since HTTP clients may send theirs with every request.
   * @throws AppError CREDENTIAL_INVALID, CREDENTIAL_EXPIRED
   */
  async verify(token: string): Promise<Credential> {
    if (token.length > MAX_TOKEN_CHARS) throw new AppError('CREDENTIAL_INVALID')
    const digest = digestOf(token)
    const credential = this.#cache.get(digest) ?? (await this.#verify(token))
    this.#cache.delete(digest)
    if (this.#clock.now() >= credential.expiresAt + CLOCK_TOLERANCE_MS)
      throw new AppError('CREDENTIAL_EXPIRED')
    this.#remember(digest, credential)
    return credential
  }

  #remember(digest: string, credential: Credential): void {
    this.#cache.set(digest, credential)
    if (this.#cache.size <= MAX_CACHED) return
    const [oldest = ''] = this.#cache.keys()
    this.#cache.delete(oldest)
  }

  async #verify(token: string): Promise<Credential> {
    try {
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        algorithms: [ALGORITHM],
        issuer: this.issuer,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'iat', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_MS / 1000,
        currentDate: new Date(this.#clock.now()),
      })
      const { sub = '', iat = 0, exp = 0, device_id, device_name, cnf } = payload
      return {
        ownerId: sub as OwnerId,
        deviceId: String(device_id),
        deviceName: String(device_name),
        boundTo: cnf === undefined ? undefined : Confirmation.parse(cnf).jkt,
        expiresAt: exp * 1000,
        renewAfter: ((iat + exp) / 2) * 1000,
      }
    } catch (cause) {
      const expired = cause instanceof JWTExpired
      throw new AppError(expired ? 'CREDENTIAL_EXPIRED' : 'CREDENTIAL_INVALID', undefined, { cause })
    }
  }
}
