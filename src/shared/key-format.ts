/**
 * A key's text: `ctl_<address>_<secret>`. The address names the owner's place at the relay and is not secret; it lets the
 * relay tell "this desktop is offline" from "this key is nobody's" without storing anything.
 */

const KEY = /^ctl_([a-z2-7]{20})_([A-Za-z0-9_-]{43})$/

/** An owner's address: 12 bytes in lower-case base32, handed out and checked by the relay. */
export const ADDRESS = /^[a-z2-7]{20}$/

/** @param secret 32 random bytes in base64url. */
export function formatKey(address: string, secret: string): string {
  return `ctl_${address}_${secret}`
}

/** The address in a well-formed key, `undefined` for any other text. */
export function routingIdOfKey(key: string): string | undefined {
  return KEY.exec(key)?.[1]
}
