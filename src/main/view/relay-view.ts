import type { RelayView } from '../../shared/ipc/view.ts'
import type { AppState } from './app-state.ts'
import { isLoopback } from '../../bridge/dial/relay-address.ts'
import { hostOf } from './wording.ts'
import { wordsOf } from './words/view-words.ts'

/** The relay of this device; `null` if there is none. */
export function toRelayView(state: AppState): RelayView | null {
  const { account, settings } = state
  if (account === null) return null
  const { t } = wordsOf(state)
  const { relayUrl, deviceId, issuer } = account
  return {
    url: relayUrl,
    isLocal: isLoopback(new URL(relayUrl)),
    builtIn: state.builtInRelay?.reach ?? null,
    account: issuer === null ? t('relay.paired') : t('relay.signedIn', { issuer: hostOf(issuer) }),
    rttMs: rttOf(state),
    deviceName: settings.deviceName,
    deviceId,
  }
}

/** Whole milliseconds, at least one; `null` without a connection. */
export function rttOf({ bridge }: Pick<AppState, 'bridge'>): number | null {
  if (bridge?.tunnel.kind !== 'online' || bridge.rttMs === undefined) return null
  return Math.max(1, Math.round(bridge.rttMs))
}
