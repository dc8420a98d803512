import type { RelayFlags } from '../../src/relay/config.ts'
import { closing, fresh } from './fixtures.ts'
import { AUDIENCE, CLIENT_ID, LocalProvider, type ProviderOptions } from './oidc-provider-here.ts'

/** Settings of a relay that trusts these providers, or this one. */
export function oidcFlags(oidcIssuers: string): RelayFlags {
  return { oidcIssuers, oidcAudiences: AUDIENCE, oidcClientId: CLIENT_ID }
}

/** For tests of signing in: an identity provider, and a relay that trusts it. */
export const withProvider = fresh
  .extend('providerOptions', {} as ProviderOptions)
  .extend('provider', async ({ providerOptions }, { onCleanup }) =>
    closing(await LocalProvider.start(providerOptions), onCleanup),
  )
  .extend('relayFlags', ({ provider }) => oidcFlags(provider.issuer))
