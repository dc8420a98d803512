import { Bridge, type BridgeOptions } from '../bridge/bridge.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { AppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import type { Profile } from '../bridge/profile/profile.ts'
import type { Output } from './output.ts'
import { StatusLine } from './status-line.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

export interface RunningBridge {
  readonly bridge: Bridge
  /** Resolves when the tunnel is online for the first time, or is `blocked` until the user acts. */
  readonly settled: Promise<BridgeSnapshot>
  /** Resolves if the relay refuses this device permanently. */
  readonly blocked: Promise<BridgeSnapshot>
  stop(): void
}

/** Runs a bridge with a status line. */
export function runBridge(
  profile: Profile,
  identity: DeviceIdentity,
  upstream: BridgeOptions['upstream'],
  logger: Logger,
  output: Output,
): RunningBridge {
  const status = new StatusLine(output)
  const settled = Promise.withResolvers<BridgeSnapshot>()
  const blocked = Promise.withResolvers<BridgeSnapshot>()
  const bridge = new Bridge({
    identity,
    settings: profile.settings,
    secrets: profile.secrets,
    keys: profile.keys,
    upstream,
    upstreamKey: profile.upstreamKey,
    usage: profile.usage,
    jobs: profile.jobs,
    clock: systemClock,
    random: Math.random,
    logger,
    env: process.env,
    onRequest: (event) => status.note(event),
    onChange: (snapshot) => {
      status.show(snapshot, systemClock.now())
      const { kind } = snapshot.tunnel
      if (kind === 'online' || kind === 'blocked') settled.resolve(snapshot)
      if (kind === 'blocked') blocked.resolve(snapshot)
    },
  })
  return {
    bridge,
    settled: settled.promise,
    blocked: blocked.promise,
    stop() {
      bridge.stop()
      output.endLive()
    },
  }
}

/** Throws the reason of a permanent refusal by the relay. @throws AppError */
export function failIfBlocked(snapshot: BridgeSnapshot | void): void {
  if (snapshot?.tunnel.kind === 'blocked') throw new AppError(snapshot.tunnel.cause)
}
