import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessUpgrade } from './websocket.ts'

test.each(['CREDENTIAL_INVALID', 'CREDENTIAL_EXPIRED'] as const)(
  'the relay’s own %s proves that upgrades pass',
  (code) => expect(assessUpgrade(new AppError(code), 'unknown').level).toBe('ok'),
)

test('a swallowed upgrade is reported with the configuration for that proxy', () => {
  const swallowed = new AppError('RELAY_REFUSED', 'No tunnel (HTTP 404)')
  expect(inTerminal(assessUpgrade(swallowed, 'nginx'))).toMatchObject({
    level: 'fail',
    detail: expect.stringContaining('HTTP 404'),
    fix: expect.stringContaining('proxy_set_header Upgrade $http_upgrade'),
  })
  expect(inTerminal(assessUpgrade(swallowed, 'cloudflare')).fix).toContain('turn on WebSockets')
})

test('a broken connection is reported with its reason', () => {
  const cause = Object.assign(new Error(), { code: 'ECONNRESET' })
  expect(
    inTerminal(assessUpgrade(new AppError('RELAY_UNREACHABLE', undefined, { cause }), 'unknown')),
  ).toMatchObject({
    level: 'fail',
    detail: expect.stringContaining('closes the connection'),
  })
})

test('a relay that is only busy is not broken', () => {
  expect(assessUpgrade(new AppError('DRAINING'), 'unknown').level).toBe('warn')
  expect(assessUpgrade(new AppError('VERSION_UNSUPPORTED'), 'unknown').level).toBe('fail')
})
