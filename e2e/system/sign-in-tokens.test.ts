import { createPublicKey } from 'node:crypto'
import { SignJWT, type JWTPayload } from 'jose'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createSigningKey } from '../../src/relay/auth/signing-key.ts'
import { parseRelayConfig } from '../../src/relay/config.ts'
import { startRelay, type Relay } from '../../src/relay/relay.ts'
import { systemClock } from '../../src/tunnel/system-clock.ts'
import { closedAfter } from '../support/fixtures.ts'
import { AUDIENCE, CLIENT_ID, createProviderKey, LocalProvider } from '../support/oidc-provider-here.ts'
import { ownerToken, pair, startTestRelay } from '../support/stack.ts'

let provider: LocalProvider
let relay: Relay
beforeEach(async () => {
  provider = await startProvider()
  relay = await startTestRelayOf(provider.issuer)
})

const startProvider = (...args: Parameters<typeof LocalProvider.start>) =>
  closedAfter(LocalProvider.start(...args))

const startTestRelayOf = (oidcIssuers: string, flags: object = {}) =>
  closedAfter(startTestRelay({ oidcIssuers, oidcAudiences: AUDIENCE, oidcClientId: CLIENT_ID, ...flags }))

const nowS = (): number => Math.floor(Date.now() / 1000)

async function ask(token: string, path = '/api/tunnel/status', at = relay) {
  const response = await fetch(at.url + path, { headers: { authorization: `Bearer ${token}` } })
  const body = (await response.json()) as { userId?: string; error?: string }
  return { ...body, status: response.status, retryAfter: response.headers.get('retry-after') }
}

