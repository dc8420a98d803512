import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import vectors from '../../shared/device-proof-vectors.json' with { type: 'json' }
import { createDeviceKey, credentialFields, handshakeProof } from './device-key.ts'

const { d, x, credential, challenge, handshake, request } = vectors
const device = { credential, key: { d, x } }

describe('the proof of a device key', () => {
  it('signs a handshake as in the golden vectors', () => {
    expect(handshakeProof(device, challenge)).toEqual({ key: x, signature: handshake.signature })
  })

  it('signs a request as in the golden vectors', () => {
    expect(credentialFields(device, request.method, request.path, challenge)).toEqual({
      authorization: `Bearer ${credential}`,
      'x-ctl-proof': request.field,
    })
  })

  it('is omitted if the relay requires none or the device has no key', () => {
    expect(handshakeProof(device, undefined)).toBeUndefined()
    expect(handshakeProof({ credential }, challenge)).toBeUndefined()
    expect(credentialFields(device, 'GET', '/', undefined)).toEqual({ authorization: `Bearer ${credential}` })
  })

  it('uses a separate key for each pairing', () => {
    const [a, b] = [createDeviceKey(), createDeviceKey()]
    expect(a.x).not.toBe(b.x)
    const proof = handshakeProof({ credential, key: a }, challenge)
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: a.x }, format: 'jwk' })
    const signature = Buffer.from(proof?.signature ?? '', 'base64url')
    expect(verify(null, Buffer.from(handshake.statement), publicKey, signature)).toBe(true)
  })
})
