import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { inTerminal } from './check-text.test-support.ts'
import { exposedOrigins, assessExposure, assessUpstream } from './upstream.ts'
import { errorCase } from '../../shared/error-cases.ts'
import type { UpstreamFacts } from '../upstream/upstream-state.ts'

const FACTS: UpstreamFacts = {
  baseUrl: 'http://127.0.0.1:11434',
  kind: 'ollama',
  version: '0.12.3',
  models: ['llama3.2:latest'],
  name: 'Ollama 0.12.3',
}

test('an upstream with a model is named with its version and the number of models', () => {
  const { level, detail } = inTerminal(assessUpstream({ kind: 'found', facts: FACTS }))
  expect(level).toBe('ok')
  expect(detail).toMatch(/Ollama 0\.12\.3 .*11434.* 1 model\./)
})

test('the advice for an Ollama without models is to pull one; for other servers it does not mention ollama', () => {
  const empty = { ...FACTS, models: [] }
  expect(inTerminal(assessUpstream({ kind: 'found', facts: empty }))).toMatchObject({
    level: 'warn',
    fix: expect.stringContaining('ollama pull llama3.2'),
  })
  const lmStudio = inTerminal(
    assessUpstream({ kind: 'found', facts: { ...empty, kind: 'openai', name: 'LM Studio' } }),
  )
  expect(lmStudio.fix).toBe('Load a model in LM Studio.')
})

test.each([
  ['needsKey', 'fail', /^LM Studio at http:\/\/127\.0\.0\.1:1234 requires an API key\.$/, /upstream set-key/],
  ['keyRefused', 'fail', /does not accept the API key/, /upstream set-key/],
  ['loading', 'warn', /is still loading a model/, /^Wait/],
  ['failing', 'fail', /status 500/, /log/],
] as const)(
  'a server that responds with a refusal (%s) is not reported as missing',
  (cause, level, detail, fix) => {
    const refusal = {
      baseUrl: 'http://127.0.0.1:1234',
      cause,
      status: 500,
      name: 'LM Studio',
      isModelServer: true,
    }
    const finding = inTerminal(assessUpstream({ kind: 'refusing', refusal }))
    expect(finding).toMatchObject({ check: 'upstream', level })
    expect(finding.detail).toMatch(detail)
    expect(finding.fix).toMatch(fix)
  },
)

test('a missing upstream is a failure with a remedy', () => {
  const missing = inTerminal(
    assessUpstream({ kind: 'missing', baseUrl: null, reason: errorCase('case.upstream.none') }),
  )
  expect(missing).toMatchObject({
    level: 'fail',
    detail: expect.stringContaining('No model server was found'),
  })
  expect(missing.fix).toContain('--upstream')
})

test.each([
  ['0.0.0.0', 'warn'],
  ['0.0.0.0:11434', 'warn'],
  ['192.168.1.5:11434', 'warn'],
  ['127.0.0.1:11434', 'ok'],
  ['localhost', 'ok'],
  [undefined, 'ok'],
  ['', 'ok'],
  // On another machine, which this one only uses.
  ['gpu-box:11434', 'ok'],
  // The line that this product prints for the Ollama CLI.
  ['https://relay.example/k/ctl_secret', 'ok'],
  ['ftp://?', 'ok'],
])('OLLAMA_HOST=%s is rated %s', (ollamaHost, level) => {
  const finding = inTerminal(assessExposure(ollamaHost, ['192.168.1.5'], []))
  expect(finding.level).toBe(level)
  expect(finding.detail).not.toContain('ctl_secret')
})

test('a server reachable beyond loopback is detected regardless of the environment', () => {
  const finding = inTerminal(assessExposure(undefined, ['10.0.0.7'], ['http://10.0.0.7:11434']))
  expect(finding).toMatchObject({ level: 'warn', detail: expect.stringContaining('http://10.0.0.7:11434') })
})

test('only addresses at which the server responds count, and other machines are not contacted', async () => {
  const server = createServer((_, response) => response.end('{"version":"1","models":[]}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const addresses = ['127.0.0.1', '[::1]']
  expect(await exposedOrigins(`http://127.0.0.1:${port}`, addresses)).toEqual([`http://127.0.0.1:${port}`])
  expect(await exposedOrigins(`http://192.0.2.1:${port}`, addresses)).toEqual([])
})
