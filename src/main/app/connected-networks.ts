import { execFile } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'
import { win32 } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import ipaddr from 'ipaddr.js'
import { parseLinuxTables, parseMacTable, parseWindowsTables, type Gateway } from './network-tables.ts'
import { besidesVpns, ownAddresses, type OwnAddress } from './own-network.ts'
import type { Network } from './trusted-networks.ts'

const COMMAND_TIMEOUT_MS = 2_000
const MAX_OUTPUT_BYTES = 1024 * 1024
/** A gateway in the same network answers within milliseconds. */
const ANSWER_MS = 300
/** Nothing needs to listen there. */
const DISCARD_PORT = 9

/** The networks this computer is connected to, as far as the system knows them now. */
export async function connectedNetworks(): Promise<Network[]> {
  const gateways = await gatewaysHere()
  const networks = networksOf(ownAddresses(), gateways)
  const silent = gateways.filter(({ hardware }) => hardware === null)
  if (silent.length === 0 || networks.every(({ gateway }) => gateway !== null)) return networks
  await greet(silent)
  return networksOf(ownAddresses(), await gatewaysHere())
}

/**
 * Every network with a default gateway, also while a VPN has another one. Without any gateway, all networks by their
 * subnets alone.
 */
export function networksOf(own: readonly OwnAddress[], gateways: readonly Gateway[]): Network[] {
  const real = besidesVpns(own)
  const routed = gateways.flatMap((gateway) => networkBehind(gateway, real))
  if (routed.length > 0) return distinct(routed)
  return distinct(real.map(({ cidr }) => ({ subnet: subnetOf(cidr), gateway: null })))
}

function networkBehind({ address, via, hardware }: Gateway, own: readonly OwnAddress[]): Network[] {
  const there = own.filter((one) => one.interface === via || one.address === via)
  const here =
    there.find(({ cidr }) => subnetOf(cidr) === subnetOf(`${address}/${prefixOf(cidr)}`)) ?? there[0]
  return here === undefined ? [] : [{ subnet: subnetOf(here.cidr), gateway: hardware }]
}

/** Without repetitions, such as a network joined by cable and by Wi-Fi, one of which has not been used yet. */
function distinct(networks: readonly Network[]): Network[] {
  return networks.filter(({ subnet, gateway }, i) => {
    const same = networks.filter((other) => other.subnet === subnet)
    if (gateway === null && same.some((other) => other.gateway !== null)) return false
    return networks.findIndex((other) => other.subnet === subnet && other.gateway === gateway) === i
  })
}

/** @param cidr such as `192.168.1.20/24` @returns such as `192.168.1.0/24` */
function subnetOf(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${prefixOf(cidr)}`
}

function prefixOf(cidr: string): number {
  return Number(cidr.split('/')[1])
}

/** The default gateways; none if the system does not report them. */
async function gatewaysHere(): Promise<Gateway[]> {
  switch (process.platform) {
    case 'linux':
      return parseLinuxTables(...(await both(contentOf('/proc/net/route'), contentOf('/proc/net/arp'))))
    case 'darwin':
      return parseMacTable(await outputOf('/usr/sbin/netstat', '-rn', '-f', 'inet'))
    case 'win32': {
      const route = outputOf(inSystem32('route.exe'), 'print', '-4', '0.0.0.0')
      return parseWindowsTables(...(await both(route, outputOf(inSystem32('arp.exe'), '-a'))))
    }
    default:
      return []
  }
}

function both(first: Promise<string>, second: Promise<string>): Promise<[string, string]> {
  return Promise.all([first, second])
}

function inSystem32(program: string): string {
  return win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', program)
}

async function contentOf(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => '')
}

/** Empty if the program fails, does not end, or has too much output. */
function outputOf(program: string, ...args: string[]): Promise<string> {
  // Only its ASCII characters are used, so the system's code page does not matter.
  const options = {
    encoding: 'latin1',
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  } as const
  return new Promise((resolve) => {
    execFile(program, args, options, (error, output) => resolve(error === null ? output : ''))
  })
}

/** Sends each an empty packet: the system has to find out its hardware address for that. */
async function greet(gateways: readonly Gateway[]): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  for (const { address } of gateways) socket.send('', DISCARD_PORT, address, () => {})
  await sleep(ANSWER_MS)
  socket.close()
}
