import { describe, expect, it } from 'vitest'
import { parseLinuxTables, parseMacTable, parseWindowsTables } from './network-tables.ts'

describe('the tables of Linux', () => {
  const ROUTE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0
wlp3s0\t00000000\t01B2A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
wlp3s0\t00B2A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0
`
  const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.168.178.1    0x1         0x2         ac:de:48:00:11:22     *        eth0
192.168.178.1    0x1         0x2         DC:39:6F:12:34:56     *        wlp3s0
192.168.178.30   0x1         0x0         00:00:00:00:00:00     *        wlp3s0
`
  const gateway = { address: '192.168.178.1', via: 'wlp3s0' }

  it('name the default gateway and its hardware address at its own interface', () => {
    expect(parseLinuxTables(ROUTE, ARP)).toEqual([{ ...gateway, hardware: 'dc:39:6f:12:34:56' }])
  })

  it.each([
    ['has not answered', ARP.replace('0x2         DC:39:6F:12:34:56', '0x0         00:00:00:00:00:00')],
    ['is asked again', ARP.replace('0x2         DC', '0x0         DC')],
    ['is not listed', ''],
  ])('do not tell the hardware address of a gateway that %s', (_, arp) => {
    expect(parseLinuxTables(ROUTE, arp)).toEqual([{ ...gateway, hardware: null }])
  })

  it('name both gateways of two networks', () => {
    const both = `${ROUTE}eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`
    expect(parseLinuxTables(both, ARP).map(({ address }) => address)).toEqual(['192.168.178.1', '10.0.0.1'])
  })
})

describe('the table of macOS', () => {
  const TABLE = `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            link#26            UCSg                utun4
default            10.254.161.36      UGScg               utun5
default            192.168.2.1        UGScIg                en0
127                127.0.0.1          UCS                   lo0
192.168.2          link#11            UCS                   en0      !
192.168.2.1/32     link#11            UCS                   en0      !
192.168.2.1        0:1e:8c:4:5:F6     UHLWIir               en0   1200
192.168.2.40       link#11            UHLWI                 en0      !
255.255.255.255/32 link#11            UCS                   en0      !
`
  it('names the default gateways of all interfaces', () => {
    expect(parseMacTable(TABLE)).toEqual([
      { address: '10.254.161.36', via: 'utun5', hardware: null },
      { address: '192.168.2.1', via: 'en0', hardware: '00:1e:8c:04:05:f6' },
    ])
  })

  it('does not tell the hardware address of a gateway that has not answered', () => {
    expect(parseMacTable(TABLE.replace('0:1e:8c:4:5:F6', 'link#11       '))[1]).toMatchObject({
      hardware: null,
    })
  })

  it('may have more columns, as in older versions', () => {
    const older = `Routing tables

Internet:
Destination        Gateway            Flags        Refs      Use   Netif Expire
default            10.10.10.1         UGSc           20       16     en0
10.10.10.1         bc:67:1c:40:3:f6   UHLWIir        21       14     en0   1193
`
    expect(parseMacTable(older)).toEqual([
      { address: '10.10.10.1', via: 'en0', hardware: 'bc:67:1c:40:03:f6' },
    ])
  })
})

