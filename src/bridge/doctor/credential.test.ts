import { UnsecuredJWT } from 'jose'
import { expect, test } from 'vitest'
import type { OwnerId } from '../../shared/brands.ts'
import { AppError } from '../../shared/errors.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessCredential, assessUnreadableCredential, type CredentialFacts } from './credential.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const DAY_MS = 86_400_000
const credentialUntil = (ms: number) => new UnsecuredJWT({}).setExpirationTime(ms / 1000).encode()

function assess(credential: string, facts: Partial<CredentialFacts> = {}) {
  const identity = {
    credential,
    relayUrl: 'https://relay.example/',
    ownerId: 'o' as OwnerId,
    deviceId: 'd1',
    address: 'a',
  }
  return inTerminal(
    assessCredential({
      identity,
      relayUrl: new URL(identity.relayUrl),
      answer: null,
      now: NOW,
      ...facts,
    }),
  )
}

const accepted = (...tunnels: object[]) => ({ status: 200, body: JSON.stringify({ tunnels }) })

test('a valid credential is reported with its expiry and whether the relay sees this device', () => {
  const credential = credentialUntil(NOW + 80 * DAY_MS)
  const online = assess(credential, { answer: accepted({ deviceId: 'd1', connected: true }) })
  expect(online).toMatchObject({
    level: 'ok',
    detail: expect.stringMatching(/2026-03-22.*sees this device online/),
  })
  const offline = assess(credential, { answer: accepted({ deviceId: 'd2', connected: true }) })
  expect(offline.detail).toContain('offline')
  expect(offline.detail).not.toContain(credential)
})

test('a credential that the relay refuses is a failure, even if it looks valid', () => {
  expect(assess(credentialUntil(NOW + DAY_MS), { answer: { status: 401, body: '' } }).level).toBe('fail')
})

test('an expired credential is detected without the relay; if the relay accepts it, our clock is wrong', () => {
  const expired = credentialUntil(NOW - 1000)
  expect(assess(expired)).toMatchObject({ level: 'fail', detail: expect.stringContaining('expired') })
  expect(assess(expired, { answer: accepted() }).level).toBe('warn')
})

test('a credential that was not renewed in time is a warning', () => {
  expect(assess(credentialUntil(NOW + 6 * DAY_MS), { answer: accepted() }).level).toBe('warn')
  expect(assess(credentialUntil(NOW + 8 * DAY_MS), { answer: accepted() }).level).toBe('ok')
})

test('a relay error does not make a credential invalid', () => {
  const finding = assess(credentialUntil(NOW + 80 * DAY_MS), { answer: { status: 503, body: '' } })
  expect(finding).toMatchObject({ level: 'ok', detail: expect.stringContaining('HTTP 503') })
})

test('a malformed credential is a failure', () => {
  expect(assess('rubbish').level).toBe('fail')
})

test('a credential for another relay is not accepted as one for this relay', () => {
  expect(
    assess(credentialUntil(NOW + 80 * DAY_MS), { relayUrl: new URL('https://other.example/') }),
  ).toMatchObject({
    level: 'fail',
    detail: expect.stringMatching(/relay\.example.*other\.example/),
  })
})

test('for a signed-in user the relay’s response decides, not the age of the access token', () => {
  const assessSignIn = (expiresAt: number, answer: CredentialFacts['answer']) =>
    inTerminal(
      assessCredential({
        identity: {
          credential: credentialUntil(expiresAt),
          relayUrl: 'https://relay.example/',
          ownerId: 'o' as OwnerId,
          deviceId: 'd1',
          address: 'a',
          oidc: {
            issuer: 'https://id.example',
            clientId: 'c',
            audience: 'a',
            refreshToken: 'r',
            obtainedAt: 0,
            expiresAt,
          },
        },
        relayUrl: new URL('https://relay.example/'),
        answer,
        now: NOW,
      }),
    )
  const online = accepted({ deviceId: 'd1', connected: true })
  expect(assessSignIn(NOW + 60_000, online)).toMatchObject({
    level: 'ok',
    detail: expect.stringMatching(/id\.example.*online/),
  })
  expect(assessSignIn(NOW - 60_000, { status: 401, body: '' })).toMatchObject({
    level: 'ok',
    detail: expect.stringMatching(/renews/),
  })
  expect(assessSignIn(NOW + 60_000, { status: 401, body: '' })).toMatchObject({
    level: 'fail',
    fix: expect.stringMatching(/--sign-in/),
  })
})

test('a credential that cannot be read is a failure', () => {
  expect(assessUnreadableCredential(new AppError('SECRETS_UNAVAILABLE')).level).toBe('fail')
})
