import type { IncomingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { inTerminal } from './check-text.test-support.ts'
import { assessStreaming } from './streaming.ts'
import { visitWith } from './visit.test-support.ts'

const at = (lineTimesMs: readonly number[], headers: IncomingHttpHeaders = {}) =>
  visitWith({ lineTimesMs, headers })
const spread = Array.from({ length: 10 }, (_, i) => 3 + i * 100)
const lump = Array.from({ length: 10 }, (_, i) => 904 + i * 0.2)

test('chunks that arrive as sent are fine, even if the network paused briefly', () => {
  expect(assessStreaming(at(spread)).level).toBe('ok')
  const paused = spread.map((timeMs) => (timeMs > 300 && timeMs < 700 ? 700 : timeMs))
  expect(assessStreaming(at(paused)).level).toBe('ok')
})

test('chunks that arrive together are reported with figures', () => {
  expect(inTerminal(assessStreaming(at(lump)))).toMatchObject({
    level: 'fail',
    detail: expect.stringMatching(/All 10 chunks .* within 2 ms, after 0\.9 s/),
  })
})

test('most of them arriving together is the same symptom', () => {
  const times = [...spread.slice(0, 3), ...lump.slice(0, 7)]
  expect(inTerminal(assessStreaming(at(times))).detail).toContain('7 of 10 chunks')
})

test.each([
  [{ server: 'nginx/1.27.0' }, 'proxy_buffering off; proxy_http_version 1.1;'],
  [{ via: '1.1 Caddy' }, 'remove encode and flush_interval'],
  [{ server: 'cloudflare', via: '1.1 Caddy' }, 'Configuration Rule'],
  [{}, 'Turn off response buffering'],
])('the fix matches the proxy in front: %j', (headers, cure) => {
  expect(inTerminal(assessStreaming(at(lump, headers))).fix).toContain(cure)
})

test('a response that ends early is a failure; a relay without the test is not', () => {
  expect(inTerminal(assessStreaming(at(spread.slice(0, 4))))).toMatchObject({
    level: 'fail',
    detail: expect.stringContaining('4 of 10'),
  })
  expect(assessStreaming(Object.assign(new Error(), { code: 'ECONNRESET' })).level).toBe('fail')
  expect(assessStreaming(visitWith({ status: 404 })).level).toBe('warn')
})