describe('the tables of Windows', () => {
  const inLines = (...lines: string[]): string => lines.join('\r\n')
  const expected = [{ address: '192.168.178.1', via: '192.168.178.20', hardware: 'dc:39:6f:12:34:56' }]

  const ROUTE = inLines(
    '===========================================================================',
    'Interface List',
    ' 18...94 65 9c 7d e5 ce ......Intel(R) Dual Band Wireless-AC 7265',
    '  1...........................Software Loopback Interface 1',
    '===========================================================================',
    '',
    'IPv4 Route Table',
    '===========================================================================',
    'Active Routes:',
    'Network Destination        Netmask          Gateway       Interface  Metric',
    '          0.0.0.0          0.0.0.0         On-link         10.8.0.2      5',
    '          0.0.0.0        128.0.0.0         10.8.0.1        10.8.0.2      5',
    '          0.0.0.0          0.0.0.0    192.168.178.1   192.168.178.20     35',
    '===========================================================================',
    'Persistent Routes:',
    '  Network Address          Netmask  Gateway Address  Metric',
    '          0.0.0.0          0.0.0.0     192.168.10.1  Default',
    '          0.0.0.0          0.0.0.0  192.168.111.100       5',
    '===========================================================================',
  )
  const ARP = inLines(
    '',
    'Interface: 10.8.0.2 --- 0x7',
    '  Internet Address      Physical Address      Type',
    '  192.168.178.1         00-11-22-33-44-55     static',
    '',
    'Interface: 192.168.178.20 --- 0xb',
    '  Internet Address      Physical Address      Type',
    '  192.168.178.1         dc-39-6f-12-34-56     dynamic',
    '  192.168.178.255       ff-ff-ff-ff-ff-ff     static',
    '  224.0.0.22            01-00-5e-00-00-16     static',
  )

  it('name the default gateway in use and its hardware address at its own interface', () => {
    expect(parseWindowsTables(ROUTE, ARP)).toEqual(expected)
  })

  it.each([
    ['is not listed', 'Interface: 192.168.178.20 --- 0xb'],
    ['has no answer', ARP.replace('dc-39-6f-12-34-56', '00-00-00-00-00-00')],
    ['is listed for another interface only', ARP.replace('192.168.178.20 ---', '192.168.178.21 ---')],
  ])('do not tell the hardware address of a gateway that %s', (_, arp) => {
    expect(parseWindowsTables(ROUTE, arp)).toMatchObject([{ hardware: null }])
  })

  it.each([
    [
      'German',
      ['Aktive Routen:', '     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik'],
      'Auf Verbindung',
      ['Schnittstelle: 192.168.178.20 --- 0x7', '  Internetadresse       Physische Adresse     Typ'],
      'dynamisch',
    ],
    [
      'French, whose colon has a space',
      [
        'Itinéraires actifs :',
        'Destination réseau    Masque réseau  Adr. passerelle   Adr. interface Métrique',
      ],
      'On-link',
      ['Interface : 192.168.178.20 --- 0x7', '  Adresse Internet      Adresse physique      Type'],
      'dynamique',
    ],
    [
      'Chinese, read in the wrong code page',
      [
        '\u00bb\u00ee\u00b6\u00af\u00c2\u00b7\u00d3\u00c9:',
        '\u00cd\u00f8\u00c2\u00e7\u00c4\u00bf\u00b1\u00ea',
      ],
      '\u00d4\u00da\u00c1\u00b4\u00c2\u00b7\u00c9\u00cf',
      ['\u00bd\u00d3\u00bf\u00da: 192.168.178.20 --- 0x7', '  Internet \u00b5\u00d8\u00d6\u00b7'],
      '\u00b6\u00af\u00cc\u00ac',
    ],
  ])('are read in %s', (_, routeHead, onLink, arpHead, dynamic) => {
    const route = inLines(
      ...routeHead,
      `          0.0.0.0          0.0.0.0  ${onLink}          10.8.0.2      5`,
      '          0.0.0.0          0.0.0.0    192.168.178.1   192.168.178.20     35',
    )
    const arp = inLines(...arpHead, `  192.168.178.1         dc-39-6f-12-34-56     ${dynamic}`)
    expect(parseWindowsTables(route, arp)).toEqual(expected)
  })
})

it('a table in another form tells nothing', () => {
  const texts = ['', '\n\n', 'no route to host', 'x'.repeat(100_000), '0.0.0.0 '.repeat(4)]
  for (const text of texts) {
    expect(parseLinuxTables(text, text)).toEqual([])
    expect(parseMacTable(text)).toEqual([])
    expect(parseWindowsTables(text, text)).toEqual([])
  }
})