/** The result of a WebSocket with a token in its URL: open, or the code of its refusal. */
function dial(token: string): Promise<string> {
  const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/ws?token=${token}`, ['ctl.tunnel.v1'])
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate()
      resolve('open')
    })
    socket.on('unexpected-response', (_request, response) =>
      resolve(String(response.headers['x-error-code'])),
    )
    socket.on('error', reject)
  })
}

describe('an access token', () => {
  it('identifies its owner at the HTTP API and on a tunnel', async () => {
    const token = await provider.token()
    expect(await ask(token)).toMatchObject({ status: 200, userId: expect.stringMatching(/^oidc-[\w-]{43}$/) })
    expect(await ask(token, '/api/tags')).toMatchObject({ status: 503, error: /offline/ })
    expect(await dial(token)).toBe('open')
  })

  it.each<[string, JWTPayload, object?]>([
    ['for another audience', { aud: 'https://elsewhere.test' }],
    ['of another issuer', { iss: 'https://elsewhere.test' }],
    ['that is not valid yet', { nbf: nowS() + 3600 }],
    ['without an end', { exp: undefined }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
  ])('%s is refused', async (_what, claims) => {
    expect(await ask(await provider.token(claims))).toMatchObject({ status: 401 })
    expect(await dial(await provider.token(claims))).toBe('CREDENTIAL_INVALID')
  })

  it('that has expired is reported as expired, with a tolerance of a minute', async () => {
    expect(await ask(await provider.token({ exp: nowS() - 30 }))).toMatchObject({ status: 200 })
    expect(await ask(await provider.token({ exp: nowS() - 90 }))).toMatchObject({
      status: 401,
      error: /expired/,
    })
    expect(await dial(await provider.token({ exp: nowS() - 90 }))).toBe('TOKEN_EXPIRED')
  })

  it('with algorithm none, or HS256 under the public key, is refused', async () => {
    const [, payload] = (await provider.token()).split('.')
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const { d: _d, ...jwk } = provider.keys[0]!.jwk
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as JWTPayload
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .sign(Buffer.from(pem))
    expect(await dial(`${none}.${payload}.`)).toBe('CREDENTIAL_INVALID')
    expect(await ask(`${none}.${payload}.AAAA`)).toMatchObject({ status: 401 })
    expect(await ask(hmac)).toMatchObject({ status: 401 })
  })

  it('signed by another key with the same key id is refused', async () => {
    expect(await ask(await provider.token({}, {}, await createProviderKey('first')))).toMatchObject({
      status: 401,
    })
  })

  it('of one user cannot reach another user’s tunnel, whatever the other’s id', async () => {
    const { userId = '' } = await ask(await provider.token())
    const theirs = await provider.token({ sub: 'bob' })
    expect(await ask(theirs, `/api/tunnel/${userId}/api/tags`)).toMatchObject({ status: 403 })
    expect(await ask(theirs, '/api/tunnel/alice/api/tags')).toMatchObject({ status: 403 })
    expect(await ask(theirs, '/api/tunnel/health/bob')).toMatchObject({ status: 200 })
    const credential = await ownerToken(relay, 'bob')
    expect((await ask(theirs)).userId).not.toBe((await ask(credential)).userId)
    expect(await ask(credential, `/api/tunnel/${userId}/api/tags`)).toMatchObject({ status: 403 })
  })

  it('needs the scope that the relay requires, in any provider’s format', async () => {
    const strict = await startTestRelayOf(provider.issuer, { oidcRequiredScope: 'chat' })
    const statusFor = async (claims: JWTPayload) =>
      (await ask(await provider.token(claims), '/api/tunnel/status', strict)).status
    expect(await statusFor({ scope: 'openid chat' })).toBe(200)
    expect(await statusFor({ scp: ['chat'] })).toBe(200)
    expect(await statusFor({ scope: 'openid chatter' })).toBe(401)
    expect(await statusFor({})).toBe(401)
  })
})

describe('identity providers', () => {
  it('may be several: the same subject at each is a different owner', async () => {
    const second = await startProvider()
    const both = await startTestRelayOf(`${provider.issuer},${second.issuer}`)
    const mine = await ask(await provider.token(), '/api/tunnel/status', both)
    const theirs = await ask(await second.token(), '/api/tunnel/status', both)
    expect([mine.status, theirs.status]).toEqual([200, 200])
    expect(mine.userId).not.toBe(theirs.userId)
    const stolen = await second.token({ iss: provider.issuer }, { kid: 'first' })
    expect(await ask(stolen, '/api/tunnel/status', both)).toMatchObject({ status: 401 })
  })

  it('rotate their keys without an interruption, and tokens of a withdrawn key are refused', async () => {
    const early = await provider.token()
    expect(await ask(early)).toMatchObject({ status: 200 })
    const next = await createProviderKey('second')
    await provider.close()
    const rotated = await startProvider({ port: provider.port, keys: [next] })
    const token = await rotated.token()
    // Right after the relay has fetched keys, an unknown one does not cause a refusal.
    await expect
      .poll(async () => {
        const { status } = await ask(token)
        expect([200, 503]).toContain(status)
        return status
      })
      .toBe(200)
    await expect.poll(async () => (await ask(early)).status).toBe(401)
  })

  it('that are down when the relay starts result in 503, and are found once they are back', async () => {
    await provider.close()
    const token = await provider.token()
    expect(await ask(token)).toMatchObject({ status: 503, retryAfter: '5', error: /identity provider/ })
    expect(await dial(token)).toBe('ISSUER_UNREACHABLE')
    await startProvider({ port: provider.port, keys: provider.keys })
    await expect.poll(async () => (await ask(token)).status).toBe(200)
  })

  it('are not queried repeatedly while they are down', async () => {
    await provider.close()
    const counting = await startProvider({ port: provider.port, keys: provider.keys })
    await Promise.all(Array.from({ length: 20 }, async () => ask(await provider.token())))
    expect(counting.seen.filter((line) => line.includes('openid-configuration'))).toHaveLength(1)
    expect(counting.seen.filter((line) => line.includes('/jwks'))).toHaveLength(1)
  })
})

describe('a relay with an identity provider', () => {
  it('offers sign-in, and keeps pairing', async () => {
    const response = await fetch(`${relay.url}/.well-known/cloudtolocalllm`)
    expect(await response.json()).toMatchObject({
      signIn: {
        pairing: true,
        oidc: {
          issuer: provider.issuer,
          clientId: CLIENT_ID,
          audience: AUDIENCE,
          scopes: 'openid offline_access',
        },
      },
    })
    expect((await pair(relay, 'owner')).ownerId).toBe('owner')
  })

  it('accepts no codes if pairing is disabled', async () => {
    const strict = await startTestRelayOf(provider.issuer, { pairingEnabled: 'false' })
    await expect(pair(strict, 'owner')).rejects.toMatchObject({
      code: 'PAIRING_CODE_INVALID',
      message: expect.stringContaining('Sign in'),
    })
  })

  it('reports that it cannot verify an opaque token', async () => {
    const response = await fetch(`${relay.url}/api/pair`, {
      method: 'POST',
      headers: { authorization: 'Bearer opaque' },
    })
    expect([response.status, await response.text()]).toEqual([401, expect.stringContaining('JWT')])
  })

  it('logs no token, wherever it was', async () => {
    const lines: string[] = []
    const note = (...args: unknown[]): void => void lines.push(JSON.stringify(args))
    const logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
    relay = await startRelay({
      config: parseRelayConfig(
        { port: 0, drainMs: 0, oidcIssuers: provider.issuer, oidcAudiences: AUDIENCE },
        {},
      ),
      clock: systemClock,
      logger,
      onPairingCode: () => {},
      signingKey: await createSigningKey(),
    })
    onTestFinished(() => relay.close())
    const good = await provider.token()
    const bad = await provider.token({ aud: 'x' })
    for (const token of [good, bad]) {
      await dial(token)
      await ask(token, '/api/tags')
      await ask(token, `/api/tags?token=${token}`)
    }
    expect(lines.length).toBeGreaterThan(3)
    for (const token of [good, bad]) expect(lines.join()).not.toContain(token.split('.')[1])
  })
})
