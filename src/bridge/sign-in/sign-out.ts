import { tokenRevocation } from 'openid-client'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import type { DeviceIdentity } from '../secrets/device-identity.ts'
import { discoverProvider, toSignInError } from './provider.ts'

const TIMEOUT_MS = 5_000

/**
 * Revokes a device's tokens at the identity provider (RFC 7009). The caller has already deleted the identity, so
 * sign-out does not depend on the response. No-op for a paired device, or if the provider does not support revocation.
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
