import { defaultKeyOf } from '../bridge/profile/default-key.ts'
import { upstreamSearchFor, upstreamUrlFor, type Profile } from '../bridge/profile/profile.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { discoverUpstream } from '../bridge/upstream/discovery.ts'
import { withDemo } from '../bridge/upstream/with-demo.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { localUrlOf, refuseOtherRelay, type DesktopEnd, type StartContext } from './desktop-end.ts'
import { openProfileFor } from './open-profile.ts'
import { failIfBlocked, runBridge, type RunningBridge } from './run-bridge.ts'

/** Runs the desktop end in this process, without a window. @throws AppError like `openProfile`, CONFIG_INVALID */
export async function startHere(around: StartContext): Promise<DesktopEnd> {
  const { dataDir, logger, output } = around
  let running: RunningBridge | undefined
  const profile = await openProfileFor(dataDir, output, () => running?.bridge)
  const close = async (): Promise<void> => {
    running?.stop()
    await profile.close()
  }
  try {
    running = runBridge(
      profile,
      await identityFor(profile, around),
      upstreamFor(profile, around),
      logger,
      output,
    )
    await running.bridge.start()
  } catch (cause) {
    await close()
    throw cause
  }
  return {
    online: running.settled.then((snapshot) => {
      failIfBlocked(snapshot)
      return snapshot
    }),
    over: running.blocked.then(failIfBlocked),
    defaultKey: () =>
      defaultKeyOf(profile, { announced: async () => running?.bridge.announced(), renew: true }),
    close,
  }
}

/** This device's identity at this relay; pairs the device if there is none. */
async function identityFor(profile: Profile, { relay, owner }: StartContext): Promise<DeviceIdentity> {
  const kept = await profile.identity()
  const relayUrl = localUrlOf(relay)
  if (kept !== null) refuseOtherRelay(kept.relayUrl)
  if (kept !== null && (await relay.recognises(kept.credential))) return { ...kept, relayUrl }
  const { deviceName } = profile.settings.value
  const paired = await pairDevice(new URL(relayUrl), relay.mintPairingCode(owner), deviceName, systemClock)
  await profile.saveIdentity(paired)
  return paired
}

function upstreamFor(profile: Profile, { upstreamUrl, isDemoAsked, demo }: StartContext) {
  if (isDemoAsked)
    return { discover: async () => discoverUpstream({ explicitUrl: await demo.origin(), env: {} }) }
  const search = upstreamSearchFor(upstreamUrl, profile, process.env)
  return upstreamUrlFor(upstreamUrl, profile) === undefined ? withDemo(search, () => demo.origin()) : search
}
