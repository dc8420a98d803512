import type { WallMs } from '../../shared/brands.ts'
import type { Random } from '../../shared/clock.ts'

export interface Validity {
  readonly notBefore: WallMs
  readonly notAfter: WallMs
}

const FIRST_RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000
/** No authority asks for more; a longer `Retry-After` is a mistake. */
const MAX_WAIT_MS = 7 * 24 * 3_600_000

/** Two thirds of the certificate's life, which leaves a month for retries of a usual certificate. */
export function renewalTime({ notBefore, notAfter }: Validity): WallMs {
  return (notBefore + ((notAfter - notBefore) * 2) / 3) as WallMs
}

export function isValidAt({ notBefore, notAfter }: Validity, now: WallMs): boolean {
  return notBefore <= now && now < notAfter
}

/**
 * The pause after consecutive failures: from a minute, doubled up to an hour, less up to half at random. Let's Encrypt
 * allows five failed validations an hour and name.
 * @param retryAfterS the authority's own request, which is never undercut
 */
export function retryDelayMs(failures: number, retryAfterS: number | undefined, random: Random): number {
  const fullMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10), MAX_RETRY_MS)
  const backoffMs = fullMs * (1 - random() / 2)
  const askedMs = Math.min(1_000 * (retryAfterS ?? 0), MAX_WAIT_MS)
  return askedMs > 0 ? Math.max(askedMs + random() * FIRST_RETRY_MS, backoffMs) : backoffMs
}
