import { expect, it } from 'vitest'
import { parseRelayConfig } from './config.ts'
import { variableWarnings } from './variable-warnings.ts'

it.each([
  ['TUNNEL_PING_INTERVAL', '12000', { pingIntervalMs: 12_000 }],
  ['API_PORT', '8080', { port: 8080 }],
  ['RATE_LIMIT_WINDOW', '900000', { rateWindowMs: 900_000 }],
  ['RATE_LIMIT_MAX', '100', { maxRequests: 100 }],
  ['MAX_CONNECTIONS_PER_USER', '3', { maxTunnelsPerOwner: 3, maxJobConnectionsPerUser: 3 }],
  ['LOG_LEVEL', 'INFO', { logLevel: 'info' }],
  ['LOG_LEVEL', ' Warn', { logLevel: 'warn' }],
])('accepts %s=%s of an earlier deployment', (variable, value, expected) => {
  expect(parseRelayConfig({}, { [variable]: value })).toMatchObject(expected)
  expect(variableWarnings({ [variable]: value })).toEqual([])
})

it.each([
  ['JWT_SECRET', /OIDC_ISSUER.*HS256/],
  ['TUNNEL_MAX_CONECTIONS_PER_USER', /^TUNNEL_MAX_CONNECTIONS_PER_USER$/],
  ['RATE_LIMIT_MAX_CONCURENT', /^RATE_LIMIT_MAX_CONCURRENT$/],
  ['TUNNEL_WEBSOCKETPATH', /^TUNNEL_WEBSOCKET_PATH$/],
])('reports that %s has no effect, and what to use instead', (variable, use) => {
  expect(variableWarnings({ [variable]: 'a value that is nobody’s business' })).toEqual([
    { variable, use: expect.stringMatching(use) },
  ])
})

it('suggests no unrelated name, and handles long names quickly', () => {
  const long = `TUNNEL_${'X'.repeat(100_000)}`
  expect(variableWarnings({ TUNNEL_SOMETHING_ELSE_ENTIRELY: '1', [long]: '1' })).toEqual([
    { variable: 'TUNNEL_SOMETHING_ELSE_ENTIRELY', use: undefined },
    { variable: long, use: undefined },
  ])
})

it('reports which of two names of one setting is ignored', () => {
  expect(variableWarnings({ WEBSOCKET_PORT: '3001', API_PORT: '8080' })).toEqual([
    { variable: 'API_PORT', use: 'WEBSOCKET_PORT' },
  ])
  expect(variableWarnings({ PORT: '3001', API_PORT: '3001' })).toEqual([])
})

it('does not report valid, empty or unrelated variables', () => {
  expect(
    variableWarnings({ TUNNEL_REQUEST_TIMEOUT: '1', TUNNEL_X: '', PATH: '/bin', RELAY_CONFIG: 'x' }),
  ).toEqual([])
})
