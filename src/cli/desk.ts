import { acquire } from '../bridge/data-dir/owner-lock.ts'
import type { BadFile } from '../bridge/data-dir/store-file.ts'
import { keyHandlers } from '../bridge/keys/key-desk.ts'
import { digestOf, KeyStore } from '../bridge/keys/key-store.ts'
import {
  loadDeviceIdentity,
  saveDeviceIdentity,
  type DeviceIdentity,
} from '../bridge/secrets/device-identity.ts'
import { openSecrets } from '../bridge/secrets/open-secrets.ts'
import type { Secrets } from '../bridge/secrets/secrets.ts'
import { SettingsStore } from '../bridge/settings/settings-store.ts'
import { connectableOrigin } from '../bridge/upstream/ollama-host.ts'
import { DEFAULT_SCOPES } from '../shared/routes.ts'
import { systemClock } from '../tunnel/system-clock.ts'
import type { Output } from './output.ts'

/** What lies in a data directory, open for this process alone. */
export interface Desk {
  readonly settings: SettingsStore
  readonly secrets: Secrets
  readonly keys: KeyStore
  identity(): Promise<DeviceIdentity | null>
  saveIdentity(identity: DeviceIdentity): Promise<void>
  close(): Promise<void>
}

const DEFAULT_KEY = 'default-key'

/**
 * Opens a data directory and answers other commands that ask about it.
 * @throws AppError ALREADY_RUNNING, CONFIG_INVALID, SECRETS_UNAVAILABLE
 */
export async function openDesk(dataDir: string, output: Output): Promise<Desk> {
  const holder = await acquire(dataDir)
  try {
    const clock = systemClock
    const onBad = reportBadFile(output)
    const settings = await SettingsStore.load({ dataDir, clock, env: process.env, onBad })
    const secrets = await openSecretsOf(dataDir, output)
    const identity = () => loadDeviceIdentity(secrets)
    const keys = await openKeysOf(dataDir, secrets, output)
    holder.serve(keyHandlers(keys))
    return {
      settings,
      secrets,
      keys,
      identity,
      saveIdentity: (paired) => saveDeviceIdentity(secrets, paired),
      async close() {
        keys.destroy()
        await holder.close()
      },
    }
  } catch (cause) {
    await holder.close()
    throw cause
  }
}

/** For a command that acts on the files itself because no bridge runs. The caller holds the directory. */
export async function openKeyStore(dataDir: string, output: Output): Promise<KeyStore> {
  return openKeysOf(dataDir, await openSecretsOf(dataDir, output), output)
}

/** The key that is printed for people who have not made one of their own; made on first use, kept in the secrets. */
export async function defaultKeyOf({ keys, secrets }: Desk): Promise<string> {
  const kept = await secrets.get(DEFAULT_KEY)
  if (kept !== null && keys.grantFor(digestOf(kept), systemClock.now()) !== undefined) return kept
  const { key } = await keys.create({
    name: 'default',
    scopes: [...DEFAULT_SCOPES],
    models: null,
    expiresAt: null,
    requestsPerMinute: null,
    maxConcurrent: null,
  })
  await secrets.set(DEFAULT_KEY, key)
  return key
}

/** The upstream that was chosen: by the option, else in the settings. */
export function upstreamOriginFor(option: string | undefined, { settings }: Desk): string | undefined {
  const { upstream } = settings.value
  return option ?? (upstream === null ? undefined : connectableOrigin(upstream))
}

function openSecretsOf(dataDir: string, output: Output): Promise<Secrets> {
  return openSecrets({
    dataDir,
    allowFile: true,
    notify: (sentence) => output.warn(sentence),
    clock: systemClock,
    env: process.env,
  })
}

function openKeysOf(dataDir: string, secrets: Secrets, output: Output): Promise<KeyStore> {
  return KeyStore.open({
    dataDir,
    clock: systemClock,
    ownerAddress: async () => (await loadDeviceIdentity(secrets))?.address ?? null,
    onBad: reportBadFile(output),
  })
}

function reportBadFile(output: Output): (bad: BadFile) => void {
  return ({ path, movedTo, reason }) =>
    output.warn(`${path} could not be used (${reason}). It was kept as ${movedTo}, and a fresh one begun.`)
}
