/**
 * A key's text: `ctl_<routing id>_<secret>`. The routing id names the owner at the relay and is not secret. It lets
 * the relay distinguish an offline desktop from an unknown key without storing anything.
 */

const KEY = /^ctl_([a-z2-7]{20})_([A-Za-z0-9_-]{43})$/

/** An owner's routing id: 12 bytes in lower-case base32, issued and verified by the relay. */
export const ROUTING_ID = /^[a-z2-7]{20}$/

/** @param secret 32 random bytes in base64url. */
export function formatKey(routingId: string, secret: string): string {
  return `ctl_${routingId}_${secret}`
}

/** The routing id in a well-formed key, `undefined` for any other text. */
export function routingIdOfKey(key: string): string | undefined {
  return KEY.exec(key)?.[1]
}
