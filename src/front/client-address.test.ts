import { BlockList } from 'node:net'
import { describe, expect, it } from 'vitest'
import { clientAddressFor, networkOf } from './client-address.ts'

const trustedProxies = new BlockList()
trustedProxies.addSubnet('127.0.0.0', 8)
trustedProxies.addAddress('::1', 'ipv6')
trustedProxies.addSubnet('10.0.0.0', 8)
const addressFor = (peer: string, forwarded?: string) => clientAddressFor(peer, forwarded, trustedProxies)

describe('clientAddressFor', () => {
  it('trusts a proxy, also through a chain', () => {
    expect(addressFor('127.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(addressFor('::1', '203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(addressFor('::ffff:127.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
  })

  it('ignores entries written by the client', () => {
    expect(addressFor('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7')
    expect(addressFor('127.0.0.1', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7')
  })

  it('formats an IPv4 address the same way for every kind of socket', () => {
    expect(addressFor('::ffff:203.0.113.7')).toBe('203.0.113.7')
    expect(addressFor('::ffff:cb00:7107')).toBe('::ffff:cb00:7107')
    expect(addressFor('2001:db8::1')).toBe('2001:db8::1')
  })

  it('uses the proxy’s address if the field is missing or malformed', () => {
    expect(addressFor('127.0.0.1')).toBe('127.0.0.1')
    expect(addressFor('127.0.0.1', 'unknown')).toBe('127.0.0.1')
    expect(addressFor('')).toBe('')
    expect(addressFor('10.0.0.2', '10.0.0.3')).toBe('10.0.0.3')
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8::/64'],
  ['::1', '::/64'],
])('counts %s as %s, since a customer has a whole IPv6 network', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

it.each([
  ['192.0.2.1', '192.0.2.0/24'],
  ['::ffff:192.0.2.1', '192.0.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['fe80::1%eth0', 'fe80::/48'],
  ['no address', 'no address'],
])('derives the network that a provider assigns: for %s, %s', (address, network) => {
  expect(networkOf(address, { v4: 24, v6: 48 })).toBe(network)
})
