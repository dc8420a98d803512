import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPrivate } from '../../bridge/dial/relay-address.ts'

/** An address outside all networks (RFC 5737), to which nothing is sent. */
const OUTSIDE = '192.0.2.1'

/** The hardware address of an interface without hardware. */
export const NO_HARDWARE = '00:00:00:00:00:00'

/** An IPv4 address of this computer. */
export interface OwnAddress {
  readonly interface: string
  readonly address: string
  /** Such as `192.168.1.20/24`. */
  readonly cidr: string
  /** Hardware address of the interface. */
  readonly mac: string
}

/** This computer's IPv4 address in its home network; `null` without one. */
export async function homeAddress(): Promise<string | null> {
  return chooseHomeAddress(ownAddresses(), await defaultRouteAddress())
}

/**
 * The address of the default route if it is a private one. Otherwise the first private address, as behind a VPN or in
 * a network without internet access.
 */
export function chooseHomeAddress(own: readonly OwnAddress[], defaultRoute: string | null): string | null {
  const candidates = besidesVpns(own)
    .map(({ address }) => address)
    .filter(isPrivate)
  return candidates.find((address) => address === defaultRoute) ?? candidates[0] ?? null
}

/** All addresses outside loopback. */
export function ownAddresses(): OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ family, internal, address, cidr, mac }) =>
      family === 'IPv4' && !internal && cidr !== null ? [{ interface: name, address, cidr, mac }] : [],
    ),
  )
}

/** The addresses of interfaces with hardware, which excludes VPNs; all addresses if there are no others. */
export function besidesVpns(own: readonly OwnAddress[]): readonly OwnAddress[] {
  const real = own.filter(({ mac }) => mac !== NO_HARDWARE)
  return real.length > 0 ? real : own
}

/** Connecting a UDP socket sends nothing, but chooses the route. */
async function defaultRouteAddress(): Promise<string | null> {
  const socket = createSocket('udp4')
  try {
    socket.connect(9, OUTSIDE)
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    return null
  } finally {
    socket.close()
  }
}

/** @returns this port of the host, or any other one if a program uses it */
export async function choosePort(preferred: number, host: string): Promise<number> {
  return (await portIfFree(preferred, host)) ?? (await portIfFree(0, host)) ?? preferred
}

async function portIfFree(port: number, host: string): Promise<number | null> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch {
    return null
  } finally {
    server.close()
  }
}
