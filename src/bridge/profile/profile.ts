import { join } from 'node:path'
import { errorCase } from '../../shared/error-cases.ts'
import { toAppError } from '../../shared/errors.ts'
import type { KeyedText } from '../../shared/words.ts'
import { openDatabase } from '../database/database.ts'
import { FILES } from '../data-dir/paths.ts'
import { acquire, type OnClose } from '../data-dir/owner-lock.ts'
import type { Handlers } from '../data-dir/control.ts'
import { reportBadFile } from '../data-dir/store-file.ts'
import { deviceHandlers } from './device-commands.ts'
import { jobHandlers } from '../jobs/job-commands.ts'
import { openJobStorage, type JobStorage } from '../jobs/job-storage.ts'
import type { JobLimits } from '../jobs/job-quota.ts'
import { LocalJobs } from '../jobs/local-jobs.ts'
import { keyHandlers } from '../keys/key-commands.ts'
import { KeyStore } from '../keys/key-store.ts'
import { loadDeviceIdentity, saveDeviceIdentity, type DeviceIdentity } from '../secrets/device-identity.ts'
import { openSecrets } from '../secrets/open-secrets.ts'
import type { PlacedSecrets } from '../secrets/placed-secrets.ts'
import { SETTINGS, type Settings } from '../../shared/ipc/settings.ts'
import { SettingsStore } from '../settings/settings-store.ts'
import { parseUpstreamUrl } from '../upstream/ollama-host.ts'
import { upstreamKeyHandlers } from '../upstream/upstream-key-commands.ts'
import { UpstreamKey } from '../upstream/upstream-key.ts'
import { upstreamSearch } from '../upstream/upstream-search.ts'
import { usageHandlers } from '../usage/usage-commands.ts'
import { UsageHistory } from '../usage/usage-history.ts'
import { MIGRATIONS } from '../usage/usage-rows.ts'
import { systemClock } from '../../tunnel/system-clock.ts'

/** An open data directory, held by this process. */
export interface Profile {
  readonly settings: SettingsStore
  readonly secrets: PlacedSecrets
  readonly keys: KeyStore
  /** The API key of the model server. */
  readonly upstreamKey: UpstreamKey
  readonly usage: UsageHistory
  /** `null` if they cannot be kept. */
  readonly jobs: JobStorage | null
  identity(): Promise<DeviceIdentity | null>
  saveIdentity(identity: DeviceIdentity): Promise<void>
  close(): Promise<void>
}

/** Presents one sentence to the user. */
export type Notify = (sentence: KeyedText) => void

export interface ProfileOptions {
  readonly dataDir: string
  readonly notify: Notify
  /** For programs that present the storage of secrets elsewhere; `notify` by default. */
  readonly notifyWeakerSecrets?: Notify
  /**
   * Whether secrets may be stored in a private file if there is no keychain: no one can be asked, or the user
   * agreed.
   */
  readonly allowSecretsFile: (settings: Settings) => boolean
  /** The user prefers a new sign-in to waiting for the keychain. */
  readonly giveUpKeychain?: boolean
  /** Resolves once the relay knows the current keys, so that a new key can be used immediately. */
  readonly announced?: () => Promise<void>
  /** Further commands that other processes may send, besides those for keys and devices. */
  readonly handlers?: (profile: Profile) => Handlers
}

/**
 * Opens a data directory and serves commands of other processes on it.
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
    const usage = await openUsageHistory(dataDir, notify, () => settings.value.keepUsage)
    const jobs = await openJobs(dataDir, notify, () => settings.value)
    const profile: Profile = {
      settings,
      secrets,
      keys,
      upstreamKey,
      usage,
      jobs,
      identity: () => loadDeviceIdentity(secrets),
      saveIdentity: (paired) => saveDeviceIdentity(secrets, paired),
      async close() {
        await holder.drain()
        await keys.flush().catch(() => {})
        keys.destroy()
        usage.close()
        jobs?.store.close()
        // Losing a renewed refresh token would sign this device out, because the previous one has been used.
        await Promise.all([settings.settled(), secrets.settled()])
        await holder.close()
      },
    }
    const devices = deviceHandlers(() => loadDeviceIdentity(secrets), systemClock)
    const ofKeyStores = {
      ...keyHandlers(keys, announced),
      ...upstreamKeyHandlers(upstreamKey),
      ...usageHandlers(usage),
      ...jobHandlers(new LocalJobs(jobs?.store ?? null, () => ownerIdOf(secrets))),
    }
    holder.serve({ ...ofKeyStores, ...devices, ...handlers(profile) })
    return profile
  } catch (cause) {
    await holder.close()
    throw cause
  }
}

/**
 * Opens the keys for a command that acts on the files because no bridge runs. The caller holds the directory.
 */
