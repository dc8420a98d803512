import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { z } from 'zod'
import {
  formatRequestProof,
  handshakeStatement,
  PROOF_FIELD,
  requestStatement,
  type DeviceProof,
} from '../../shared/device-proof.ts'
import { digestOf } from '../../tunnel/digest.ts'

/** An Ed25519 key pair: the private and public part of its JWK (RFC 8037). */
export const DeviceKeySchema = z
  .object({ d: z.string().regex(/^[\w-]{43}$/), x: z.string().regex(/^[\w-]{43}$/) })
  .readonly()

export type DeviceKey = z.infer<typeof DeviceKeySchema>

/** Credential that a device presents to its relay. */
export interface BoundCredential {
  readonly credential: string
  readonly key?: DeviceKey
}

/** Creates a key. Each pairing has its own, so that two relays cannot correlate a device. */
export function createDeviceKey(): DeviceKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return DeviceKeySchema.parse({ d, x })
}

/**
 * Proof for the handshake of a connection; `undefined` if the relay does not ask for one or the device has no
 * key.
 */
export function handshakeProof(
  { credential, key }: BoundCredential,
  challenge: string | undefined,
): DeviceProof | undefined {
  if (key === undefined || challenge === undefined) return undefined
  return signed(key, handshakeStatement({ challenge, credentialDigest: digestOf(credential) }))
}

/**
 * Header fields of an HTTP request to the relay with the device's credential.
 * @param path from the relay's root, without the query
 * @param challenge from the relay's self-description; `undefined` = no proof required
 */
export function credentialFields(
  { credential, key }: BoundCredential,
  method: string,
  path: string,
  challenge: string | undefined,
): Record<string, string> {
  const authorization = `Bearer ${credential}`
  if (key === undefined || challenge === undefined) return { authorization }
  const proof = signed(
    key,
    requestStatement(method, path, { challenge, credentialDigest: digestOf(credential) }),
  )
  return { authorization, [PROOF_FIELD]: formatRequestProof(proof, challenge) }
}

function signed({ d, x }: DeviceKey, statement: string): DeviceProof {
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' })
  return { key: x, signature: sign(null, Buffer.from(statement), privateKey).toString('base64url') }
}
