import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { type Audience, audienceFor } from './audience.ts'
import { CallbackServer } from './callback-server.ts'
import { introduce, oidcOf } from './introduction.ts'
import { cancelled, withPatience } from './patience.ts'
import { discoverProvider, targetOf, toSignInError, toTokens, type Tokens } from './provider.ts'
import type { OidcOffer, RelayOffer } from './relay-offer.ts'

export interface BrowserSignInOptions {
  readonly offer: RelayOffer
  /** The audience the user confirmed by name; required if it is not the relay's own URL. */
  readonly audience?: string | undefined
  /** Shown on the final page. */
  readonly deviceName: string
  /** Opens the system browser. */
  readonly openBrowser: (url: string) => Promise<void> | void
  readonly signal: AbortSignal
  readonly clock: Clock
}

const TIMEOUT_MS = 5 * 60_000

/**
 * Signs the user in with their browser: authorization code with PKCE, redirected to a port of this machine. Stores
 * nothing.
 * @throws AppError SIGN_IN_FAILED, AUDIENCE_UNCONFIRMED, ISSUER_UNREACHABLE, RELAY_UNREACHABLE, RELAY_REFUSED
 */
export async function signInWithBrowser(options: BrowserSignInOptions): Promise<DeviceIdentity> {
  const { offer, signal, clock, openBrowser } = options
  const oidc = oidcOf(offer)
  const audience = audienceFor(offer.url, oidc.audience, options.audience)
  return withPatience({ signal, clock, timeoutMs: TIMEOUT_MS }, async (over) => {
    const provider = await discoverProvider(oidc, clock)
    const checks = createChecks(oidc)
    const callback = await CallbackServer.start(checks.expectedState, clock)
    over.addEventListener('abort', () => callback.close(), { once: true })
    // Cancelled while waiting for the provider.
    if (over.aborted) callback.close()
    const url = await authorizationUrl(provider, oidc, callback.redirectUri, checks).catch(
      (cause: unknown) => {
        callback.close()
        throw toSignInError(cause)
      },
    )
    await openInBrowser(url, openBrowser)
    return finish(options, audience, callback, over, (back) =>
      authorizationCodeGrant(provider, back, checks, targetOf(oidc)).then((tokens) =>
        toTokens(tokens, clock),
      ),
    )
  })
}

async function openInBrowser(url: URL, open: BrowserSignInOptions['openBrowser']): Promise<void> {
  try {
    await open(url.href)
  } catch (cause) {
    throw new AppError('SIGN_IN_FAILED', errorCase('case.signIn.browser'), { cause })
  }
}

/** The browser's final page waits for the relay's response, so it shows the actual result. */
async function finish(
  { offer, deviceName, clock }: BrowserSignInOptions,
  audience: Audience,
  callback: CallbackServer,
  over: AbortSignal,
  redeem: (url: URL) => Promise<Tokens>,
): Promise<DeviceIdentity> {
  const arrival = await callback.arrival
  try {
    const identity = await introduce(offer, audience, await redeem(arrival.url), clock)
    if (over.aborted) throw cancelled()
    arrival.show({ kind: 'signedIn', deviceName })
    return identity
  } catch (cause) {
    arrival.show({ kind: 'failed' })
    throw toSignInError(cause)
  }
}

/** Secrets of this sign-in, shared with the provider only. */
interface Checks {
  readonly pkceCodeVerifier: string
  readonly expectedState: string
  readonly expectedNonce?: string
}

function createChecks({ scopes }: OidcOffer): Checks {
  const checks = { pkceCodeVerifier: randomPKCECodeVerifier(), expectedState: randomState() }
  // Only an ID token can return the nonce.
  return has(scopes, 'openid') ? { ...checks, expectedNonce: randomNonce() } : checks
}

async function authorizationUrl(
  provider: Configuration,
  oidc: OidcOffer,
  redirectUri: string,
  { pkceCodeVerifier, expectedState, expectedNonce }: Checks,
): Promise<URL> {
  return buildAuthorizationUrl(provider, {
    redirect_uri: redirectUri,
    scope: oidc.scopes,
    state: expectedState,
    code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...(expectedNonce !== undefined && { nonce: expectedNonce }),
    // OpenID Connect Core, section 11: required for a refresh token.
    ...(has(oidc.scopes, 'offline_access') && { prompt: 'consent' }),
    ...targetOf(oidc),
  })
}

function has(scopes: string, scope: string): boolean {
  return scopes.split(' ').includes(scope)
}
