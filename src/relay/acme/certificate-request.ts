import { createPublicKey, type KeyObject, sign } from 'node:crypto'

/** Tags of DER (ITU-T X.690). */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  dnsName: 0x82,
  attributes: 0xa0,
}
/** Object identifiers in DER. */
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  extensionRequest: '2a864886f70d01090e',
  subjectAltName: '551d11',
}

/**
 * A certificate request for one name in DER (RFC 2986). The subject is empty: the name is in the extension
 * subjectAltName.
 * @param key of the curve P-256
 */
export function certificateRequest(domain: string, key: KeyObject): Buffer {
  const names = der(TAG.sequence, der(TAG.dnsName, Buffer.from(domain, 'ascii')))
  const extension = der(TAG.sequence, oid(OID.subjectAltName), der(TAG.octetString, names))
  const attribute = der(TAG.sequence, oid(OID.extensionRequest), der(TAG.set, der(TAG.sequence, extension)))
  const info = der(
    TAG.sequence,
    der(TAG.integer, Buffer.of(0)),
    der(TAG.sequence),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    der(TAG.attributes, attribute),
  )
  const signature = der(TAG.bitString, Buffer.of(0), sign('sha256', info, key))
  return der(TAG.sequence, info, der(TAG.sequence, oid(OID.ecdsaWithSha256)), signature)
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag, ...lengthOf(content.length)), content])
}

function lengthOf(bytes: number): number[] {
  if (bytes < 0x80) return [bytes]
  return bytes < 0x100 ? [0x81, bytes] : [0x82, bytes >> 8, bytes & 0xff]
}
