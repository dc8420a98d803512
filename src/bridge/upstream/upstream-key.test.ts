import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MemorySecrets } from '../secrets/secrets.ts'
import { parseUpstreamKey, UpstreamKey } from './upstream-key.ts'

const URL_OF_IT = 'http://127.0.0.1:8080/prefix'

test('a key is sent only to the origin it was set for', async () => {
  const key = await UpstreamKey.open(new MemorySecrets())
  await key.set(URL_OF_IT, ' sk-1\n')
  expect(key.for('http://127.0.0.1:8080')).toBe('sk-1')
  for (const other of [
    'http://127.0.0.1:1234',
    'https://127.0.0.1:8080',
    'http://box:8080',
    'http://127.0.0.1',
  ])
    expect(key.for(other)).toBeUndefined()
})

test('a key is stored, reported, and removed', async () => {
  const secrets = new MemorySecrets()
  const key = await UpstreamKey.open(secrets)
  let changes = 0
  key.onChange(() => changes++)
  await key.set(URL_OF_IT, 'sk-1')
  expect((await UpstreamKey.open(secrets)).for(URL_OF_IT)).toBe('sk-1')
  await key.remove()
  expect([key.for(URL_OF_IT), changes]).toEqual([undefined, 2])
  expect((await UpstreamKey.open(secrets)).for(URL_OF_IT)).toBeUndefined()
})

test('the environment sets a key for this run, directly or by file, for the configured upstream', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ctl-key-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await writeFile(join(dir, 'key'), 'sk-file\n')
  for (const [env, text] of [
    [{ CLOUDTOLOCALLLM_UPSTREAM_KEY: 'sk-env' }, 'sk-env'],
    [{ CLOUDTOLOCALLLM_UPSTREAM_KEY_FILE: join(dir, 'key') }, 'sk-file'],
  ] as const) {
    const secrets = new MemorySecrets()
    const key = await UpstreamKey.open(secrets)
    key.useEnvironment(env, URL_OF_IT)
    expect([key.for(URL_OF_IT), secrets.names]).toEqual([text, []])
    expect(() => key.useEnvironment(env, undefined)).toThrow(/--upstream/)
  }
})

test.each(['', ' ', 'two words', 'line\nbreak', 'ü', 'x'.repeat(1025)])(
  '%j is refused, and not repeated',
  (text) => {
    expect(() => parseUpstreamKey(text)).toThrow(/one word of at most/)
  },
)

test('an unreadable stored value is not a key', async () => {
  const secrets = new MemorySecrets()
  await secrets.set('upstream-key', '{"origin":5}')
  expect((await UpstreamKey.open(secrets)).for(URL_OF_IT)).toBeUndefined()
})
