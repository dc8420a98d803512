import { expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import type { ClientAddress } from '../../front/client-address.ts'
import { AppError, type ErrorCode } from '../../shared/errors.ts'
import { Audit } from './audit.ts'

const refuse = (audit: Audit, code: ErrorCode, path: string, address: string): boolean =>
  audit.refused({
    requestId: 'some-request',
    error: new AppError(code),
    method: 'GET',
    path,
    clientAddress: address as ClientAddress,
  })

function audited(act: (audit: Audit, clock: FakeClock) => void): object[] {
  const lines: object[] = []
  const clock = new FakeClock()
  act(new Audit({ ...silentLogger, info: (fields) => void lines.push(fields) }, clock), clock)
  return lines
}

it('marks each line, so that it can be distinguished from the rest of a log', () => {
  expect(audited((audit) => audit.note('connect', { ownerId: 'alice' }))).toEqual([
    { audit: true, event: 'connect', ownerId: 'alice' },
  ])
})

it('records refusals with their address', () => {
  const refusals = audited((audit) => {
    refuse(audit, 'KEY_UNKNOWN', '/api/chat', '203.0.113.7')
    refuse(audit, 'CREDENTIAL_INVALID', '/ws/tunnel', '203.0.113.7')
    refuse(audit, 'PAIRING_LOCKED', '/api/pair', '203.0.113.7')
    refuse(audit, 'UNAUTHORIZED', '/metrics', '203.0.113.7')
  })
  expect(refusals).toMatchObject([
    { event: 'key-refused', address: '203.0.113.7', path: '/api/chat', code: 'KEY_UNKNOWN' },
    { event: 'auth-failure' },
    { event: 'pairing-refused' },
    { event: 'operator-refused' },
  ])
})

it('has no line for refusals unrelated to access', () => {
  expect(audited((audit) => void refuse(audit, 'OFFLINE', '/api/chat', '203.0.113.7'))).toEqual([])
})

it('has ten lines a minute per kind and network, and one that counts the rest', () => {
  const told: boolean[] = []
  const lines = audited((audit, clock) => {
    for (let i = 0; i < 1000; i++) told.push(refuse(audit, 'UNAUTHORIZED', '/', `2001:db8::${(i % 9) + 1}`))
    refuse(audit, 'KEY_UNKNOWN', '/', '2001:db8::1')
    refuse(audit, 'UNAUTHORIZED', '/', '203.0.113.7')
    clock.advance(60_000)
    refuse(audit, 'UNAUTHORIZED', '/', '2001:db8::1')
  })
  expect(told.filter(Boolean)).toHaveLength(10)
  expect(lines).toHaveLength(14)
  expect(lines.slice(10)).toMatchObject([
    { event: 'key-refused' },
    { event: 'auth-failure', address: '203.0.113.7' },
    { event: 'repeated', code: 'UNAUTHORIZED', address: '2001:db8::/64', count: 990 },
    { event: 'auth-failure' },
  ])
})

it('has a bounded number of lines, however many networks there are, and no count is lost', () => {
  const lines = audited((audit) => {
    for (let i = 0; i < 100_000; i++)
      refuse(audit, 'UNAUTHORIZED', '/', `10.${i % 256}.${(i >> 8) % 256}.${i >> 16}`)
    audit.close()
  })
  expect(lines.length).toBeLessThan(500)
  const repeated = lines.at(-1)
  expect(repeated).toMatchObject({ event: 'repeated', address: 'many' })
  expect((repeated as { count: number }).count + lines.length - 1).toBe(100_000)
})
