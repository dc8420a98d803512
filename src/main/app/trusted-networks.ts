import { z } from 'zod'
import { pause, type Clock } from '../../shared/clock.ts'

/** A network, by the facts that distinguish it from others. */
export const Network = z.object({
  /** Such as `192.168.1.0/24`. */
  subnet: z.cidrv4(),
  /** Hardware address of the default gateway; `null` if the system does not know one. */
  gateway: z
    .string()
    .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/)
    .nullable(),
})
export type Network = z.output<typeof Network>

export const MAX_TRUSTED_NETWORKS = 16

const MAX_LOOKS = 3
const LOOK_AGAIN_MS = 1_000

/** The networks this computer is connected to. */
export interface NetworkSource {
  readonly networks: () => Promise<readonly Network[]>
  readonly clock: Pick<Clock, 'after'>
}

/**
 * Whether the user trusts all networks of this computer. One whose gateway has not answered yet, as right after waking,
 * is not trusted for its subnet alone.
 */
export async function isTrustedHere(source: NetworkSource, trusted: readonly Network[]): Promise<boolean> {
  const networks = await look(source, (seen) => !mayBecomeTrusted(seen, trusted))
  return areTrusted(networks, trusted)
}

/** @returns the trusted networks, with those of this computer as the newest */
export async function withNetworksHere(
  source: NetworkSource,
  trusted: readonly Network[],
): Promise<Network[]> {
  const networks = await look(source, (seen) => seen.every(({ gateway }) => gateway !== null))
  const others = trusted.filter((network) => !includes(networks, network))
  return [...others, ...networks].slice(-MAX_TRUSTED_NETWORKS)
}

/** Looks again for a moment until the networks are known well enough. */
async function look(
  source: NetworkSource,
  isEnough: (networks: readonly Network[]) => boolean,
): Promise<readonly Network[]> {
  for (let looks = 1; ; looks++) {
    const networks = await source.networks()
    if (looks === MAX_LOOKS || isEnough(networks)) return networks
    await pause(source.clock, LOOK_AGAIN_MS)
  }
}

function areTrusted(networks: readonly Network[], trusted: readonly Network[]): boolean {
  return networks.length > 0 && networks.every((network) => includes(trusted, network))
}

/** Whether they only lack the answer of a gateway. */
function mayBecomeTrusted(networks: readonly Network[], trusted: readonly Network[]): boolean {
  const isLacking = ({ subnet, gateway }: Network): boolean =>
    gateway === null && trusted.some((other) => other.subnet === subnet)
  return (
    !areTrusted(networks, trusted) &&
    networks.every((network) => includes(trusted, network) || isLacking(network))
  )
}

function includes(networks: readonly Network[], { subnet, gateway }: Network): boolean {
  return networks.some((other) => other.subnet === subnet && other.gateway === gateway)
}
