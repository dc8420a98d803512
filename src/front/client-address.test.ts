import { describe, expect, it } from 'vitest'
import { parseRelayConfig } from '../relay/config.ts'
import { clientAddressFor, networkOf } from './client-address.ts'

const { trustedProxies } = parseRelayConfig({ trustedProxies: 'loopback,10.0.0.0/8' }, {})
const routingIdFor = (peer: string, forwarded?: string) => clientAddressFor(peer, forwarded, trustedProxies)

describe('clientAddressFor', () => {
  it('believes a trusted proxy, through a chain of them', () => {
    expect(routingIdFor('127.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
    expect(routingIdFor('::1', '203.0.113.7, 10.0.0.2')).toBe('203.0.113.7')
    expect(routingIdFor('::ffff:127.0.0.1', '203.0.113.7')).toBe('203.0.113.7')
  })

  it('does not believe what a client wrote itself', () => {
    expect(routingIdFor('203.0.113.7', '198.51.100.1')).toBe('203.0.113.7')
    expect(routingIdFor('127.0.0.1', '198.51.100.1, 203.0.113.7')).toBe('203.0.113.7')
  })

  it('stays with the proxy where the field is missing or garbled', () => {
    expect(routingIdFor('127.0.0.1')).toBe('127.0.0.1')
    expect(routingIdFor('127.0.0.1', 'unknown')).toBe('127.0.0.1')
    expect(routingIdFor('')).toBe('')
    expect(routingIdFor('10.0.0.2', '10.0.0.3')).toBe('10.0.0.3')
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('counts %s as %s: a customer has a whole network of IPv6 addresses', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
