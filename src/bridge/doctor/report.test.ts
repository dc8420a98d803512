import { expect, test } from 'vitest'

import { fail, ok } from './check-result.ts'
import { checkWords } from './check-words.ts'
import { expectLinear } from '../../shared/linear.test-support.ts'
import { formatKey } from '../../shared/key-format.ts'
import { createReport, type ReportFacts } from './report.ts'

const SECRET = 'Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9-_Zx9'
const KEY = formatKey('a'.repeat(20), SECRET)
const JWT = `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.${SECRET}`

const report = (facts: Partial<ReportFacts> = {}) =>
  createReport({
    findings: [],
    settings: {},
    logLines: [],
    versions: { app: '1.2.3', electron: undefined, node: '24.0.0' },
    platform: 'linux x64',
    homeDir: '/home/alice',
    now: Date.UTC(2026, 10, 21),
    ...facts,
  })
const worded = (message: string) => checkWords('cause.unknown', { message })
const logged = (line: string) => report({ logLines: [line] })

test('a report contains what helps to diagnose a problem', () => {
  const text = report({
    findings: [
      fail('relay', worded('It does not answer.'), worded('Look at its log.')),
      ok('upstream', worded('Ollama 0.12.3 answers.')),
    ],
    settings: { upstream: null, maxConcurrent: 4 },
    logLines: ['2026-11-21T00:00:00.000Z warn  dial failed code="ECONNREFUSED"'],
  })
  expect(text.split('\n')).toEqual([
    'CloudToLocalLLM report',
    'Made 2026-11-21T00:00:00.000Z on linux x64. Read it before you share it.',
    '',
    '## Versions',
    '  app 1.2.3',
    '  node 24.0.0',
    '',
    '## Checks',
    '  fail relay: It does not answer. Fix: Look at its log.',
    '  ok upstream: Ollama 0.12.3 answers.',
    '',
    '## Settings',
    '  upstream: null',
    '  maxConcurrent: 4',
    '',
    '## Log',
    '  2026-11-21T00:00:00.000Z warn  dial failed code="ECONNREFUSED"',
    '',
  ])
})

test.each([
  ['a key', `created ${KEY}`],
  ['a key in a path', `GET https://relay.example/k/${KEY}/api/tags`],
  ['a token', `refused ${JWT}`],
  ['a header', `authorization: Bearer ${SECRET}`],
  ['a cookie', `cookie: session=${SECRET}`],
  ['a query', `wss://relay.example/ws?token=${SECRET}&v=1`],
  ['a proxy’s password', `http://alice:${SECRET}@proxy:3128`],
  ['an answer of an identity provider', `{"refresh_token":"${SECRET}","token_type":"Bearer"}`],
  ['a form', `grant_type=refresh_token&refresh_token=${SECRET}`],
])('%s does not appear in it', (_what, text) => {
  const whole = report({
    findings: [fail('relay', worded(text), worded(text))],
    settings: { upstream: text, relayUrl: text },
    logLines: [text],
    versions: { app: text },
    platform: text,
  })
  expect(whole).not.toContain(SECRET)
})

test('settings with a secret’s name are redacted, and so is the machine’s name', () => {
  const text = report({ settings: { password: SECRET, nested: { token: SECRET }, deviceName: "Alice's" } })
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain('Alice')
})

test.each([
  ['/home/alice/.local/share/x/keys.json', '~/.local/share/x/keys.json'],
  ['path="/Users/Bob Miller/Library/x" n=1', 'path="~/Library/x" n=1'],
  ['C:\\Users\\bob miller\\AppData\\x', '~\\AppData\\x'],
  ['{"path":"c:\\\\Users\\\\bob\\\\x"}', '{"path":"~\\\\x"}'],
  ['at file:///home/bob/app/main.js:3:4', 'at file://~/app/main.js:3:4'],
  ['in /home/bob: not found', 'in ~: not found'],
])('user names are removed from paths: %s', (line, shown) => {
  expect(logged(line)).toContain(`  ${shown}\n`)
})

test('a home directory elsewhere is recognised, in JSON as well', () => {
  const text = report({
    homeDir: 'D:\\people\\eve',
    logLines: ['D:\\people\\eve\\x', '"D:\\\\people\\\\eve\\\\y"'],
  })
  expect(text).not.toContain('eve')
  expect(report({ homeDir: '/', logLines: ['/etc/hosts'] })).toContain('/etc/hosts')
})

test('a line can neither imitate another part of the report nor contain terminal escape sequences', () => {
  const text = logged('a\r\n## Settings\n\u001b[2Jb\u0007')
  expect(text.match(/^## Settings$/gm)).toHaveLength(1)
  expect(text).toContain('  a ## Settings [2Jb \n')
})

test('long hostile lines take linear time', async () => {
  const pieces = ['/home/', '/Users/a ', 'c:\\Users\\', '\\', '"refresh_token":', ' ']
  await expectLinear((size) => report({ logLines: pieces.map((piece) => piece.repeat(size)) }), 2_500)
})
