/**
 * Proof of possession of a device key: both ends build the same text, the device signs it with Ed25519 (RFC 8032), and
 * the relay verifies the signature. See docs/protocol.md.
 */
import { isJsonObject } from './json-object.ts'

/** The public key as the `x` of an Ed25519 JWK (RFC 8037), and the signature, both in base64url. */
export interface DeviceProof {
  readonly key: string
  readonly signature: string
}

/** Header of the WebSocket upgrade response: random text that the handshake on this connection has to sign. */
export const CHALLENGE_FIELD = 'x-ctl-challenge'
/** Header of an HTTP request with a device credential: `<key>.<challenge>.<signature>`. */
export const PROOF_FIELD = 'x-ctl-proof'

const KEY = /^[\w-]{43}$/
const SIGNATURE = /^[\w-]{86}$/
const CHALLENGE = /^[\w-]{16,128}$/

/** Inputs of the signed text, for one credential. */
export interface ProofSubject {
  /** SHA-256 of the credential's text, in base64url. */
  readonly credentialDigest: string
  readonly challenge: string
}

/** The text that a device signs in its HELLO. */
export function handshakeStatement({ challenge, credentialDigest }: ProofSubject): string {
  return ['ctl.greeting.v1', challenge, credentialDigest].join('\n')
}

/** The text that a device signs for one HTTP request. @param path without the query, from the relay's root */
export function requestStatement(
  method: string,
  path: string,
  { challenge, credentialDigest }: ProofSubject,
): string {
  return ['ctl.request.v1', method, path, challenge, credentialDigest].join('\n')
}

export function isDeviceKey(value: unknown): value is string {
  return typeof value === 'string' && KEY.test(value)
}

export function isChallenge(value: unknown): value is string {
  return typeof value === 'string' && CHALLENGE.test(value)
}

/** `undefined` if the value is malformed. The relay verifies the proof. */
export function parseDeviceProof(value: unknown): DeviceProof | undefined {
  if (!isJsonObject(value)) return undefined
  const { key, signature } = value
  if (!isDeviceKey(key) || typeof signature !== 'string' || !SIGNATURE.test(signature)) return undefined
  return { key, signature }
}

export function formatRequestProof({ key, signature }: DeviceProof, challenge: string): string {
  return [key, challenge, signature].join('.')
}

/** Parses the request header; `undefined` if it contains no proof. */
export function parseRequestProof(
  field: string,
): { readonly proof: DeviceProof; readonly challenge: string } | undefined {
  const [key, challenge, signature, ...rest] = field.split('.', 4)
  const proof = parseDeviceProof({ key, signature })
  return proof === undefined || !isChallenge(challenge) || rest.length > 0 ? undefined : { proof, challenge }
}
