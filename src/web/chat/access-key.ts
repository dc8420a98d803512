import { routingIdOfKey } from '../../shared/key-format.ts'

/** The key in a pasted or scanned text: the key itself, or a link that contains it. */
export function keyIn(text: string): string | null {
  const [key] = /ctl_[a-z2-7]{20}_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/.exec(text.slice(0, 4096)) ?? []
  return key !== undefined && routingIdOfKey(key) !== undefined ? key : null
}
