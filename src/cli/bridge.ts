import type { Command } from 'commander'
import { parseRelayUrl } from '../bridge/dial/relay-address.ts'
import { pairDevice } from '../bridge/pairing/pair-device.ts'
import type { DeviceIdentity } from '../bridge/secrets/device-identity.ts'
import { AppError, toAppError } from '../shared/errors.ts'
import type { Logger } from '../shared/logger.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import { upstreamSearchFor, type Profile } from '../bridge/profile/profile.ts'
import {
  dataDirOf,
  dataDirOption,
  isOn,
  nameOption,
  option,
  relayOption,
  run,
  text,
  upstreamOf,
  upstreamOption,
  type CommandFlags,
} from './flags.ts'
import { openProfileFor } from './open-profile.ts'
import type { Output } from './output.ts'
import { loggerFor } from './run-command.ts'
import { failIfBlocked, runBridge, type RunningBridge } from './run-bridge.ts'
import { shutdownAsked } from './shutdown.ts'
import { signInAt } from './sign-in.ts'
import type { BridgeSnapshot } from '../bridge/bridge-snapshot.ts'
import { wordsFor } from '../shared/words.ts'

interface BridgeCommandOptions {
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

export function defineBridge(command: Command): void {
  command
    .addOption(relayOption('URL of the relay (default: the one this device is paired with)'))
    .addOption(option('--pair <code>', 'pair with the relay first, using this code', 'CLOUDTOLOCALLLM_PAIR'))
    .option('--sign-in', 'sign in first, in any browser, if not signed in (env: CLOUDTOLOCALLLM_SIGN_IN=1)')
    .addOption(
      option(
        '--audience <name>',
        'with --sign-in: audience of the access token, if it is not the relay URL',
        'CLOUDTOLOCALLLM_AUDIENCE',
      ),
    )
    .addOption(upstreamOption())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((flags: CommandFlags) =>
      run(flags, async (output, level) => {
        const { relay, pair, name } = flags
        const given = {
          relay: text(relay),
          pair: text(pair),
          signIn: isOn(flags['signIn'], 'CLOUDTOLOCALLLM_SIGN_IN'),
          audience: text(flags['audience']),
          name: text(name),
          upstreamUrl: upstreamOf(flags),
        }
        await bridge({ ...given, dataDir: dataDirOf(flags) }, await loggerFor(level, output), output)
      }),
    )
}

export function definePair(command: Command): void {
  command
    .argument('<code>', 'pairing code printed by the relay')
    .addOption(relayOption('URL of the relay that issued the code').makeOptionMandatory())
    .addOption(nameOption())
    .addOption(dataDirOption())
    .action((code: string, flags: CommandFlags) =>
      run(flags, (output) => {
        const { relay, name } = flags
        return pair({ relay: text(relay) ?? '', code, name: text(name), dataDir: dataDirOf(flags) }, output)
      }),
    )
}

/** Runs a headless bridge until it is stopped, or the relay refuses it permanently. */
async function bridge(options: BridgeCommandOptions, logger: Logger, output: Output): Promise<void> {
  const shutdown = shutdownAsked()
  let running: RunningBridge | undefined
  const profile = await openProfileFor(options.dataDir, output, () => running?.bridge)
  try {
    const identity = await Promise.race([identityFor(profile, options, output), shutdown])
    // Stopped before the sign-in completed.
    if (identity === undefined) return
    const upstream = upstreamSearchFor(options.upstreamUrl, profile, process.env)
    running = runBridge(profile, identity, upstream, logger, output)
    await Promise.race([running.bridge.start(), shutdown])
    const first = await Promise.race([running.settled, shutdown])
    if (first?.tunnel.kind === 'online') await greet(first, profile, output)
    failIfBlocked(await Promise.race([running.blocked, shutdown]))
  } finally {
    running?.stop()
    await profile.close()
  }
}

async function greet({ url, device }: BridgeSnapshot, { keys }: Profile, output: Output): Promise<void> {
  output.json({ event: 'online', url, deviceId: device?.id })
  output.say(`Clients can reach this computer at ${url}`)
  if ((await keys.listed()).every(({ isForeign }) => isForeign))
    output.say('Clients need a key. Create one: cloudtolocalllm keys create --name phone --qr')
}

/** Pairs a device and stores its identity. */
async function pair(
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
    if ((await profile.keys.listed()).some(({ isForeign }) => isForeign))
      output.say('Keys of the previous relay do not work here: create new ones.')
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
  if (warning !== null) output.warn(wordsFor(warning, 'cli'))
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
