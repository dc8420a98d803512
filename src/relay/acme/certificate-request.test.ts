import { createPublicKey, verify } from 'node:crypto'
import { expect, it } from 'vitest'
import { certificateRequest } from './certificate-request.ts'
import { createKey } from './certificate-store.ts'

/** The header of a DER element and its content. */
function elementAt(bytes: Buffer, at: number): { readonly content: Buffer; readonly end: number } {
  const first = bytes[at + 1]!
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes)
  const start = at + 2 + lengthBytes
  return { content: bytes.subarray(start, start + length), end: start + length }
}

it.each(['a.example', `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example`])(
  'is a request for exactly this name, signed by the key: %s',
  (domain) => {
    const key = createKey()
    const bytes = certificateRequest(domain, key)
    const whole = elementAt(bytes, 0)
    expect(whole.end).toBe(bytes.length)
    const info = elementAt(whole.content, 0)
    const algorithm = elementAt(whole.content, info.end)
    const signature = elementAt(whole.content, algorithm.end)
    const signed = whole.content.subarray(0, info.end)
    expect(signature.end).toBe(whole.content.length)
    expect(verify('sha256', signed, createPublicKey(key), signature.content.subarray(1))).toBe(true)
    const name = Buffer.concat([
      Buffer.of(0x82, ...(domain.length < 0x80 ? [] : [0x81]), domain.length),
      Buffer.from(domain),
    ])
    expect(signed.includes(name)).toBe(true)
    expect(signed.includes(createPublicKey(key).export({ type: 'spki', format: 'der' }))).toBe(true)
  },
)
