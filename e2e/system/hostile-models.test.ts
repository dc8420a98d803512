import { zstdCompressSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { ERRORS } from '../../src/shared/errors.ts'
import type { Scope } from '../../src/shared/routes.ts'
import { FILE, shared } from '../support/fixtures.ts'
import { rawRequest, type RawResponse } from '../support/raw-request.ts'

const SCOPES: readonly Scope[] = ['inference', 'read', 'manage']

let seenBefore: number
/** May use `mine` and nothing else. */
let limited: string
/** May use every model that runs on this desktop. */
let local: string

const it = shared
  .extend(
    'send',
    FILE,
    ({ desk }) =>
      (
        target: string,
        { key = limited, method = 'POST', body, headers = {} }: Attempt = {},
      ): Promise<RawResponse> => {
        return rawRequest(desk.relayUrl, {
          method,
          target,
          headers: { authorization: `Bearer ${key}`, 'x-by': 'test', ...headers },
          ...(body !== undefined && { body }),
        })
      },
  )
  .extend('reached', FILE, ({ upstream }) => (): string[] => {
    return upstream.seen
      .slice(seenBefore)
      .filter(({ headers }) => headers['x-by'] === 'test')
      .map(({ method, target }) => `${method} ${target}`)
  })
  .extend('expectRefused', FILE, ({ reached }) => ({ status, body }: RawResponse): void => {
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(Object.values(ERRORS).map((entry) => ('status' in entry ? entry.status : 0))).toContain(status)
    expect(JSON.parse(body.toString())).toHaveProperty('error')
    expect(reached()).toEqual([])
  })

it.beforeAll(async ({ upstream, desk }) => {
  upstream.models = ['mine:latest', 'secret:latest', 'big:cloud', 'gpt-oss:120b-cloud']
  limited = (await desk.createKey({ name: 'limited', scopes: SCOPES, models: ['mine'] })).key
  local = (await desk.createKey({ name: 'local', scopes: SCOPES })).key
})
it.beforeEach(({ upstream }) => {
  seenBefore = upstream.seen.length
})

interface Attempt {
  readonly key?: string
  readonly method?: string
  readonly body?: string | Uint8Array
  readonly headers?: Record<string, string>
}

describe('a key for one model', () => {
  it.for([
    'mine',
    'MINE',
    'mine:latest',
    'Mine:Latest',
    'library/mine',
    'registry.ollama.ai/library/mine:latest',
  ])('reaches it by each of its names: %s', async (model, { upstream, send, reached }) => {
    upstream.models = [...upstream.models, model]
    const { status } = await send('/api/chat', {
      body: JSON.stringify({ model, messages: [], stream: false }),
    })
    expect(status).toBe(200)
    expect(reached()).toEqual(['POST /api/chat'])
  })

  const secret = '"secret"'
  it.for([
    ['the other model', `{"model":${secret}}`],
    ['twice, the wrong one last', `{"model":"mine","model":${secret}}`],
    ['twice, the wrong one first', `{"model":${secret},"model":"mine"}`],
    ['in capitals as well', `{"model":"mine","MODEL":${secret}}`],
    ['in capitals alone', `{"MODEL":${secret}}`],
    ['in mixed case', `{"model":"mine","mOdEl":${secret}}`],
    ['escaped', `{"\\u006dodel":"mine","model":${secret}}`],
    ['escaped capitals', `{"model":"mine","\\u004dODEL":${secret}}`],
    ['with an additional name', `{"model":"mine","name":${secret}}`],
    ['with an additional Name', `{"model":"mine","Name":${secret}}`],
    ['with a source', `{"model":"mine","source":${secret}}`],
    ['with a ſource, which Go folds to an s', `{"model":"mine","\u017fource":${secret}}`],
    ['with a Kelvin sign in keep_alive', '{"model":"mine","\u212aeep_alive":-1}'],
    ['followed by another object', `{"model":"mine"}{"model":${secret}}`],
    ['followed by text', '{"model":"mine"} x'],
    ['with a byte order mark', '\ufeff{"model":"mine"}'],
    ['in UTF-16', Buffer.from(`\ufeff{"model":${secret}}`, 'utf16le')],
    [
      'in broken UTF-8',
      Buffer.concat([Buffer.from('{"model":"mine'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]),
    ],
    ['with a NUL', '{"model":"mine\0"}'],
    ['with an escaped NUL', '{"model":"mine\\u0000"}'],
    ['with a comment', `{"model":"mine"/*,"model":${secret}*/}`],
    ['in a list', `[{"model":${secret}}]`],
    ['as a list', `{"model":["mine",${secret}]}`],
    ['as an object', `{"model":{"name":${secret}}}`],
    ['as a number', '{"model":1}'],
    ['as true', '{"model":true}'],
    ['empty', '{"model":""}'],
    ['null', '{"model":null}'],
    ['not at all', '{}'],
    ['no body', ''],
    ['no JSON', 'model=secret'],
    ['nested too deeply', `{"model":"mine","a":${'['.repeat(100_000)}`],
    ['another tag', '{"model":"mine:70b"}'],
    ['another namespace', '{"model":"me/mine"}'],
    ['another registry', '{"model":"evil.example/library/mine"}'],
    ['another registry by URL', '{"model":"https://evil.example/library/mine"}'],
    ['an insecure registry', '{"model":"http://evil.example/library/mine:latest"}'],
    ['a digest', '{"model":"mine@sha256:0000"}'],
    ['a path', '{"model":"../mine"}'],
    ['a Turkish i', '{"model":"m\u0131ne"}'],
    ['a full-width letter', '{"model":"\uff4dine"}'],
    ['a zero-width space', '{"model":"mine\u200b"}'],
  ] as const)('is refused if the body names a model %s', async ([_name, body], { expectRefused, send }) => {
    for (const target of [
      '/api/chat',
      '/api/generate',
      '/api/show',
      '/v1/chat/completions',
      '/v1/messages',
      '/v1/responses',
    ])
      expectRefused(await send(target, { body }))
  })

  it.for([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/octet-stream',
    'multipart/form-data; boundary=x',
    '',
  ])('is checked against its body, whatever its content type: %s', async (type, { expectRefused, send }) => {
    const headers = { 'content-type': type }
    expectRefused(await send('/api/chat', { body: '{"model":"secret"}', headers }))
    expectRefused(await send('/v1/embeddings', { body: '{"model":"secret"}', headers }))
  })

  it.for([
    ['POST', '/api/create', '{"model":"mine","from":"secret"}'],
    ['POST', '/api/create', '{"model":"secret","from":"mine"}'],
    ['POST', '/api/create', '{"name":"secret","files":{}}'],
    ['POST', '/api/create', '{"model":"mine","FROM":"secret"}'],
    ['POST', '/api/copy', '{"source":"secret","destination":"mine"}'],
    ['POST', '/api/copy', '{"source":"mine","destination":"secret"}'],
    ['POST', '/api/copy', '{"source":"mine","Destination":"secret"}'],
    ['POST', '/api/pull', '{"name":"secret"}'],
    ['POST', '/api/pull', '{"model":"mine","name":"secret"}'],
    ['POST', '/api/embed', '{"model":"secret","input":"x"}'],
    ['POST', '/api/embeddings', '{"model":"secret","prompt":"x"}'],
    ['DELETE', '/api/delete', '{"model":"secret"}'],
    ['DELETE', '/api/delete', '{"name":"secret"}'],
    ['DELETE', '/api/delete', '{"model":"mine","name":"secret"}'],
    ['DELETE', '/api/delete', '{}'],
    ['DELETE', '/api/delete', ''],
  ] as const)(
    'is refused another model wherever it is named: %s %s %s',
    async ([method, target, body], { expectRefused, send }) => {
      expectRefused(await send(target, { method, body }))
    },
  )

  it.for([
    '/v1/models/secret',
    '/v1/models/SECRET',
    '/v1/models/secret:latest',
    '/v1/models/secret%3alatest',
    '/v1/models/%73ecret',
    '/v1/models/library/secret',
    '/v1/models/library%2Fsecret',
    '/v1/models/mine%2f..%2fsecret',
    '/v1/models/mine/../secret',
    '/v1/models/mine%00',
    '/v1/models/mine%252f',
    '/v1/models/..',
    '/v1/models/%2e%2e',
    '/v1/models/mine;secret',
  ])('is refused another model in the path: %s', async (target, { expectRefused, send }) => {
    expectRefused(await send(target, { method: 'GET' }))
  })

  it('gets no other model if the path names none', async ({ send }) => {
    const { status, body } = await send('/v1/models/', { method: 'GET' })
    expect(status).toBe(200)
    const listed: string[] = JSON.parse(body.toString()).data.map(({ id }: { id: string }) => id)
    expect(listed).toContain('mine:latest')
    expect(listed.filter((id) => !/(?:^|\/)mine(?::latest)?$/i.test(id))).toEqual([])
  })

  it('is refused a body that only the upstream would decode', async ({ expectRefused, send }) => {
    const body = Buffer.from('{"model":"secret"}')
    expectRefused(
      await send('/v1/chat/completions', {
        body: zstdCompressSync(body),
        headers: { 'content-encoding': 'zstd' },
      }),
    )
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd, zstd', 'identity, zstd', 'x-zstd', 'ZSTD '])
      expectRefused(await send('/v1/chat/completions', { body, headers: { 'content-encoding': encoding } }))
    expectRefused(
      await send('/api/chat', { body: zstdCompressSync(body), headers: { 'content-encoding': 'zstd' } }),
    )
  })

  it('is refused a small body that expands beyond the limit', async ({ expectRefused, send }) => {
    const bomb = zstdCompressSync(Buffer.alloc(200 * 2 ** 20, ' '))
    expectRefused(await send('/v1/chat/completions', { body: bomb, headers: { 'content-encoding': 'zstd' } }))
  })

  it('is refused another model in a form, and a form without a model', async ({
    expectRefused,
    send,
    reached,
  }) => {
    const part = (field: string, text: string): string =>
      `--x\r\nContent-Disposition: form-data; ${field}\r\n\r\n${text}\r\n`
    const model = part('name="model"', 'mine')
    const headers = { 'content-type': 'multipart/form-data; charset=utf-8; boundary=x' }
    const target = '/v1/audio/transcriptions'
    for (const parts of [
      part('name="model"', 'secret'),
      part('name="file"; filename="a"', 'x'),
      model + part('name="model"', 'secret'),
      model + part('name="Model"', 'secret'),
      model + part("name*=utf-8''model", 'secret'),
    ])
      expectRefused(await send(target, { body: `${parts}--x--\r\n`, headers }))
    expectRefused(await send(`${target}?model=secret`, { body: `${model}--x--\r\n`, headers }))
    expect((await send(target, { body: `${model}--x--\r\n`, headers })).status).not.toBe(415)
    expect(reached()).toEqual(['POST /v1/audio/transcriptions'])
  })

  it.for([
    '{"keep_alive":-1,"model":"mine","messages":[{"role":"user"}],"format":{"2024":1,"10":{"x":1,"x":2},"9":1e400}}',
    '{ "model" : "mine", "messages":[ {"role":"user"} ],\n"keep_alive" :  "-1" , "options":{"seed":9007199254740993.0}}',
  ])(
    'is answered without the hint that it may not send, and its body is otherwise unchanged: %s',
    async (body, { desk, send, upstream }) => {
      const key = (await desk.createKey({ name: 'reader', scopes: ['inference'], models: ['mine'] })).key
      expect((await send('/api/chat', { key, body })).status).toBe(200)
      expect((await upstream.seen.at(-1)!.body()).text).toBe(
        body.replace(/(keep_alive" ?: *)("-1"|-1)/, '$1null'),
      )
    },
  )

  it('does not see other models in lists, whatever path it uses', async ({ send }) => {
    for (const target of ['/api/tags', '/api/ps', '/v1/models', '/api/tags?x=1', '/v1/models?']) {
      const { status, body } = await send(target, { method: 'GET' })
      expect(status).toBe(200)
      expect(body.toString()).not.toContain('secret')
    }
  })
})

describe('a text that is too long', () => {
  const MIB = 2 ** 20
  it.for([
    ['a model of many @', '/v1/chat/completions', { model: '@a'.repeat(50_000) }, 'TEXT_TOO_LONG'],
    ['a model of many colons', '/v1/chat/completions', { model: ':a'.repeat(2 * MIB) }, 'TEXT_TOO_LONG'],
    ['a model of many slashes', '/v1/chat/completions', { model: '/a'.repeat(2 * MIB) }, 'TEXT_TOO_LONG'],
    [
      'a keep_alive of many hours',
      '/v1/embeddings',
      { model: 'm', keep_alive: '1h'.repeat(2 * MIB) },
      'TEXT_TOO_LONG',
    ],
    ['a path', `/v1/${'a'.repeat(8 * 1024)}`, {}, 'URI_TOO_LONG'],
    ['a query', `/v1/embeddings?${'a'.repeat(8 * 1024)}`, {}, 'URI_TOO_LONG'],
    ['a model in the path', `/v1/models/${'@a'.repeat(2_000)}`, {}, 'TEXT_TOO_LONG'],
    ['a user id', `/api/tunnel/${'u'.repeat(257)}/v1/models`, {}, 'TEXT_TOO_LONG'],
  ] as const)(
    'is refused immediately, by name: %s',
    async ([_name, target, body, code], { send, reached }) => {
      const { status, body: answer } = await send(target, { key: local, body: JSON.stringify(body) })
      expect(status).toBe(ERRORS[code].status)
      expect(answer.toString()).toMatch(/is too long\. Use \d+ bytes at most\./)
      expect(reached()).toEqual([])
    },
  )
})

describe('a key without the cloud scope', () => {
  it.for([
    'x:cloud',
    'X:CLOUD',
    'x:Cloud',
    'gpt-oss:120b-cloud',
    'm:671b-CLOUD',
    'library/x:cloud',
    'registry.ollama.ai/library/x:cloud',
    'x:cloud ',
    ' x:cloud',
    'x: cloud',
    'x:cloud\\t',
    'x:cl\\u006fud',
    'x:latest-cloud',
    'x:cloud@sha256:00',
  ])('cannot use a cloud model on the owner’s account: %s', async (model, { expectRefused, send }) => {
    const body = `{"model":"${model}"}`
    for (const target of ['/api/chat', '/api/show', '/api/pull', '/v1/chat/completions', '/v1/messages'])
      expectRefused(await send(target, { key: local, body }))
    expectRefused(await send('/api/create', { key: local, body: `{"model":"mine","from":"${model}"}` }))
    expectRefused(await send('/api/copy', { key: local, body: `{"source":"${model}","destination":"y"}` }))
  })

  it.for(['/v1/models/x:cloud', '/v1/models/x%3Acloud', '/v1/models/x%3acloud', '/v1/models/x:%63loud'])(
    'does not query a cloud model: %s',
    async (target, { expectRefused, send }) =>
      expectRefused(await send(target, { key: local, method: 'GET' })),
  )

  it.for([
    '{"model":"mine","from":"gpt-oss:120b","remote_host":"https://ollama.com:443"}',
    '{"model":"mine","from":"gpt-oss:120b","remote_host":"ollama.com"}',
    '{"model":"mine","from":"gpt-oss:120b","Remote_Host":"ollama.com"}',
    '{"model":"mine","from":"gpt-oss:120b","remote_ho\u017ft":"ollama.com"}',
    '{"model":"mine","from":"gpt-oss:120b","remote_host":{"a":1}}',
  ])('cannot create a local name for a cloud model: %s', async (body, { expectRefused, send }) => {
    expectRefused(await send('/api/create', { key: local, body }))
  })

  it('is refused a form that names a cloud model', async ({ expectRefused, send }) => {
    for (const name of ['name="model"', 'name=model', "name*=utf-8''model", 'name="x"; filename="y"']) {
      const body = `--x\r\nContent-Disposition: form-data; ${name}\r\n\r\nwhisper:cloud\r\n--x--\r\n`
      const headers = { 'content-type': 'multipart/form-data; boundary=x' }
      expectRefused(await send('/v1/audio/transcriptions', { key: local, body, headers }))
    }
  })

  it.for([
    'POST /api/push',
    'POST /api/me',
    'POST /api/signout',
    'DELETE /api/user/keys/a',
    'POST /api/experimental/web_search',
  ])('cannot act in the owner’s name: %s', async (request, { expectRefused, send }) => {
    const [method = '', target = ''] = request.split(' ')
    expectRefused(await send(target, { key: local, method, body: '{"model":"mine"}' }))
  })
})
