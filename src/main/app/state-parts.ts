import type { Profile } from '../../bridge/profile/profile.ts'
import type { DeviceIdentity } from '../../bridge/secrets/device-identity.ts'
import type { Settings } from '../../shared/ipc/settings.ts'
import type { AppState, SecretsState } from '../view/app-state.ts'

export function toAccount({ relayUrl, deviceId, oidc }: DeviceIdentity): NonNullable<AppState['account']> {
  return { relayUrl, deviceId, issuer: oidc?.issuer ?? null }
}

export function toSecretsState({ kind, trouble }: Profile['secrets']): SecretsState {
  return kind === 'keychain' ? { kind, isEmptied: trouble === 'emptied' } : { kind }
}

export function updateSettingsIn({ updateMode, updateChannel, allowPrivilegedUpdates }: Settings) {
  return { mode: updateMode, channel: updateChannel, allowPrivileged: allowPrivilegedUpdates }
}
