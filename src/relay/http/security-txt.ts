import type { RelayConfig } from '../config.ts'
import { SECURITY_POLICY } from '../settings.ts'

const DAY_MS = 86_400_000
/** RFC 9116 recommends less than a year. */
const GOOD_FOR_DAYS = 180

/**
 * The content of `/.well-known/security.txt` (RFC 9116).
 * @param now milliseconds since the epoch
 */
export function securityTxt(
  { securityContact, publicUrl }: Pick<RelayConfig, 'securityContact' | 'publicUrl'>,
  now: number,
): string {
  // Rounded to the day, so replicas respond alike.
  const expires = new Date((Math.floor(now / DAY_MS) + GOOD_FOR_DAYS) * DAY_MS)
  const fields = {
    Contact: securityContact,
    Expires: expires.toISOString().replace('.000Z', 'Z'),
    'Preferred-Languages': 'en',
    Policy: SECURITY_POLICY,
    ...(publicUrl?.startsWith('https:') ? { Canonical: `${publicUrl}/.well-known/security.txt` } : {}),
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')
}
