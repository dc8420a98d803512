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

/** An Ed25519 key pair: private and public half of its JWK (RFC 8037). */
export const DeviceKeySchema = z
  .object({ d: z.string().regex(/^[\w-]{43}$/), x: z.string().regex(/^[\w-]{43}$/) })
  .readonly()

export type DeviceKey = z.infer<typeof DeviceKeySchema>

/** A device's credential and key for its relay. */
export interface BoundCredential {
  readonly credential: string
  readonly key?: DeviceKey
}

/** A new key per pairing, so two relays cannot tell that they know the same device. */
export function createDeviceKey(): DeviceKey {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return DeviceKeySchema.parse({ d, x })
}

/** The proof for a connection's handshake; `undefined` if the relay requires none or the device has no key. */
export function handshakeProof(
  { credential, key }: BoundCredential,
  challenge: string | undefined,
): DeviceProof | undefined {
  if (key === undefined || challenge === undefined) return undefined
  return signed(key, handshakeStatement({ challenge, credentialDigest: digestOf(credential) }))
}

/**
 * Headers of an HTTP request to the relay with the device's credential.
 * @param path from the relay's root, without the query
 * @param challenge of the relay's self-description; `undefined` if it requires no proof
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
