import { createHash } from 'node:crypto'
import type { OwnerId } from '../../shared/brands.ts'
import { PERSON_PREFIX } from '../owner-id.ts'

/**
 * The owner id of a signed-in user; the same subject at two issuers is two owners. Hashed, because subjects may contain
 * slashes, which paths cannot, and are private.
 */
export function personIdFor(issuer: string, subject: string): OwnerId {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
  return (PERSON_PREFIX + digest) as OwnerId
}
