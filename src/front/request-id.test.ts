import { BlockList } from 'node:net'
import { expect, it } from 'vitest'
import { requestIdFor } from './request-id.ts'

const trustedProxies = new BlockList()
trustedProxies.addSubnet('10.0.0.0', 8)
const UUID = /^[\da-f]{8}-/
const idFrom = (remoteAddress: string, given?: string) =>
  requestIdFor({ headers: { 'x-request-id': given }, socket: { remoteAddress } }, trustedProxies)

it('keeps the id given by a trusted proxy', () => {
  expect(idFrom('10.1.2.3', 'f3b1c0de-0001')).toBe('f3b1c0de-0001')
})

it('does not accept an id from untrusted peers, which could imitate another request', () => {
  expect(idFrom('203.0.113.7', 'f3b1c0de-0001')).toMatch(UUID)
})

it.each(['short', 'x'.repeat(65), 'two words here', 'line\nbreak-in-it', '../../etc/passwd', ''])(
  'does not accept %j as an id',
  (given) => expect(idFrom('10.1.2.3', given)).toMatch(UUID),
)
