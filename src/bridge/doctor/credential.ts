import { decodeJwt } from 'jose/jwt/decode'
import { z } from 'zod'
import type { AppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { requireSendable } from '../sign-in/audience.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import type { Visit } from './relay-visit.ts'

/** An online bridge renews its credential after half of its 90 days. */
const NEAR_EXPIRY_MS = 7 * 24 * 60 * 60 * 1000

const Status = z.object({ tunnels: z.array(z.object({ deviceId: z.string(), connected: z.boolean() })) })

export interface CredentialFacts {
  readonly identity: DeviceIdentity
  /** The relay under test. */
  readonly relayUrl: URL
  /** The relay's response to a request with this credential; `null` if it could not be sent. */
  readonly answer: Pick<Visit, 'status' | 'body'> | null
  readonly now: number
}

/** Whether the credential belongs to this relay; it must not be sent to any other. */
export function mayShow(identity: DeviceIdentity, relayUrl: URL): boolean {
  try {
    requireSendable(identity)
    return isPairedWith(identity, relayUrl)
  } catch {
    return false
  }
}

export function isPairedWith(identity: DeviceIdentity, relayUrl: URL): boolean {
  return identity.relayUrl === relayUrl.href
}

export function assessNoCredential(): CheckResult {
  return fail('credential', checkWords('finding.credential.none'), pairFix('<url>'))
}

/** @param error why the credential cannot be read */
export function assessUnreadableCredential({ words }: AppError): CheckResult {
  return fail('credential', words, checkWords('fix.credential.unreadable'))
}

export function assessCredential({ identity, relayUrl, answer, now }: CredentialFacts): CheckResult {
  const fix = pairFix(relayUrl.href)
  if (!isPairedWith(identity, relayUrl))
    return fail(
      'credential',
      checkWords('finding.credential.otherRelay', { paired: identity.relayUrl, relay: relayUrl.href }),
      fix,
    )
  if (identity.oidc !== undefined) return assessSignIn(identity, identity.oidc, answer, now)
  const expiresAt = expiryOf(identity.credential)
  const isAccepted = answer?.status === 200
  if (!isAccepted && expiresAt !== null && expiresAt <= now)
    return fail('credential', checkWords('finding.credential.expired', { date: { date: expiresAt } }), fix)
  if (answer?.status === 401 || (!isAccepted && expiresAt === null))
    return fail('credential', checkWords('finding.credential.refused'), fix)
  const until = expiresAt === null ? checkWords('finding.credential.unknownDate') : { date: expiresAt }
  const detail = checkWords('finding.credential.valid', { until, state: stateOf(identity, answer) })
  if (expiresAt !== null && expiresAt - now < NEAR_EXPIRY_MS)
    return warn('credential', detail, checkWords('fix.credential.renew'))
  return ok('credential', detail)
}

/** The bridge renews short-lived access tokens, so an expired one is no problem. */
function assessSignIn(
  identity: DeviceIdentity,
  { issuer, expiresAt }: NonNullable<DeviceIdentity['oidc']>,
  answer: CredentialFacts['answer'],
  now: number,
): CheckResult {
  if (answer === null && !mayShow(identity, new URL(identity.relayUrl)))
    return fail('credential', checkWords('finding.credential.audience'), signInFix(identity.relayUrl))
  const signedIn = (state: KeyedText): KeyedText =>
    checkWords('finding.credential.signedIn', { issuer: new URL(issuer).host, state })
  if (answer?.status !== 200 && expiresAt <= now)
    return ok('credential', signedIn(checkWords('finding.credential.renews')))
  const detail = signedIn(stateOf(identity, answer))
  if (answer?.status === 401) return fail('credential', detail, signInFix(identity.relayUrl))
  return ok('credential', detail)
}

/** The relay's view of the credential, as the end of a sentence. */
function stateOf({ deviceId }: DeviceIdentity, answer: CredentialFacts['answer']): KeyedText {
  if (answer === null) return checkWords('finding.credential.unconfirmed')
  if (answer.status !== 200)
    return checkWords('finding.credential.unconfirmedStatus', { status: answer.status })
  const isOnline = tunnelsIn(answer.body).some((tunnel) => tunnel.deviceId === deviceId && tunnel.connected)
  return checkWords(isOnline ? 'finding.credential.online' : 'finding.credential.offline')
}

function tunnelsIn(body: string): z.infer<typeof Status>['tunnels'] {
  try {
    return Status.parse(JSON.parse(body)).tunnels
  } catch {
    return []
  }
}

/** Milliseconds since the epoch. Only the relay can verify the token. */
function expiryOf(credential: string): number | null {
  try {
    const { exp } = decodeJwt(credential)
    return exp === undefined ? null : exp * 1000
  } catch {
    return null
  }
}

function signInFix(relay: string): KeyedText {
  return checkWords('fix.credential.signIn', { relay })
}

function pairFix(relay: string): KeyedText {
  return checkWords('fix.credential.pair', { relay })
}
