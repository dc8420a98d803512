import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { chooseHomeAddress, choosePort, homeAddress } from './own-network.ts'

const MAC = '02:00:00:00:00:01'

describe('the address in the home network', () => {
  it.each([
    ['of the default route', ['172.17.0.1', '192.168.1.20'], '192.168.1.20', '192.168.1.20'],
    ['beside a VPN with a public address', ['203.0.113.9', '10.0.0.4'], '203.0.113.9', '10.0.0.4'],
    ['without a default route', ['192.168.1.20'], null, '192.168.1.20'],
    ['that is public is none', ['203.0.113.9'], '203.0.113.9', null],
    ['without a network is none', [], null, null],
  ])('%s', (_, own, defaultRoute, expected) => {
    const addresses = own.map((address) => ({ interface: 'eth0', address, cidr: `${address}/24`, mac: MAC }))
    expect(chooseHomeAddress(addresses, defaultRoute)).toBe(expected)
  })

  it('is not that of a VPN, whatever its route, unless there is no other', () => {
    const vpn = { interface: 'tun0', address: '10.8.0.2', cidr: '10.8.0.2/24', mac: '00:00:00:00:00:00' }
    const wifi = { interface: 'wlan0', address: '192.168.1.20', cidr: '192.168.1.20/24', mac: MAC }
    expect(chooseHomeAddress([vpn, wifi], vpn.address)).toBe(wifi.address)
    expect(chooseHomeAddress([vpn], vpn.address)).toBe(vpn.address)
  })

  it('of this machine is found, or there is none', async () => {
    expect(await homeAddress()).toSatisfy(
      (found) => found === null || /^(10|172|192|100|169)\./.test(String(found)),
    )
  })
})

describe('a port', () => {
  it('is the preferred one, unless another program uses it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const other = await choosePort(port, '127.0.0.1')
    expect(other).not.toBe(port)
    await new Promise((closed) => server.close(closed))
    expect(await choosePort(port, '127.0.0.1')).toBe(port)
  })
})
