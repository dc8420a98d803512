import { describe, expect, it } from 'vitest'
import { connectedNetworks, networksOf } from './connected-networks.ts'
import type { OwnAddress } from './own-network.ts'
import { Network } from './trusted-networks.ts'

const at = (name: string, cidr: string, mac = '02:00:00:00:00:01'): OwnAddress => ({
  interface: name,
  address: cidr.replace(/\/.*/, ''),
  cidr,
  mac,
})
const VPN = at('tun0', '10.8.0.2/24', '00:00:00:00:00:00')
const WIFI = at('wlan0', '192.168.1.20/24')
const ROUTER = { address: '192.168.1.1', via: 'wlan0', hardware: 'dc:39:6f:12:34:56' }
const HOME = { subnet: '192.168.1.0/24', gateway: ROUTER.hardware }

describe('the connected networks', () => {
  it.each([
    ['by interface', ROUTER],
    ['by own address, as on Windows', { ...ROUTER, via: '192.168.1.20' }],
  ])('have a subnet and the gateway of their interface, found %s', (_, gateway) => {
    expect(networksOf([at('docker0', '172.17.0.1/16'), WIFI], [gateway])).toEqual([HOME])
  })

  it('include that beside a VPN', () => {
    const tunnel = { address: '10.8.0.1', via: 'tun0', hardware: null }
    expect(networksOf([VPN, WIFI], [tunnel, ROUTER])).toEqual([HOME])
  })

  it('are several, if this computer is in several', () => {
    const cable = { address: '10.0.0.1', via: 'eth0', hardware: 'ac:de:48:00:11:22' }
    expect(networksOf([WIFI, at('eth0', '10.0.15.9/20')], [ROUTER, cable])).toEqual([
      HOME,
      { subnet: '10.0.0.0/20', gateway: 'ac:de:48:00:11:22' },
    ])
  })

  it('are one by cable and by Wi-Fi, also if one of them has not been used', () => {
    const cable = { ...ROUTER, via: 'eth0', hardware: null }
    expect(networksOf([at('eth0', '192.168.1.21/24'), WIFI], [cable, ROUTER, ROUTER])).toEqual([HOME])
  })

  it('have the subnet of the gateway, if the interface has several', () => {
    expect(networksOf([at('wlan0', '169.254.7.7/16'), WIFI], [ROUTER])).toEqual([HOME])
    const far = { ...ROUTER, address: '203.0.113.1' }
    expect(networksOf([WIFI], [far])).toEqual([HOME])
  })

  it('are known by their subnets without a gateway, a VPN’s only if there is no other', () => {
    expect(networksOf([VPN, WIFI], [])).toEqual([{ subnet: '192.168.1.0/24', gateway: null }])
    expect(networksOf([VPN], [])).toEqual([{ subnet: '10.8.0.0/24', gateway: null }])
    expect(networksOf([at('ppp0', '100.64.7.9/32')], [])).toEqual([
      { subnet: '100.64.7.9/32', gateway: null },
    ])
    expect(networksOf([], [ROUTER])).toEqual([])
  })

  it('of this machine are as they are stored', async () => {
    expect(Network.array().safeParse(await connectedNetworks()).error).toBeUndefined()
  })
})
