import { beforeEach, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import { formatKey } from '../../shared/key-format.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { keyDigestOf } from '../../tunnel/digest.ts'
import { AuthFailures } from '../limits/auth-failures.ts'
import { limiterFactory } from '../limits/sliding-window.ts'
import { type Authenticated, Authenticator, type KeyHolder } from './authenticator.ts'
import { RoutingIds } from './routing-id.ts'
import type { TokenVerifier } from './token-verifier.ts'

const ALICE = 'alice' as OwnerId

const routingIds = new RoutingIds(new Uint8Array(32))
const routingId = routingIds.routingIdFor(ALICE)
const KEY = formatKey(routingId, 'S'.repeat(43))
const TOKEN = 'a.b.c'
const coded = (code: ErrorCode): unknown => expect.objectContaining({ code })

let verified: number
let tunnels: KeyHolder[]
let authenticator: Authenticator
beforeEach(() => {
  verified = 0
  tunnels = [tunnel(KEY)]
  const tokenVerifier = {
    authenticate: async () => {
      verified += 1
      return { kind: 'person', ownerId: 'alice', subject: 'alice@idp' }
    },
  }
  authenticator = new Authenticator({
    authFailures: new AuthFailures(3, limiterFactory(new FakeClock())),
    tokenVerifier: tokenVerifier as unknown as TokenVerifier,
    routingIds,
    directory: {
      ownerAt: (id) => (id === routingId && tunnels.length > 0 ? ALICE : undefined),
      tunnelsOf: () => tunnels,
    },
  })
})

function tunnel(...keys: readonly string[]): KeyHolder {
  return {
    hasAnnounced: true,
    hasKey: (digest) => keys.some((key) => keyDigestOf(key) === digest),
    arrival: async () => true,
  }
}

function request(credential: Authenticated['credential'], userId?: string): Authenticated {
  const message = { method: 'GET', url: '/api/tags', headers: {} } as Authenticated['request']
  return { request: message, countedAs: '192.0.2.1', pass: undefined, credential, userId }
}

const withKey = (key: string) => request({ kind: 'key', key, routingId })
const withToken = (userId?: string) => request({ kind: 'token', token: TOKEN }, userId)

it('resolves a key of a local device synchronously', () => {
  expect(authenticator.authenticate(withKey(KEY))).toEqual({
    ownerId: 'alice',
    principal: { kind: 'key', digest: keyDigestOf(KEY) },
  })
})

it('distinguishes an unknown key from one of an offline owner', () => {
  const other = formatKey(routingId, 'T'.repeat(43))
  expect(() => authenticator.authenticate(withKey(other))).toThrow(coded('KEY_UNKNOWN'))
  tunnels = []
  expect(() => authenticator.authenticate(withKey(KEY))).toThrow(coded('OFFLINE'))
})

it('trusts other relays about their own keys, but not about unknown ones', async () => {
  tunnels = []
  const claim = await authenticator.claimOf(withKey(KEY))
  const known = async () => ({ ownerId: ALICE, isUnknown: false })
  expect(await authenticator.clientOf(withKey(KEY), claim, known)).toMatchObject({ ownerId: 'alice' })
  const unknown = async () => ({ ownerId: undefined, isUnknown: true })
  await expect(authenticator.clientOf(withKey(KEY), claim, unknown)).rejects.toMatchObject({
    code: 'KEY_UNKNOWN',
  })
})

it('verifies a token once, however often it looks for a device', async () => {
  const claim = await authenticator.claimOf(withToken())
  for (let i = 0; i < 3; i++)
    expect(await authenticator.clientOf(withToken(), claim)).toMatchObject({ ownerId: 'alice' })
  expect(claim.routingId).toBe(routingId)
  expect(verified).toBe(1)
})

it('requires the owner in the path to match, by id or by the provider’s subject', async () => {
  await expect(authenticator.authenticate(withToken('bob'))).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(await authenticator.authenticate(withToken('alice'))).toMatchObject({ ownerId: 'alice' })
  expect(await authenticator.authenticate(withToken('alice@idp'))).toMatchObject({ ownerId: 'alice' })
})

it('stops checking keys from an address that guesses', () => {
  const guess = formatKey(routingId, 'T'.repeat(43))
  for (let i = 0; i < 3; i++)
    expect(() => authenticator.authenticate(withKey(guess))).toThrow(coded('KEY_UNKNOWN'))
  expect(() => authenticator.authenticate(withKey(KEY))).toThrow(coded('TOO_MANY_REQUESTS'))
})
