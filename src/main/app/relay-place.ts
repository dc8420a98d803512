import type { RelayReach } from '../../shared/ipc/relay-view.ts'
import type { BuiltInRelayState } from '../view/app-state.ts'
import type { RelayHost } from './ports.ts'
import { isTrustedHere, type Network, type NetworkSource } from './trusted-networks.ts'

const LOOPBACK = '127.0.0.1'

/** Where the built-in relay can be reached at the moment. */
export interface RelayPlace {
  /** The host in the URL for clients. */
  readonly host: string
  readonly closed: BuiltInRelayState['closed']
}

/** Only this computer, as the user chose. */
export const THIS_COMPUTER: RelayPlace = { host: LOOPBACK, closed: null }

/** The place for a reach; for this computer only in a network that the user does not trust. */
export async function placeFor(
  relayHost: Pick<RelayHost, 'homeAddress'>,
  networks: NetworkSource,
  reach: RelayReach,
  trusted: readonly Network[],
): Promise<RelayPlace> {
  if (reach === 'computer') return THIS_COMPUTER
  const host = await relayHost.homeAddress()
  if (host === null) return { host: LOOPBACK, closed: 'noNetwork' }
  const isTrusted = await isTrustedHere(networks, trusted)
  return isTrusted ? { host, closed: null } : { host: LOOPBACK, closed: 'untrusted' }
}

/** The address to listen on. */
export function listenHostFor({ host }: RelayPlace): string {
  return host === LOOPBACK ? LOOPBACK : '0.0.0.0'
}

/** The URL for this device. */
export function urlHere(port: number): string {
  return `http://${LOOPBACK}:${port}/`
}
