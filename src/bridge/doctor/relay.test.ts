import { expect, test } from 'vitest'
import { errorCase } from '../../shared/error-cases.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessRelay } from './relay.ts'
import { visitWith } from './visit.test-support.ts'

const URL_ = new URL('https://relay.example/')
const DESCRIPTION = {
  name: 'cloudtolocalllm',
  version: '0.1.0',
  protocols: [1],
  time: '2026-01-01T00:00:00Z',
}
const describing = (facts: object) => visitWith({ body: JSON.stringify({ ...DESCRIPTION, ...facts }) })

test('a relay is named with its version', () => {
  expect(inTerminal(assessRelay(URL_, describing({}), null, null))).toMatchObject({
    level: 'ok',
    detail: 'A relay responds at https://relay.example/ (version 0.1.0).',
  })
})

test('a relay without a protocol in common has to be updated', () => {
  expect(inTerminal(assessRelay(URL_, describing({ protocols: [7] }), null, null))).toMatchObject({
    level: 'fail',
    fix: expect.stringContaining('Update'),
  })
})

test.each([
  [
    'a page',
    visitWith({ body: '<html>', headers: { server: 'nginx' } }),
    /not a relay \(HTTP 200, from nginx\)/,
  ],
  ['an error', visitWith({ status: 502, body: JSON.stringify(DESCRIPTION) }), /HTTP 502/],
  ['another product', describing({ name: 'other' }), /not a relay/],
])('%s is not accepted as a relay', (_, visit, detail) => {
  expect(inTerminal(assessRelay(URL_, visit, null, null))).toMatchObject({
    level: 'fail',
    detail: expect.stringMatching(detail),
  })
})

test('a redirect is reported with the relay’s new URL', () => {
  const moved = visitWith({ status: 301, headers: { location: 'https://new.example/' } })
  expect(inTerminal(assessRelay(URL_, moved, null, null)).fix).toContain('https://new.example/')
})

test('a failure names the proxy where it occurred', () => {
  const refused = Object.assign(new Error(), { code: 'ECONNREFUSED' })
  expect(inTerminal(assessRelay(URL_, refused, 'http://proxy:3128', null)).detail).toContain(
    'through the proxy http://proxy:3128',
  )
  expect(inTerminal(assessRelay(URL_, refused, null, null)).detail).not.toContain('proxy')
})

test('a relay that is reached without encryption is a warning', () => {
  const warning = errorCase('case.relayUrl.unencrypted', { host: 'relay' })
  expect(inTerminal(assessRelay(URL_, describing({}), null, warning))).toMatchObject({
    level: 'warn',
    detail: expect.stringContaining('The connection to relay is not encrypted'),
  })
})
