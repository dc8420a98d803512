import { defaultKeyOf } from '../bridge/desk/default-key.ts'
import { upstreamSearchFor, upstreamUrlFor, type Desk } from '../bridge/desk/desk.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { discoverUpstream } from '../bridge/upstream/discovery.ts'
import { withDemo } from '../bridge/upstream/with-demo.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { localUrlOf, refuseOtherRelay, type DesktopEnd, type Surroundings } from './desktop-end.ts'
import { openDeskFor } from './open-desk.ts'
import { failIfBlocked, runBridge, type RunningBridge } from './run-bridge.ts'

/** Runs the desktop end in this process, without a window. @throws AppError as `openDesk`, CONFIG_INVALID */
export async function startHere(around: Surroundings): Promise<DesktopEnd> {
  const { dataDir, logger, output } = around
  let running: RunningBridge | undefined
  const desk = await openDeskFor(dataDir, output, () => running?.bridge)
  const close = async (): Promise<void> => {
    running?.stop()
    await desk.close()
  }
  try {
    running = runBridge(desk, await identityFor(desk, around), upstreamFor(desk, around), logger, output)
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
    defaultKey: () => defaultKeyOf(desk, async () => running?.bridge.announced()),
    close,
  }
}

/** This device's identity at this very relay; pairs it where there is none. */
async function identityFor(desk: Desk, { relay, owner }: Surroundings): Promise<DeviceIdentity> {
  const kept = await desk.identity()
  const relayUrl = localUrlOf(relay)
  if (kept !== null) refuseOtherRelay(kept.relayUrl)
  if (kept !== null && (await relay.recognises(kept.credential))) return { ...kept, relayUrl }
  const { deviceName } = desk.settings.value
  const paired = await pairDevice(new URL(relayUrl), relay.mintPairingCode(owner), deviceName, systemClock)
  await desk.saveIdentity(paired)
  return paired
}

function upstreamFor(desk: Desk, { upstreamUrl, isDemoAsked, demo }: Surroundings) {
  if (isDemoAsked)
    return { discover: async () => discoverUpstream({ explicitUrl: await demo.origin(), env: {} }) }
  const search = upstreamSearchFor(upstreamUrl, desk, process.env)
  return upstreamUrlFor(upstreamUrl, desk) === undefined ? withDemo(search, () => demo.origin()) : search
}
