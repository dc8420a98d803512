import { createHash } from 'node:crypto'
import { PERSON_PREFIX } from '../owner-id.ts'

/**
 * The owner id of somebody whom an identity provider knows: the same subject at two issuers is two people. Hashed, because
 * subjects hold what paths cannot (slashes), and are nobody else's business.
 */
export function personIdFor(issuer: string, subject: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
  return PERSON_PREFIX + digest
}
