import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessProxy } from './proxy.ts'

const RELAY = new URL('https://relay.example/')

test('reports the route to the relay: which proxy, or why none', () => {
  const detail = (...args: Parameters<typeof assessProxy>): string => inTerminal(assessProxy(...args)).detail
  expect(detail(RELAY, { shownUrl: 'http://proxy:3128' }, {})).toContain(
    'through the proxy http://proxy:3128',
  )
  expect(detail(RELAY, null, {})).toContain('no proxy is set')
  expect(detail(RELAY, null, { https_proxy: 'http://proxy:3128', NO_PROXY: '.example' })).toMatch(
    /HTTPS_PROXY.*NO_PROXY/,
  )
  expect(detail(new URL('http://127.0.0.1:3001/'), null, { HTTP_PROXY: 'x' })).toContain('on this computer')
})

test('a variable without a valid proxy URL is a failure', () => {
  expect(assessProxy(RELAY, new AppError('CONFIG_INVALID', 'HTTPS_PROXY …'), {}).level).toBe('fail')
})
