import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OwnerId } from '../../shared/brands.ts'
import { ROUTING_ID } from '../../shared/key-format.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const ID_BYTES = 8
const CHECK_BYTES = 4

/**
 * Routing ids of a relay's owners: an identifier and a check, both keyed, so the relay recognizes its own ids without
 * storing them (src/shared/key-format.ts).
 */
export class RoutingIds {
  readonly #secret: Uint8Array

  /** @param secret `SigningKey.routingSecret` */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  routingIdFor(ownerId: OwnerId): string {
    return this.#complete(this.#mac(`address:${ownerId}`).subarray(0, ID_BYTES))
  }

  /** Whether this relay issued the routing id: distinguishes an offline desktop's key from an invalid one. */
  isIssued(routingId: string): boolean {
    if (!ROUTING_ID.test(routingId)) return false
    const expected = this.#complete(decodeBase32(routingId).subarray(0, ID_BYTES))
    return timingSafeEqual(Buffer.from(routingId), Buffer.from(expected))
  }

  #complete(id: Uint8Array): string {
    const check = this.#mac(id).subarray(0, CHECK_BYTES)
    return encodeBase32(Buffer.concat([id, check]))
  }

  #mac(data: string | Uint8Array): Buffer {
    return createHmac('sha256', this.#secret).update(data).digest()
  }
}

function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff
    bits += 8
    for (; bits >= 5; bits -= 5) text += ALPHABET[(value >> (bits - 5)) & 31]
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text
}

/** Trailing bits are dropped. */
function decodeBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const char of text) {
    value = ((value << 5) | ALPHABET.indexOf(char)) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}
