import { type BlockList, isIP } from 'node:net'

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

function isTrusted(address: string, trusted: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4')
}
