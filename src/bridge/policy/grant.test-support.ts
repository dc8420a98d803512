import type { Grant } from './grant.ts'

/** A key with the default scopes and no limits, with overrides. For tests only. */
export function testGrant(parts: Partial<Grant> = {}): Grant {
  return {
    id: 'k1',
    name: 'phone',
    scopes: ['inference', 'read'],
    models: null,
    maxConcurrent: null,
    ...parts,
  }
}
