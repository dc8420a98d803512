import { describe, expect, it } from 'vitest'
import { chooseHomeAddress, homeAddress } from './home-address.ts'

describe('the address in the home network', () => {
  it.each([
    ['of the default route', ['172.17.0.1', '192.168.1.20'], '192.168.1.20', '192.168.1.20'],
    ['beside a VPN with a public address', ['203.0.113.9', '10.0.0.4'], '203.0.113.9', '10.0.0.4'],
    ['without a default route', ['192.168.1.20'], null, '192.168.1.20'],
    ['that is public is none', ['203.0.113.9'], '203.0.113.9', null],
    ['without a network is none', [], null, null],
  ])('%s', (_, own, defaultRoute, expected) => {
    expect(chooseHomeAddress(own, defaultRoute)).toBe(expected)
  })

  it('of this machine is found, or there is none', async () => {
    expect(await homeAddress()).toSatisfy(
      (found) => found === null || /^(10|172|192|100|169)\./.test(String(found)),
    )
  })
})
