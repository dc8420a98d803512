import { parseRelayUrl } from '../bridge/dial/relay-address.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { upstreamSearchFor, type Profile } from '../bridge/profile/profile.ts'
import { openProfileFor } from './open-profile.ts'
import type { Output } from './output.ts'
import { failIfBlocked, runBridge, type RunningBridge } from './run-bridge.ts'
import { shutdownAsked } from './shutdown.ts'
import { signInAt } from './sign-in.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'

export interface BridgeCommandOptions {
  readonly relay: string | undefined
  readonly pair: string | undefined
  /** Starts a sign-in, unless the device is still signed in. */
  readonly signIn: boolean
  /** The access token's audience, confirmed by name. */
  readonly audience: string | undefined
  readonly upstreamUrl: string | undefined
  readonly name: string | undefined
  readonly dataDir: string
}

/** Runs a headless bridge until it is stopped, or the relay refuses it permanently. */
export async function bridge(options: BridgeCommandOptions, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  let running: RunningBridge | undefined
  const profile = await openProfileFor(options.dataDir, output, () => running?.bridge)
  try {
    const identity = await Promise.race([identityFor(profile, options, output), shutdown])
    // Stopped before the sign-in completed.
    if (identity === undefined) return
    const upstream = upstreamSearchFor(options.upstreamUrl, profile, process.env)
    running = runBridge(profile, identity, upstream, logger, output)
    await running.bridge.start()
    const first = await Promise.race([running.settled, shutdown])
    if (first?.tunnel.kind === 'online') greet(first, profile, output)
    failIfBlocked(await Promise.race([running.blocked, shutdown]))
  } finally {
    running?.stop()
    await profile.close()
  }
}

function greet({ url, device }: BridgeSnapshot, { keys }: Profile, output: Output): void {
  output.json({ event: 'online', url, deviceId: device?.id })
  output.say(`Clients can reach this machine at ${url}`)
  if (keys.list().length === 0)
    output.say('Clients need an API key. Create one: cloudtolocalllm keys create --name <name>')
}

/** Pairs a device and stores its identity. */
export async function pair(
  options: {
    readonly relay: string
    readonly code: string
    readonly name?: string | undefined
    readonly dataDir: string
  },
  output: Output,
): Promise<void> {
  const profile = await openProfileFor(options.dataDir, output)
  try {
    const { deviceId } = await pairWith(profile, options.relay, options.code, options.name, output)
    output.json({ event: 'paired', deviceId })
    output.say('Paired. Start the bridge with: cloudtolocalllm bridge')
  } finally {
    await profile.close()
  }
}

async function pairWith(
  profile: Profile,
  relay: string,
  code: string,
  name: string | undefined,
  output: Output,
): Promise<DeviceIdentity> {
  const { url, warning } = parseRelayUrl(relay, process.env)
  if (warning !== null) output.warn(warning)
  const identity = await pairDevice(url, code, name ?? profile.settings.value.deviceName, systemClock)
  await profile.saveIdentity(identity)
  return identity
}

async function identityFor(
  profile: Profile,
  { relay, pair: code, signIn, audience, name }: BridgeCommandOptions,
  output: Output,
): Promise<DeviceIdentity> {
  const asked = relay ?? profile.settings.value.relayUrl ?? undefined
  const askedUrl = asked === undefined ? undefined : parseRelayUrl(asked, process.env).url.href
  const kept = await profile.identity()
  if (signIn) {
    if (code !== undefined)
      throw new AppError('CONFIG_INVALID', '--sign-in and --pair cannot be used together')
    if (asked === undefined) throw new AppError('CONFIG_INVALID', '--sign-in requires --relay <url>')
    return signInAt(asked, kept, profile, output, audience)
  }
  if (code !== undefined) {
    if (asked === undefined)
      throw new AppError('CONFIG_INVALID', '--pair requires --relay <url>: the relay that issued the code')
    return pairWith(profile, asked, code, name, output).catch((cause: unknown) => {
      // A service always starts with the same arguments, but a code is valid only once.
      if (toAppError(cause).code !== 'PAIRING_CODE_INVALID' || kept === null || kept.relayUrl !== askedUrl)
        throw cause
      output.warn('The pairing code is no longer valid, but this device is paired with that relay already.')
      return kept
    })
  }
  if (kept === null) throw new AppError('NOT_PAIRED')
  if (askedUrl !== undefined && askedUrl !== kept.relayUrl)
    throw new AppError(
      'CONFIG_INVALID',
      `--relay: this device is paired with ${kept.relayUrl}. To switch to another relay, add --pair <code> or --sign-in.`,
    )
  return kept
}
