import { isIPv4 } from 'node:net'
import { NO_HARDWARE } from './own-network.ts'

/** A default gateway, as the system's routing table names it. */
interface Route {
  readonly address: string
  /** The interface to it: its name, or on Windows this computer's address there. */
  readonly via: string
}

/** Another computer in the same network. */
interface Neighbour extends Route {
  /** Its hardware address, such as `02:fc:00:00:00:05`; `null` if the system does not know it now. */
  readonly hardware: string | null
}

/** A default gateway with its hardware address. */
export type Gateway = Neighbour

/** Flags of Linux: the route leads to a gateway; the neighbour has answered. */
const RTF_GATEWAY = 0x2
const ATF_COMPLETE = 0x2

/** @param route `/proc/net/route` @param arp `/proc/net/arp` */
export function parseLinuxTables(route: string, arp: string): Gateway[] {
  const routes = rowsOf(route).flatMap(([via, destination, gateway, flags, , , , mask]) => {
    const isDefault = destination === '00000000' && mask === '00000000'
    const address = fromLittleEndian(gateway ?? '')
    const leadsToGateway = (Number.parseInt(flags ?? '', 16) & RTF_GATEWAY) !== 0
    return isDefault && leadsToGateway && via !== undefined && address !== null ? [{ address, via }] : []
  })
  const neighbours = rowsOf(arp).flatMap(([address, , flags, hardware, , via]) =>
    isAddress(address) && via !== undefined && (Number(flags) & ATF_COMPLETE) !== 0
      ? [{ address, via, hardware: toHardware(hardware) }]
      : [],
  )
  return joined(routes, neighbours)
}

/**
 * The table contains the neighbours too, and the default gateway of each interface, also while a VPN has the first one.
 * @param table output of `netstat -rn -f inet`
 */
export function parseMacTable(table: string): Gateway[] {
  const rows = rowsOf(table)
  // Some versions have more columns between the flags and the interface.
  const viaColumn = rows.find(([first]) => first === 'Destination')?.indexOf('Netif') ?? -1
  const routes: Route[] = []
  const neighbours: Neighbour[] = []
  for (const row of rows) {
    const [destination, gateway, flags] = row
    const via = row[viaColumn]
    if (via === undefined) continue
    if (destination === 'default' && flags?.includes('G') === true && isAddress(gateway))
      routes.push({ address: gateway, via })
    if (isAddress(destination)) neighbours.push({ address: destination, via, hardware: toHardware(gateway) })
  }
  return joined(routes, neighbours)
}

/** Their words are translated, their columns are not. @param route output of `route print` @param arp output of `arp -a` */
export function parseWindowsTables(route: string, arp: string): Gateway[] {
  // A persistent route, which may not be in use, has one column less; a directly connected one has no gateway.
  const routes = rowsOf(route).flatMap(([destination, mask, address, via, metric]) =>
    destination === '0.0.0.0' && mask === '0.0.0.0' && isAddress(address) && isAddress(via) && metric
      ? [{ address, via }]
      : [],
  )
  const neighbours: Neighbour[] = []
  let via = ''
  for (const line of arp.split('\n')) {
    via = /(\d+(?:\.\d+){3}) --- 0x/.exec(line)?.[1] ?? via
    const [address, hardware] = columnsOf(line)
    if (isAddress(address)) neighbours.push({ address, via, hardware: toHardware(hardware) })
  }
  return joined(routes, neighbours)
}

function joined(routes: readonly Route[], neighbours: readonly Neighbour[]): Gateway[] {
  return routes.map(({ address, via }) => {
    const found = neighbours.find(
      (neighbour) => neighbour.hardware !== null && neighbour.address === address && neighbour.via === via,
    )
    return { address, via, hardware: found?.hardware ?? null }
  })
}

function rowsOf(table: string): string[][] {
  return table.split('\n').map(columnsOf)
}

function columnsOf(line: string): string[] {
  return line.trim().split(/\s+/)
}

function isAddress(text: string | undefined): text is string {
  return text !== undefined && isIPv4(text)
}

/** @param hex such as `0101A8C0` for 192.168.1.1 */
function fromLittleEndian(hex: string): string | null {
  const bytes = /^[0-9A-F]{8}$/i.test(hex) ? hex.match(/../g) : null
  return bytes === null
    ? null
    : bytes
        .map((byte) => Number.parseInt(byte, 16))
        .toReversed()
        .join('.')
}

/** Two digits a byte, in lower case; `null` unless it is the address of one interface. */
function toHardware(text: string | undefined): string | null {
  if (text === undefined || !/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) return null
  const hardware = text
    .toLowerCase()
    .split(/[:-]/)
    .map((byte) => byte.padStart(2, '0'))
    .join(':')
  return hardware === NO_HARDWARE || hardware === 'ff:ff:ff:ff:ff:ff' ? null : hardware
}
