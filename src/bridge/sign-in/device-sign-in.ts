import {
  type Configuration,
  type DeviceAuthorizationResponse,
  genericGrantRequest,
  initiateDeviceAuthorization,
} from 'openid-client'
import { pause, type Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { audienceFor } from './audience.ts'
import { introduce, oidcOf } from './introduction.ts'
import { cancelled, withPatience } from './patience.ts'
import { discoverProvider, errorNamed, targetOf, toSignInError, toTokens, type Tokens } from './provider.ts'
import type { RelayOffer } from './relay-offer.ts'

/** Instructions for the user: a page to open on another device, and the code. */
export interface DevicePrompt {
  readonly verificationUri: string
  /** With the code included, if the provider supports it. */
  readonly verificationUriComplete: string | null
  readonly userCode: string
}

export interface DeviceSignInOptions {
  readonly offer: RelayOffer
  /** The audience the user confirmed by name; required if it is not the relay's own URL. */
  readonly audience?: string | undefined
  readonly onPrompt: (prompt: DevicePrompt) => void
  readonly signal: AbortSignal
  readonly clock: Clock
}

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** RFC 8628, section 3.5: the default interval, and the increase with each `slow_down`. */
const INTERVAL_S = 5

/**
 * Signs the user in from any browser (RFC 8628). Stores nothing.
 * @throws AppError SIGN_IN_FAILED, AUDIENCE_UNCONFIRMED, ISSUER_UNREACHABLE, RELAY_UNREACHABLE, RELAY_REFUSED
 */
export async function signInWithDeviceCode(options: DeviceSignInOptions): Promise<DeviceIdentity> {
  const { offer, onPrompt, signal, clock } = options
  const oidc = oidcOf(offer)
  const audience = audienceFor(offer.url, oidc.audience, options.audience)
  const provider = await discoverProvider(oidc, clock)
  if (provider.serverMetadata().device_authorization_endpoint === undefined)
    throw new AppError(
      'SIGN_IN_FAILED',
      'This identity provider does not support sign-in with a code. Use the desktop app.',
    )
  const started = await initiateDeviceAuthorization(provider, {
    scope: oidc.scopes,
    ...targetOf(oidc),
  }).catch((cause: unknown) => {
    throw toSignInError(cause)
  })
  onPrompt({
    verificationUri: started.verification_uri,
    verificationUriComplete: started.verification_uri_complete ?? null,
    userCode: started.user_code,
  })
  return withPatience({ signal, clock, timeoutMs: started.expires_in * 1000 }, async (over) => {
    const tokens = await pollFor(provider, started, targetOf(oidc), clock, over)
    return introduce(offer, audience, tokens, clock)
  })
}

async function pollFor(
  provider: Configuration,
  { device_code, interval = INTERVAL_S }: DeviceAuthorizationResponse,
  target: Record<string, string>,
  clock: Clock,
  over: AbortSignal,
): Promise<Tokens> {
  for (let intervalS = interval; ;) {
    await pause(clock, intervalS * 1000)
    if (over.aborted) throw cancelled()
    try {
      return toTokens(await genericGrantRequest(provider, GRANT, { device_code, ...target }), clock)
    } catch (cause) {
      if (errorNamed(cause) === 'authorization_pending') continue
      const error = toSignInError(cause)
      if (errorNamed(cause) !== 'slow_down' && error.code !== 'ISSUER_UNREACHABLE') throw error
      intervalS += INTERVAL_S
    }
  }
}
