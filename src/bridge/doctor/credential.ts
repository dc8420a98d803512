import { decodeJwt } from 'jose/jwt/decode'
import { z } from 'zod'
import { ERRORS, type AppError } from '../../shared/errors.ts'
import type { Words } from '../../shared/words.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { requireSendable } from '../sign-in/audience.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
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
  const detail = 'No credential is stored: this device is not paired with a relay.'
  return fail('credential', detail, pairFix('<url>'))
}

/** @param error why the credential cannot be read */
export function assessUnreadableCredential({ words }: AppError): CheckResult {
  return fail('credential', words, 'Fix the problems reported above, or pair again.')
}

export function assessCredential({ identity, relayUrl, answer, now }: CredentialFacts): CheckResult {
  const fix = pairFix(relayUrl.href)
  if (!isPairedWith(identity, relayUrl))
    return fail(
      'credential',
      `This device is paired with ${identity.relayUrl}, not with ${relayUrl.href}.`,
      fix,
    )
  if (identity.oidc !== undefined) return assessSignIn(identity, identity.oidc, answer, now)
  const expiresAt = expiryOf(identity.credential)
  const isAccepted = answer?.status === 200
  if (!isAccepted && expiresAt !== null && expiresAt <= now)
    return fail('credential', `This device’s credential expired on ${toDate(expiresAt)}.`, fix)
  if (answer?.status === 401 || (!isAccepted && expiresAt === null))
    return fail('credential', ERRORS.CREDENTIAL_INVALID.text, fix)
  const until = expiresAt === null ? 'an unknown date' : toDate(expiresAt)
  const detail = `This device’s credential is valid until ${until}; ${relayWord(identity, answer)}.`
  if (expiresAt !== null && expiresAt - now < NEAR_EXPIRY_MS)
    return warn('credential', detail, 'Start the bridge: it renews the credential while it is online.')
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
    return fail('credential', ERRORS.AUDIENCE_UNCONFIRMED.text, signInFix(identity.relayUrl))
  const signedIn = `This device is signed in at ${new URL(issuer).host}`
  if (answer?.status !== 200 && expiresAt <= now)
    return ok(
      'credential',
      `${signedIn}; the access token has expired, and the bridge renews it when it starts.`,
    )
  const detail = `${signedIn}; ${relayWord(identity, answer)}.`
  if (answer?.status === 401) return fail('credential', detail, signInFix(identity.relayUrl))
  return ok('credential', detail)
}

function relayWord({ deviceId }: DeviceIdentity, answer: CredentialFacts['answer']): string {
  if (answer?.status !== 200)
    return `the relay could not confirm it${answer === null ? '' : ` (HTTP ${answer.status})`}`
  const isOnline = tunnelsIn(answer.body).some((tunnel) => tunnel.deviceId === deviceId && tunnel.connected)
  return `the relay accepts it and sees this device ${isOnline ? 'online' : 'offline'}`
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

function toDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function signInFix(relay: string): Words {
  const cli = `Sign in again: cloudtolocalllm bridge --relay ${relay} --sign-in`
  return { cli, app: 'Sign out in the settings, then sign in again.' }
}

function pairFix(relay: string): Words {
  const cli = `Pair this device: cloudtolocalllm pair --relay ${relay} <code>`
  return { cli, app: 'Sign out in the settings, then sign in or pair again.' }
}
