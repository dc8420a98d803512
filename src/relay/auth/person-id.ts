import { createHash } from 'node:crypto'

/** Nobody who paired may have a name that begins so. */
export const PERSON_PREFIX = 'oidc-'

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

export function isPersonId(ownerId: string): boolean {
  return ownerId.startsWith(PERSON_PREFIX)
}
