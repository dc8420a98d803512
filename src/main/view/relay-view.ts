import type { RelayView } from '../../shared/ipc/relay-view.ts'
import type { AppState } from './app-state.ts'
import { isLoopback } from '../../bridge/dial/relay-address.ts'
import { hostOf } from './wording.ts'
import { wordsOf } from './words/view-words.ts'

/** The relay of this device; `null` if there is none. */
export function toRelayView(state: AppState): RelayView | null {
  const { account, settings, builtInRelay, bridge } = state
  if (account === null) return null
  const { t } = wordsOf(state)
  const { relayUrl, deviceId, issuer } = account
  return {
    url: builtInRelay === null ? relayUrl : (bridge?.url ?? null),
    builtIn: builtInRelay?.reach ?? null,
    account: issuer === null ? t('relay.paired') : t('relay.signedIn', { issuer: hostOf(issuer) }),
    rttMs: rttOf(state),
    deviceName: settings.deviceName,
    deviceId,
  }
}

/**
 * Whether only this computer can reach the relay, by its URL for clients: a relay on this computer may have one that
 * works elsewhere, and the app dials its own relay over loopback whatever its reach.
 */
export function isRelayLocal({ account, bridge, builtInRelay }: AppState): boolean {
  if (account === null) return false
  if (builtInRelay !== null) return builtInRelay.reach === 'computer'
  return isLoopback(new URL(bridge?.url ?? account.relayUrl))
}

/** Whole milliseconds, at least one; `null` without a connection. */
export function rttOf({ bridge }: Pick<AppState, 'bridge'>): number | null {
  if (bridge?.tunnel.kind !== 'online' || bridge.rttMs === undefined) return null
  return Math.max(1, Math.round(bridge.rttMs))
}
