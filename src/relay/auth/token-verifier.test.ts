import { expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { TokenVerifier } from './token-verifier.ts'
import { Challenges } from './challenges.ts'
import { Credentials } from './credential.ts'
import { OidcIssuer } from './oidc-issuer.ts'
import { createSigningKey } from './signing-key.ts'

const clock = new FakeClock()
const credentials = new Credentials(await createSigningKey(), clock)
const issuer = new OidcIssuer({
  issuer: 'https://id.example',
  audiences: ['https://relay.example', 'other'],
  requiredScope: undefined,
  clock,
})
const challenges = new Challenges(new Uint8Array(32), clock)
const tokenVerifier = new TokenVerifier(credentials, [issuer], challenges, { isRevoked: () => false })

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const tokenOf = (claims: object): string => `${part({ alg: 'RS256' })}.${part(claims)}.c2ln`

it('could accept its own credentials, and its issuers’ tokens with its audience', async () => {
  const own = await credentials.issue({ ownerId: 'owner' as OwnerId, deviceId: 'd', deviceName: 'desk' })
  expect(tokenVerifier.couldAccept(own)).toBe(true)
  for (const aud of ['other', ['x', 'https://relay.example']])
    expect(tokenVerifier.couldAccept(tokenOf({ iss: 'https://id.example', aud }))).toBe(true)
})

it.each([
  tokenOf({ iss: 'https://sso.example', aud: 'other' }),
  tokenOf({ iss: 'https://id.example', aud: 'dashboard' }),
  tokenOf({ iss: 'https://id.example' }),
  tokenOf({ aud: 'other' }),
  tokenOf({ iss: ['https://id.example'], aud: 'other' }),
  'a.b.c',
  `a.${'b'.repeat(20_000)}.c`,
])('could never accept %s', (token) => {
  expect(tokenVerifier.couldAccept(token)).toBe(false)
})
