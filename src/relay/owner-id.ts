/** The prefix of the owner ids of people who signed in. No paired owner's id starts with it. */
export const PERSON_PREFIX = 'oidc-'

export function isPersonId(ownerId: string): boolean {
  return ownerId.startsWith(PERSON_PREFIX)
}
