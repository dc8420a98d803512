import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP, isIPv4 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Branded } from '../shared/brands.ts'

/** The client's own address according to trusted proxies, not the socket's peer. */
export type ClientAddress = Branded<string, 'ClientAddress'>

/** The number of leading address bits that identify one customer. */
export interface NetworkBits {
  readonly v4: number
  readonly v6: number
}

/** Prefix of IPv4 addresses within IPv6 (RFC 4291, section 2.5.5.2). */
const MAPPED = '::ffff:'
const CUSTOMER: NetworkBits = { v4: 32, v6: 64 }

/**
 * The client's address. Each trusted proxy appends its peer, so the header is read from the right up to the first
 * untrusted address. Entries further left can be forged.
 * @param peer the socket's remote address
 * @param forwardedFor all X-Forwarded-For fields, joined with commas
 */
export function clientAddressFor(
  peer: string,
  forwardedFor: string | undefined,
  trusted: BlockList,
): ClientAddress {
  const hops = forwardedFor?.split(',') ?? []
  // A server for IPv4 and IPv6 sees IPv4 addresses in this form.
  let address =
    peer.startsWith(MAPPED) && isIPv4(peer.slice(MAPPED.length)) ? peer.slice(MAPPED.length) : peer
  while (hops.length > 0 && isTrusted(address, trusted)) {
    const hop = hops.pop()?.trim() ?? ''
    if (isIP(hop) === 0) break
    address = hop
  }
  return address as ClientAddress
}

/** The client's address of a request that did not pass through another replica. */
export function clientAddressOf({ headers, socket }: IncomingMessage, trusted: BlockList): ClientAddress {
  const forwarded = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : forwarded
  return clientAddressFor(socket.remoteAddress ?? '', forwardedFor, trusted)
}

/** Headers by which an intermediary indicates that the peer is not the client. */
const FORWARDING = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
]
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i

/** Whether the request comes from a process on this machine, as far as detectable: some forwarders leave no trace. */
export function isFromThisMachine({ headers, socket }: IncomingMessage): boolean {
  if (FORWARDING.some((name) => headers[name] !== undefined)) return false
  return isLoopback(socket.remoteAddress ?? '') && LOOPBACK_HOST.test(headers.host ?? '')
}

function isLoopback(address: string): boolean {
  return isIP(address) !== 0 && ipaddr.process(address).range() === 'loopback'
}

/** Whether the peer's forwarding headers are trusted. */
export function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** The network that limits count the client by; `undefined` for a trusted proxy, which represents many clients. */
export function countedNetworkOf(address: ClientAddress, trusted: BlockList): string | undefined {
  return isTrusted(address, trusted) ? undefined : networkOf(address)
}

/** @param bits by default one IPv4 address, or a customer's IPv6 /64 */
export function networkOf(address: string, bits: NetworkBits = CUSTOMER): string {
  const version = isIP(address)
  if (version === 0 || (version === 4 && bits.v4 === 32)) return address
  const ip = ipaddr.process(address.split('%', 1)[0] ?? '')
  if (ip.kind() === 'ipv4' && bits.v4 === 32) return ip.toString()
  const network = ip.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6
  const cidr = `/${ip.kind() === 'ipv4' ? bits.v4 : bits.v6}`
  return network.networkAddressFromCIDR(ip.toString() + cidr).toString() + cidr
}