export async function openKeyStore(dataDir: string, notify: Notify): Promise<KeyStore> {
  return openKeysOf(dataDir, await openSecretsOf({ dataDir, notify }, true), notify)
}

/** Like `openKeyStore`, for the model server's API key. */
export async function openUpstreamKey(dataDir: string, notify: Notify): Promise<UpstreamKey> {
  return UpstreamKey.open(await openSecretsOf({ dataDir, notify }, true))
}

/**
 * Upstream discovery and monitoring for a profile, with its API key.
 * @param option the upstream given for this run
 * @throws AppError CONFIG_INVALID
 */
export function upstreamSearchFor(option: string | undefined, profile: Profile, env: NodeJS.ProcessEnv) {
  const explicitUrl = () => upstreamUrlFor(option, profile)
  profile.upstreamKey.useEnvironment(env, explicitUrl())
  return upstreamSearch({ explicitUrl, env, apiKeyFor: profile.upstreamKey.for })
}

/** Like `openKeyStore`, for the owner's devices. */
export async function openDeviceHandlers(dataDir: string, notify: Notify): Promise<Handlers> {
  const secrets = await openSecretsOf({ dataDir, notify }, true)
  return deviceHandlers(() => loadDeviceIdentity(secrets), systemClock)
}

/** The configured upstream: from the option, else from the settings. */
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

/**
 * Opens the usage history. Without a usable file nothing is recorded: the bridge does not depend on it. The caller holds
 * the directory.
 * @param isOn whether to record
 */
export async function openUsageHistory(
  dataDir: string,
  notify: Notify,
  isOn: () => boolean = () => false,
): Promise<UsageHistory> {
  const path = join(dataDir, FILES.usage)
  const options = { path, migrations: MIGRATIONS, clock: systemClock, onBad: reportBadFile(notify) }
  const database = await openDatabase(options).catch((cause: unknown) => {
    notify(errorCase('notice.usageOff', { reason: toAppError(cause).words }))
    return null
  })
  return new UsageHistory({ database, clock: systemClock, notify, isOn })
}

/** Opens the jobs for a command that acts on the file because no bridge runs. The caller holds the directory. */
export async function openLocalJobs(dataDir: string, notify: Notify, onClose: OnClose): Promise<LocalJobs> {
  const limits = { jobsKeepDays: SETTINGS.jobsKeepDays.fallback, jobsMaxMib: SETTINGS.jobsMaxMib.fallback }
  const { fallback: jobsMaxWaitingPerKey } = SETTINGS.jobsMaxWaitingPerKey
  const jobs = await openJobs(dataDir, notify, () => ({ ...limits, jobsMaxWaitingPerKey }))
  onClose(() => jobs?.store.close())
  const secrets = await openSecretsOf({ dataDir, notify }, true)
  return new LocalJobs(jobs?.store ?? null, () => ownerIdOf(secrets))
}

async function ownerIdOf(secrets: PlacedSecrets): Promise<string> {
  return (await loadDeviceIdentity(secrets))?.ownerId ?? ''
}

type JobLimitSettings = Pick<Settings, 'jobsKeepDays' | 'jobsMaxMib' | 'jobsMaxWaitingPerKey'>

/**
 * Opens the jobs. Without a usable file there are none; the bridge does not depend on them. The caller holds the directory.
 */
export async function openJobs(
  dataDir: string,
  notify: Notify,
  settings: () => JobLimitSettings,
): Promise<JobStorage | null> {
  const limits = (): JobLimits => jobLimitsOf(settings())
  try {
    return await openJobStorage({ dataDir, limits, clock: systemClock, onBad: reportBadFile(notify) })
  } catch (cause) {
    notify(errorCase('notice.jobsOff', { reason: toAppError(cause).words }))
    return null
  }
}

function jobLimitsOf({ jobsKeepDays, jobsMaxMib, jobsMaxWaitingPerKey }: JobLimitSettings): JobLimits {
  return {
    maxWaitingPerKey: jobsMaxWaitingPerKey,
    maxBytesPerKey: jobsMaxMib * 1024 * 1024,
    keepMs: jobsKeepDays * 86_400_000,
  }
}
