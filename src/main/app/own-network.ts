import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPrivate } from '../../bridge/dial/relay-address.ts'

/** An address outside all networks (RFC 5737), to which nothing is sent. */
const OUTSIDE = '192.0.2.1'

/** This computer's IPv4 address in its home network; `null` without one. */
export async function homeAddress(): Promise<string | null> {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
  return chooseHomeAddress(own, await defaultRouteAddress())
}

/**
 * The address of the default route if it is a private one. Otherwise the first private address, as behind a VPN or in
 * a network without internet access.
 */
export function chooseHomeAddress(own: readonly string[], defaultRoute: string | null): string | null {
  const candidates = own.filter(isPrivate)
  return candidates.find((address) => address === defaultRoute) ?? candidates[0] ?? null
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
