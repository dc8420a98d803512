import { Bridge, type BridgeOptions } from '../../bridge/bridge.ts'
import { upstreamSearchFor, type Profile } from '../../bridge/profile/profile.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import { withDemo } from '../../bridge/upstream/with-demo.ts'
import type { AppCoreOptions } from './app-core-options.ts'

/** Creates the app's bridge for an open data directory. */
export function bridgeFor(
  { clock, random, logger, env, args, proxy, system }: AppCoreOptions,
  profile: Profile,
  identity: DeviceIdentity | null,
  listeners: Pick<BridgeOptions, 'onChange' | 'onRequest' | 'onUpheaval'>,
): Bridge {
  const search = upstreamSearchFor(args.upstream, profile, env)
  const { demoFallback } = args
  return new Bridge({
    identity,
    settings: profile.settings,
    secrets: profile.secrets,
    keys: profile.keys,
    upstream: demoFallback === undefined ? search : withDemo(search, async () => demoFallback),
    upstreamKey: profile.upstreamKey,
    usage: profile.usage,
    jobs: profile.jobs,
    isOnBattery: () => system.isOnBattery(),
    clock,
    random,
    logger,
    env,
    findWay: (relayUrl) => proxy.refresh(relayUrl),
    ...listeners,
  })
}
