import { SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { Credentials } from './credential.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const device = { ownerId: 'alice' as OwnerId, deviceId: 'd1', deviceName: 'Desk' }

let key: SigningKey
let clock: FakeClock
let credentials: Credentials
beforeAll(async () => {
  key = await createSigningKey()
})
beforeEach(() => {
  clock = new FakeClock()
  credentials = new Credentials(key, clock)
})

/** A token that differs from a valid one as given. */
function forge(
  claims: object,
  header: object = {},
  secret: SigningKey['privateKey'] | Uint8Array = key.privateKey,
) {
  const nowS = clock.now() / 1000
  const good = {
    iss: `urn:ctl:relay:${key.keyId}`,
    aud: 'ctl.device',
    sub: 'alice',
    iat: nowS,
    exp: nowS + 100,
  }
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(secret)
}

describe('Credentials', () => {
  it('identifies a device by its credential, across a restart of the relay', async () => {
    const token = await credentials.issue(device)
    const verified = await new Credentials(key, clock).verify(token)
    expect(verified).toEqual({
      ...device,
      expiresAt: clock.now() + 90 * DAY_MS,
      renewAfter: clock.now() + 45 * DAY_MS,
    })
  })

  it('reports an old credential as expired, not invalid, so the device knows to pair again', async () => {
    const token = await credentials.issue(device)
    clock.jump(90 * DAY_MS + 61_000)
    await expect(credentials.verify(token)).rejects.toMatchObject({ code: 'CREDENTIAL_EXPIRED' })
  })

  it('does not cache a credential past its expiry', async () => {
    const token = await credentials.issue(device)
    await credentials.verify(token)
    clock.jump(90 * DAY_MS + 59_000)
    await expect(credentials.verify(token)).resolves.toMatchObject(device)
    clock.jump(2000)
    await expect(credentials.verify(token)).rejects.toMatchObject({ code: 'CREDENTIAL_EXPIRED' })
  })

  it('verifies a signature once, then uses the cache', async () => {
    const token = await credentials.issue(device)
    expect(await credentials.verify(token)).toBe(await credentials.verify(token))
  })

  it('refuses another relay’s credential, another audience, another issuer, and one without an expiry', async () => {
    const foreign = await new Credentials(await createSigningKey(), clock).issue(device)
    const bad = [
      foreign,
      await forge({ aud: 'somebody.else' }),
      await forge({ iss: 'urn:ctl:relay:other' }),
      await forge({ exp: undefined }),
      await forge({ sub: undefined }),
      await forge({ nbf: clock.now() / 1000 + 1000 }),
    ]
    for (const token of bad)
      await expect(credentials.verify(token)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' })
  })

  it('refuses every algorithm but its own: none, and HMAC with the public key as the secret', async () => {
    const unsigned = (await forge({})).split('.')
    unsigned[0] = Buffer.from('{"alg":"none"}').toString('base64url')
    const publicBytes = Buffer.from(key.publicKey.export({ format: 'jwk' }).x!, 'base64url')
    const bad = [`${unsigned[0]}.${unsigned[1]}.`, await forge({}, { alg: 'HS256' }, publicBytes)]
    for (const token of bad)
      await expect(credentials.verify(token)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' })
  })

  it.each(['', 'x', 'a.b.c', 'ey.ey.ey', 'x'.repeat(1_000_000)])('refuses nonsense', async (token) => {
    await expect(credentials.verify(token)).rejects.toMatchObject({ code: 'CREDENTIAL_INVALID' })
  })

  it('refuses a modified payload with an old signature', async () => {
    const [head, payload = '', signature] = (await credentials.issue(device)).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'bob' })).toString('base64url')
    await expect(credentials.verify(`${head}.${changed}.${signature}`)).rejects.toMatchObject({
      code: 'CREDENTIAL_INVALID',
    })
  })
})
