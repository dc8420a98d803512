import { tokenRevocation } from 'openid-client'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { discoverProvider, toSignInError } from './provider.ts'

const TIMEOUT_MS = 5_000

/**
 * Tells the identity provider that a device's tokens are not wanted any more (RFC 7009). The caller has deleted the
 * identity: that must not depend on what anybody answers. Nothing happens for a device that paired, or where the provider
 * cannot revoke.
 * @throws AppError ISSUER_UNREACHABLE, SIGN_IN_FAILED
 */
export async function signOut(identity: DeviceIdentity, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<never>()
  const timer = clock.after(TIMEOUT_MS, () => late.reject(new AppError('ISSUER_UNREACHABLE')))
  try {
    await Promise.race([late.promise, revoke(identity, clock)])
  } catch (cause) {
    throw toSignInError(cause)
  } finally {
    timer.cancel()
  }
}

async function revoke({ credential, oidc }: DeviceIdentity, clock: Clock): Promise<void> {
  if (oidc === undefined) return
  const provider = await discoverProvider(oidc, clock)
  if (provider.serverMetadata().revocation_endpoint === undefined) return
  const hint = oidc.refreshToken === null ? 'access_token' : 'refresh_token'
  await tokenRevocation(provider, oidc.refreshToken ?? credential, { token_type_hint: hint })
}
