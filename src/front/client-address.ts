import type { IncomingMessage } from 'node:http'
import { type BlockList, isIP } from 'node:net'
import { passOf } from '../relay/cluster/hop-pass.ts'

/**
 * Whom a request comes from, for limits that are counted by address. Each trusted proxy tells who came to it, so the field
 * is read from the right, up to the first address that is not trusted. What stands further left anybody can make up.
 * @param peer the socket's remote address
 * @param forwardedFor all X-Forwarded-For fields, joined with commas
 */
export function clientAddressFor(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const hops = forwardedFor?.split(',').map((hop) => hop.trim()) ?? []
  let address = peer
  while (isTrusted(address, trusted)) {
    const hop = hops.pop()
    if (hop === undefined || isIP(hop) === 0) break
    address = hop
  }
  return address
}

/** The same, of a request; of one that another replica passed on, as that one saw it. */
export function clientAddressOf(request: IncomingMessage, trusted: BlockList): string {
  const pass = passOf(request)
  if (pass !== undefined) return pass.clientAddress
  const { headers, socket } = request
  const forwarded = headers['x-forwarded-for']
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(',') : forwarded
  return clientAddressFor(socket.remoteAddress ?? '', forwardedFor, trusted)
}

/** Fields by which somebody in between says that the peer is not the one who asks. */
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

/** Whether a process on this machine asks for itself, as far as that can be told: some forwarders leave no trace. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  const { headers, socket } = request
  if (passOf(request) !== undefined || FORWARDING.some((name) => headers[name] !== undefined)) return false
  return isLoopback(socket.remoteAddress ?? '') && LOOPBACK_HOST.test(headers.host ?? '')
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}

/** Whether a peer's word on where a request comes from is taken. */
export function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/**
 * What stands for a client where requests are counted by address: of IPv6, the network that a single customer has. `undefined`
 * where that is a trusted proxy, which speaks for everybody behind it, or where another replica has counted already.
 */
export function countedAddressOf(request: IncomingMessage, trusted: BlockList): string | undefined {
  if (passOf(request)?.isCounted === true) return undefined
  const address = clientAddressOf(request, trusted)
  return isTrusted(address, trusted) ? undefined : networkOf(address)
}

/** @param address IPv4 as it is, IPv6 cut to its first 64 bits */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = [...left, ...(tail === undefined ? [] : zeros), ...right]
  return `${groups
    .slice(0, 4)
    .map((group) => group.toLowerCase())
    .join(':')}::/64`
}
