import { zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { BodyMemory } from '../../shared/body-memory.ts'
import { CHAT_STREAM_PATH, matchRoute, ROUTES, type Route } from '../../shared/routes.ts'
import { shapeFor } from './answer-shape.ts'
import { bytesToCheck, checkBody } from './body-rule.ts'
import { field, form, FORM } from './form.test-support.ts'
import { testGrant } from './grant.test-support.ts'
import type { Grant } from './grant.ts'

const guest = testGrant({
  models: ['allowed', 'example.com/me/other:7b'],
  scopes: ['inference', 'read', 'manage', 'account'],
})
const code = (name: string): unknown => expect.objectContaining({ code: name })
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function routeOf(path: string, method = 'POST'): Route {
  const match = matchRoute(method, path)
  if (match.kind !== 'found') throw new Error(`no route ${path}`)
  return match.route
}

const memory = new BodyMemory({ maxOwnerBytes: 2 ** 30, maxTotalBytes: 2 ** 30 })

function check(
  grant: Grant,
  path: string,
  body: unknown,
  headers: string[] = [],
  localName = (name: string) => name,
) {
  const bytes =
    typeof body === 'string' ? new TextEncoder().encode(body) : body instanceof Uint8Array ? body : undefined
  const method = path === '/api/delete' ? 'DELETE' : 'POST'
  return checkBody(
    grant,
    routeOf(path, method),
    headers,
    bytes ?? new TextEncoder().encode(JSON.stringify(body)),
    localName,
    memory.open(grant.id),
  )
}

test.each([
  ['/api/chat', { model: 'allowed' }],
  ['/api/chat', { model: 'Library/ALLOWED:latest' }],
  ['/v1/chat/completions', { model: 'registry.ollama.ai/library/allowed' }],
  ['/v1/messages', { model: 'example.com/me/other:7B' }],
  ['/api/show', { name: 'allowed' }],
  ['/api/show', { model: '', name: 'allowed' }],
  ['/api/show', { model: null, name: 'allowed' }],
  ['/api/delete', { model: 'allowed' }],
  ['/api/copy', { source: 'allowed', destination: 'example.com/me/other:7b' }],
  ['/api/create', { model: 'allowed', from: 'allowed' }],
  ['/api/me', ''],
  ['/api/experimental/web_search', { query: 'x' }],
])('%s %j passes a model list', async (path, body) => {
  await expect(check(guest, path, body)).resolves.toBeDefined()
})

test.each([
  ['/api/chat', { model: 'secret' }],
  ['/api/chat', { model: 'allowed:8b' }],
  ['/api/chat', { model: 'allowed', name: 'secret' }],
  ['/api/chat', {}],
  ['/api/chat', ''],
  ['/api/chat', { model: '' }],
  ['/api/show', { name: 'secret' }],
  ['/api/pull', { model: 'allowed', name: 'secret' }],
  ['/api/push', { model: 'allowed', name: 'secret' }],
  ['/api/delete', { name: 'secret' }],
  ['/api/copy', { source: 'secret', destination: 'allowed' }],
  ['/api/copy', { source: 'allowed', destination: 'new' }],
  ['/api/create', { model: 'allowed', from: 'secret' }],
  ['/v1/embeddings', { model: 'secret', input: 'x' }],
  ['/v1/responses', { model: 'secret' }],
])('%s %j does not pass a model list', async (path, body) => {
  await expect(check(guest, path, body)).rejects.toThrow(code('MODEL_NOT_ALLOWED'))
})

test.each([['allowed'], 1, {}, true])('a model %j that is not a string is refused', async (model) => {
  await expect(check(guest, '/api/chat', { model })).rejects.toThrow(code('BODY_NOT_STRICT'))
})

test('an ambiguous body is refused for every key, not only for keys with a model list', async () => {
  const body = '{"model":"allowed","MODEL":"secret:cloud"}'
  await expect(check(testGrant(), '/api/chat', body)).rejects.toThrow(code('BODY_NOT_STRICT'))
})

test('without a model list the body is forwarded byte for byte', async () => {
  const body = '{ "model" : "m",\n"options":{"seed":1.0,"x":{"a":1,"a":2}} }\n'
  const checked = await check(testGrant(), '/api/chat', body)
  expect(text(checked.bytes)).toBe(body)
  expect(checked.model).toBe('m')
})

test('with a model list the body is forwarded byte for byte as well', async () => {
  const body = '{ "model" : "allowed", "options":{"2024":1,"9":2,"seed":9007199254740993.0} }\n'
  expect(text((await check(guest, '/api/chat', body)).bytes)).toBe(body)
})

test('a model is checked and forwarded under its local name, and nothing else changes', async () => {
  const here = (name: string) => name.replace(/@desk$/, '')
  const body = '{"seed":1.0,"model":"m@desk","prompt":"to m@desk"}'
  const checked = await check(testGrant(), '/api/generate', body, [], here)
  expect(text(checked.bytes)).toBe('{"seed":1.0,"model":"m","prompt":"to m@desk"}')
  expect(checked.model).toBe('m')
  const copied = await check(guest, '/api/copy', { source: 'allowed@desk', destination: 'allowed' }, [], here)
  expect(text(copied.bytes)).toBe('{"source":"allowed","destination":"allowed"}')
  const hidden = check(guest, '/api/chat', { model: 'secret@desk' }, [], here)
  await expect(hidden).rejects.toThrow(code('MODEL_NOT_ALLOWED'))
  const cloud = check(testGrant(), '/api/chat', { model: 'm:cloud@desk' }, [], here)
  await expect(cloud).rejects.toThrow(code('SCOPE_MISSING'))
})

test('cloud models need the cloud scope even without a model list', async () => {
  for (const body of [
    { model: 'gpt-oss:120b-cloud' },
    { name: 'glm:Cloud' },
    { model: 'a', from: 'glm:cloud' },
    { model: 'a', from: 'glm', remote_host: 'https://ollama.com' },
  ])
    await expect(check(testGrant(), '/api/create', body)).rejects.toThrow(code('SCOPE_MISSING'))
  const cloud = testGrant({ scopes: ['inference', 'cloud'] })
  await expect(check(cloud, '/api/chat', { model: 'gpt-oss:120b-cloud' })).resolves.toBeDefined()
})

test.each([
  [
    '/api/chat',
    '{"model":"m","keep_alive":-1,"messages":[{}]}',
    '{"model":"m","keep_alive":null,"messages":[{}]}',
  ],
  [
    '/api/generate',
    '{"keep_alive":"-1","model":"m","prompt":"x"}',
    '{"keep_alive":null,"model":"m","prompt":"x"}',
  ],
  ['/api/embed', '{"model":"m","keep_alive":0,"input":"x"}', '{"model":"m","keep_alive":null,"input":"x"}'],
  [
    '/v1/chat/completions',
    '{"model":"m","keep_alive":"x","messages":[1]}',
    '{"model":"m","keep_alive":null,"messages":[1]}',
  ],
  ['/api/show', '{"model":"m","keep_alive":-1}', '{"model":"m","keep_alive":null}'],
  [
    '/api/chat',
    '{"model":"m","keep_alive":"10m","messages":[{}]}',
    '{"model":"m","keep_alive":"10m","messages":[{}]}',
  ],
])(
  '%s %s is forwarded as %s: a keep_alive that is not permitted is dropped',
  async (path, body, expected) => {
    expect(text((await check(testGrant(), path, body)).bytes)).toBe(expected)
    expect(text((await check(testGrant({ scopes: ['manage'] }), path, body)).bytes)).toBe(body)
  },
)

test.each([
  ['/api/generate', { model: 'm', keep_alive: '-1' }],
  ['/api/generate', { model: 'm', keep_alive: 0, prompt: '' }],
  ['/api/chat', { model: 'm', keep_alive: -1, messages: [] }],
  ['/api/embed', { model: 'm', keep_alive: 0, input: [] }],
])(
  'only a key with the manage scope may send a request that just unloads or pins a model: %s %j',
  async (path, body) => {
    await expect(check(testGrant(), path, body)).rejects.toThrow(code('KEEP_ALIVE_NOT_ALLOWED'))
    await expect(check(testGrant({ scopes: ['manage'] }), path, body)).resolves.toBeDefined()
  },
)

test('under /v1, an object is ignored in a key that names models only in Ollama’s API', async () => {
  const body = { model: 'allowed', source: { type: 'x' } }
  await expect(check(guest, '/v1/chat/completions', body)).resolves.toBeDefined()
  await expect(check(guest, '/api/chat', body)).rejects.toThrow(code('BODY_NOT_STRICT'))
})

test.each(['utf-8', 'UTF8', 'none'])(
  'the encoding %j changes nothing, so the body is checked as it is',
  async (name) => {
    const headers = ['content-encoding', name]
    await expect(check(guest, '/api/chat', { model: 'allowed' }, headers)).resolves.toBeDefined()
    await expect(check(guest, '/api/chat', { model: 'secret' }, headers)).rejects.toThrow(
      code('MODEL_NOT_ALLOWED'),
    )
  },
)

test('zstd under /v1 is decoded, checked, and forwarded decoded', async () => {
  const headers = ['Content-Encoding', 'ZSTD']
  const checked = await check(guest, '/v1/responses', zstdCompressSync('{"model":"allowed"}'), headers)
  expect(text(checked.bytes)).toBe('{"model":"allowed"}')
  const secret = check(guest, '/v1/responses', zstdCompressSync('{"model":"secret"}'), headers)
  await expect(secret).rejects.toThrow(code('MODEL_NOT_ALLOWED'))
})

test('encodings that the bridge cannot decode are refused', async () => {
  const zipped = zstdCompressSync('{"model":"allowed"}')
  const refused = code('MEDIA_NOT_SUPPORTED')
  await expect(check(testGrant(), '/api/chat', zipped, ['content-encoding', 'zstd'])).rejects.toThrow(refused)
  await expect(check(testGrant(), '/v1/responses', zipped, ['content-encoding', 'gzip'])).rejects.toThrow(
    refused,
  )
  await expect(
    check(testGrant(), '/v1/responses', zipped, ['content-encoding', 'zstd, zstd']),
  ).rejects.toThrow(refused)
  const identity = check(testGrant(), '/v1/responses', { model: 'a' }, ['content-encoding', 'identity'])
  await expect(identity).resolves.toBeDefined()
})

test('decoding stops when a small body expands beyond the limit', async () => {
  const bomb = zstdCompressSync(new Uint8Array(21 * 1024 * 1024))
  const checked = check(testGrant(), '/v1/responses', bomb, ['content-encoding', 'zstd'])
  await expect(checked).rejects.toThrow(code('BODY_TOO_LARGE'))
  const garbage = check(testGrant(), '/v1/responses', 'garbage', ['content-encoding', 'zstd'])
  await expect(garbage).rejects.toThrow(code('BODY_NOT_STRICT'))
})

const TRANSCRIBE = '/v1/audio/transcriptions'

test('a form is checked as a form, and forwarded byte for byte', async () => {
  const body = form(
    field('name="model"', 'whisper'),
    field('name="file"; filename="a.wav"', '\0'.repeat(2000)),
  )
  const checked = await check(testGrant(), TRANSCRIBE, body, ['content-type', FORM])
  expect(text(checked.bytes)).toBe(body)
  expect(checked.model).toBe('whisper')
  const cloud = check(testGrant(), TRANSCRIBE, form(field('name="model"', 'x:cloud')), ['content-type', FORM])
  await expect(cloud).rejects.toThrow(code('SCOPE_MISSING'))
  await expect(check(testGrant(), TRANSCRIBE, body)).rejects.toThrow(code('MEDIA_NOT_SUPPORTED'))
})

test('only bodies that must be checked are buffered: blobs stream', () => {
  expect(bytesToCheck(routeOf('/api/blobs/sha256:0'), 9)).toBe(null)
  expect(bytesToCheck(routeOf(TRANSCRIBE), 9)).toBe(25 * 1024 * 1024)
  expect(bytesToCheck(routeOf('/api/chat'), 9)).toBe(9)
  expect(bytesToCheck(routeOf('/api/tags', 'GET'), 9)).toBe(null)
})

test.each([
  ['/api/chat', {}, 'ndjson'],
  ['/api/chat', { stream: null }, 'ndjson'],
  ['/api/chat', { stream: true }, 'ndjson'],
  ['/api/chat', { stream: false }, 'json'],
  ['/api/pull', {}, 'ndjson'],
  ['/api/embed', { stream: true }, 'json'],
  ['/api/show', {}, 'json'],
  ['/v1/chat/completions', {}, 'json'],
  ['/v1/chat/completions', { stream: false }, 'json'],
  ['/v1/chat/completions', { stream: true }, 'sse'],
  ['/v1/responses', { stream: true }, 'sse'],
  ['/v1/embeddings', { stream: true }, 'json'],
  ['/v1/messages', { stream: true }, 'anthropic'],
  ['/v1/messages', {}, 'json'],
])('%s %j gets a response of shape %s', async (path, options, shape) => {
  const checked = await check(testGrant(), path, { model: 'm', ...options })
  expect(checked.shape).toBe(shape)
})

test.each([
  [[], 'json'],
  [[field('name="response_format"', 'verbose_json')], 'json'],
  [[field('name="response_format"', 'text')], 'opaque'],
  [[field('name="response_format"', 'srt')], 'opaque'],
  [[field('name="response_format"', 'vtt')], 'opaque'],
  [[field('name="stream"', 'true')], 'sse'],
  [[field('name="stream"', 'false')], 'json'],
  [[field('name="stream"', 'true'), field('name="response_format"', 'text')], 'sse'],
] as const)('a transcription with %j gets a response of shape %s', async (parts, shape) => {
  for (const scopes of [['inference'], ['inference', 'cloud']] as const) {
    // The boundary must not occur in a value: undici's parser searches for it without its dashes.
    const body = form(field('name="model"', 'whisper'), ...parts).replaceAll('--x', '--_0_')
    const type = FORM.replace('=x', '=_0_')
    const checked = await check(testGrant({ scopes }), TRANSCRIBE, body, ['content-type', type])
    expect(checked.shape).toBe(shape)
  }
})

test('every route has a response shape, with and without streaming', () => {
  for (const route of ROUTES) {
    expect(shapeFor(route, {})).toMatch(/^(?:ndjson|sse|json|opaque)$/)
    const alwaysStreams = route.path === CHAT_STREAM_PATH
    expect(shapeFor(route, { stream: false })).toBe(alwaysStreams ? 'sse' : route.whole)
    const streamed = shapeFor(route, { stream: route.body === 'multipart' ? 'true' : true })
    expect(streamed === route.whole).toBe(route.streams === 'never')
  }
})
