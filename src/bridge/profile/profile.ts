import { acquire } from '../data-dir/owner-lock.ts'
import type { Handlers } from '../data-dir/control.ts'
import type { BadFile } from '../data-dir/store-file.ts'
import { deviceHandlers } from './device-commands.ts'
import { keyHandlers } from '../keys/key-commands.ts'
import { KeyStore } from '../keys/key-store.ts'
import { loadDeviceIdentity, saveDeviceIdentity, type DeviceIdentity } from '../secrets/device-identity.ts'
import { openSecrets } from '../secrets/open-secrets.ts'
import type { PlacedSecrets } from '../secrets/placed-secrets.ts'
import type { Settings } from '../settings/schema.ts'
import { SettingsStore } from '../settings/settings-store.ts'
import { parseUpstreamUrl } from '../upstream/ollama-host.ts'
import { upstreamKeyHandlers } from '../upstream/upstream-key-commands.ts'
import { UpstreamKey } from '../upstream/upstream-key.ts'
import { upstreamSearch } from '../upstream/upstream-search.ts'
import { systemClock } from '../../tunnel/system-clock.ts'

/** What lies in a data directory, open for this process alone. */
export interface Profile {
  readonly settings: SettingsStore
  readonly secrets: PlacedSecrets
  readonly keys: KeyStore
  /** The API key of the model server. */
  readonly upstreamKey: UpstreamKey
  identity(): Promise<DeviceIdentity | null>
  saveIdentity(identity: DeviceIdentity): Promise<void>
  close(): Promise<void>
}

/** Tells the user one sentence. */
export type Notify = (sentence: string) => void

export interface ProfileOptions {
  readonly dataDir: string
  readonly notify: Notify
  /** For programs that show in another way where secrets are kept; `notify` by default. */
  readonly notifyWeakerSecrets?: Notify
  /** Whether secrets may be kept in a private file where there is no keychain: there is nobody to ask, or the user agreed. */
  readonly allowSecretsFile: (settings: Settings) => boolean
  /** The user would rather sign in again than wait for the keychain. */
  readonly giveUpKeychain?: boolean
  /** Resolves once the relay knows the keys as they are: whoever has made one may use it at once. */
  readonly announced?: () => Promise<void>
  /** What other processes may ask, besides keys and devices. */
  readonly handlers?: (profile: Profile) => Handlers
}

/**
 * Opens a data directory and answers other commands that ask about it.
 * @throws AppError ALREADY_RUNNING, CONFIG_INVALID, SECRETS_UNAVAILABLE
 */
export async function openProfile(options: ProfileOptions): Promise<Profile> {
  const { dataDir, notify, announced, handlers = () => ({}) } = options
  const holder = await acquire(dataDir)
  try {
    const onBad = reportBadFile(notify)
    const settings = await SettingsStore.load({ dataDir, clock: systemClock, env: process.env, onBad })
    const secrets = await openSecretsOf(options, options.allowSecretsFile(settings.value))
    const keys = await openKeysOf(dataDir, secrets, notify)
    const upstreamKey = await UpstreamKey.open(secrets)
    const profile: Profile = {
      settings,
      secrets,
      keys,
      upstreamKey,
      identity: () => loadDeviceIdentity(secrets),
      saveIdentity: (paired) => saveDeviceIdentity(secrets, paired),
      async close() {
        keys.destroy()
        // A renewed token that is lost with the process signs this device out: the one before is used up.
        await Promise.all([settings.settled(), secrets.settled()])
        await holder.close()
      },
    }
    const devices = deviceHandlers(() => loadDeviceIdentity(secrets), systemClock)
    const ofKeys = { ...keyHandlers(keys, announced), ...upstreamKeyHandlers(upstreamKey) }
    holder.serve({ ...ofKeys, ...devices, ...handlers(profile) })
    return profile
  } catch (cause) {
    await holder.close()
    throw cause
  }
}

/** For a command that acts on the files itself because no bridge runs. The caller holds the directory. */
export async function openKeyStore(dataDir: string, notify: Notify): Promise<KeyStore> {
  return openKeysOf(dataDir, await openSecretsOf({ dataDir, notify }, true), notify)
}

/** As `openKeyStore`, for the API key of the model server. */
export async function openUpstreamKey(dataDir: string, notify: Notify): Promise<UpstreamKey> {
  return UpstreamKey.open(await openSecretsOf({ dataDir, notify }, true))
}

/**
 * How the upstream of a profile is found and looked after, with its API key.
 * @param option the upstream that was named for this run
 * @throws AppError CONFIG_INVALID
 */
export function upstreamSearchFor(option: string | undefined, profile: Profile, env: NodeJS.ProcessEnv) {
  const explicitUrl = () => upstreamUrlFor(option, profile)
  profile.upstreamKey.useEnvironment(env, explicitUrl())
  return upstreamSearch({ explicitUrl, env, apiKeyFor: profile.upstreamKey.for })
}

/** As `openKeyStore`, for the owner's devices. */
export async function openDeviceHandlers(dataDir: string, notify: Notify): Promise<Handlers> {
  const secrets = await openSecretsOf({ dataDir, notify }, true)
  return deviceHandlers(() => loadDeviceIdentity(secrets), systemClock)
}

/** The upstream that was chosen: by the option, else in the settings. */
export function upstreamUrlFor(option: string | undefined, { settings }: Profile): string | undefined {
  const { upstream } = settings.value
  return option ?? (upstream === null ? undefined : parseUpstreamUrl(upstream))
}

function openSecretsOf(
  options: Pick<ProfileOptions, 'dataDir' | 'giveUpKeychain' | 'notify' | 'notifyWeakerSecrets'>,
  allowFile: boolean,
): Promise<PlacedSecrets> {
  const { dataDir, giveUpKeychain = false, notify, notifyWeakerSecrets: notifyWeaker = notify } = options
  const clock = systemClock
  return openSecrets({ dataDir, allowFile, giveUpKeychain, notify, notifyWeaker, clock, env: process.env })
}

function openKeysOf(dataDir: string, secrets: PlacedSecrets, notify: Notify): Promise<KeyStore> {
  return KeyStore.open({
    dataDir,
    clock: systemClock,
    ownerRoutingId: async () => (await loadDeviceIdentity(secrets))?.address ?? null,
    onBad: reportBadFile(notify),
  })
}

function reportBadFile(notify: Notify): (bad: BadFile) => void {
  return ({ path, movedTo, reason }) =>
    notify(`${path} could not be used (${reason}). It was kept as ${movedTo}, and a fresh one begun.`)
}
