import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { audienceFor, namesRelay, requireSendable } from './audience.ts'
import { introduce } from './introduction.ts'

const RELAY = new URL('https://relay.example.com/')
const OTHER = 'https://other.example.com/'

function tokenFor(claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${encode({ alg: 'ES256' })}.${encode(claims)}.c2lnbmF0dXJl`
}

const signIn = {
  issuer: 'https://id.example.com',
  clientId: 'desk',
  refreshToken: null,
  obtainedAt: 0,
  expiresAt: 9e15,
}

test.each([
  ['https://relay.example.com', true],
  ['https://relay.example.com/', true],
  ['http://relay.example.com/', false],
  ['https://relay.example.com:8443/', false],
  ['https://relay.example.com/other', false],
  ['https://relay.example.com.evil.example/', false],
  ['cloudtolocalllm', false],
])('%s is the audience of the relay itself: %s', (audience, expected) => {
  expect(namesRelay(audience, RELAY)).toBe(expected)
})

test('the relay’s own URL needs no confirmation, another audience needs its exact name', () => {
  expect(audienceFor(RELAY, RELAY.href, undefined)).toEqual({ audience: RELAY.href })
  expect(audienceFor(RELAY, 'api', 'api')).toEqual({ audience: 'api', confirmedFor: RELAY.href })
  for (const confirmed of [undefined, '', 'API', `api `, OTHER])
    expect(() => audienceFor(RELAY, 'api', confirmed)).toThrow(
      expect.objectContaining({ code: 'AUDIENCE_UNCONFIRMED' }),
    )
})

test.each<[string, string, object]>([
  ['names another audience', tokenFor({ aud: OTHER }), { audience: RELAY.href }],
  ['names several others', tokenFor({ aud: [OTHER, 'api'] }), { audience: RELAY.href }],
  ['names none', tokenFor({}), { audience: RELAY.href }],
  ['cannot be read', 'opaque', { audience: RELAY.href }],
  ['is for an unconfirmed audience', tokenFor({ aud: 'api' }), { audience: 'api' }],
  [
    'is for one that was confirmed for another relay',
    tokenFor({ aud: 'api' }),
    { audience: 'api', confirmedFor: OTHER },
  ],
])('a token that %s does not leave this machine', (_case, credential, audience) => {
  const oidc = { ...signIn, ...(audience as { audience: string }) }
  expect(() => requireSendable({ credential, relayUrl: RELAY.href, oidc })).toThrow(
    expect.objectContaining({ code: 'AUDIENCE_UNCONFIRMED' }),
  )
})

test.each<[string, string, { audience: string; confirmedFor?: string } | undefined]>([
  ['for the relay’s own URL', tokenFor({ aud: RELAY.href }), { audience: RELAY.href }],
  ['among several audiences', tokenFor({ aud: ['api', RELAY.href] }), { audience: RELAY.href }],
  ['for a confirmed one', tokenFor({ aud: 'api' }), { audience: 'api', confirmedFor: RELAY.href }],
  ['of a paired device', 'anything', undefined],
])('a credential %s may be sent', (_case, credential, audience) => {
  const oidc = audience && { ...signIn, ...audience }
  requireSendable({ credential, relayUrl: RELAY.href, oidc })
})

test('the relay gets no request with a token that is not for it', async () => {
  let requests = 0
  const server = createServer((_, response) => {
    requests += 1
    response.end('{}')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  const oidc = { issuer: signIn.issuer, clientId: signIn.clientId, audience: url.href, scopes: 'openid' }
  const offer = { url, name: 'cloudtolocalllm', version: '1.0.0', pairing: true, oidc }
  const tokens = {
    accessToken: tokenFor({ aud: OTHER }),
    refreshToken: null,
    obtainedAt: 0,
    expiresAt: 9e15,
  }
  await expect(introduce(offer, { audience: url.href }, tokens, systemClock)).rejects.toMatchObject({
    code: 'AUDIENCE_UNCONFIRMED',
  })
  expect(requests).toBe(0)
})
