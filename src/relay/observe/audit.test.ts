import { expect, it } from 'vitest'
import { silentLogger } from '../../shared/logger.ts'
import { Audit } from './audit.ts'

function audited(act: (audit: Audit) => void): object[] {
  const lines: object[] = []
  act(new Audit({ ...silentLogger, info: (fields) => void lines.push(fields) }))
  return lines
}

it('marks each line, so that it can be told from the rest of a log', () => {
  expect(audited((audit) => audit.note('connect', { ownerId: 'alice' }))).toEqual([
    { audit: true, event: 'connect', ownerId: 'alice' },
  ])
})

it('says who was turned away, and from where', () => {
  const refusals = audited((audit) => {
    audit.refused('KEY_UNKNOWN', '/api/chat', '203.0.113.7')
    audit.refused('CREDENTIAL_INVALID', '/ws/tunnel', '203.0.113.7')
    audit.refused('PAIRING_LOCKED', '/api/pair', '203.0.113.7')
    audit.refused('UNAUTHORIZED', '/metrics', '203.0.113.7')
  })
  expect(refusals).toMatchObject([
    { event: 'key-refused', address: '203.0.113.7', path: '/api/chat', code: 'KEY_UNKNOWN' },
    { event: 'auth-failure' },
    { event: 'pairing-refused' },
    { event: 'operator-refused' },
  ])
})

it('has no line for refusals that are about something else', () => {
  expect(audited((audit) => audit.refused('OFFLINE', '/api/chat', '203.0.113.7'))).toEqual([])
})
