import { createPublicKey, verify } from 'node:crypto'
import type { DeviceProof } from '../../shared/device-proof.ts'
import { digestOf } from '../../tunnel/digest.ts'

/** The JWK thumbprint (RFC 7638) of a device's public key, the `cnf.jkt` of credentials. */
export function thumbprintOf(x: string): string {
  return digestOf(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
}

/** The thumbprint of the key that signed the statement; `undefined` for an invalid signature. */
export function provenThumbprint(statement: string, { key, signature }: DeviceProof): string | undefined {
  try {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' })
    const isProven = verify(null, Buffer.from(statement), publicKey, Buffer.from(signature, 'base64url'))
    return isProven ? thumbprintOf(key) : undefined
  } catch {
    // Not every text of the right length is a key.
    return undefined
  }
}
