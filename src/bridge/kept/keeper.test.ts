import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testGrant } from '../policy/grant.test-support.ts'
import {
  chat,
  closeServers,
  errorText,
  forwarderFor,
  header,
  types,
  upstreamOf,
} from '../forward/forwarder.test-support.ts'
import type { MemoryStream } from '../forward/memory-stream.test-support.ts'
import type { UpstreamTarget } from '../forward/upstream-request.ts'

const KEY = ['Idempotency-Key', 'k1']
const LINE = '{"message":{"content":"a"},"done":false}\n'
const LAST = '{"done":true}\n'

/** Requests to the model server, controlled by the test. */
let asked: { readonly request: IncomingMessage; readonly response: ServerResponse }[]
let upstream: UpstreamTarget
beforeEach(async () => {
  asked = []
  upstream = await upstreamOf((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    asked.push({ request, response })
  })
})
afterEach(closeServers)

async function generation(index = 0): Promise<ServerResponse> {
  await expect.poll(() => asked.length).toBeGreaterThan(index)
  return asked[index]!.response
}

const textOf = async (stream: MemoryStream) => {
  await stream.over()
  return stream.body.toString()
}

describe('a request that asks to be kept', () => {
  it('runs to its end without its client, and is joined by the same request: one generation', async () => {
    const { post, forwarder } = forwarderFor(upstream)
    const first = post('/api/chat', chat, KEY)
    const response = await generation()
    response.write(LINE)
    await first.until(() => first.body.length > 0)
    first.sendReset()
    const during = post('/api/chat', chat, KEY)
    await during.until(() => during.body.length > 0)
    response.end(LAST)
    expect(await textOf(during)).toBe(LINE + LAST)
    await expect.poll(() => forwarder.activeCount).toBe(0)
    const after = post('/api/chat', chat, KEY)
    expect(await textOf(after)).toBe(LINE + LAST)
    expect([types(after), after.resetBy, asked.length]).toEqual([['accept', 'shape', 'head'], undefined, 1])
    expect(header(after, 'content-type')).toBe('application/x-ndjson')
  })

  it('continues where its client stopped reading', async () => {
    const { post, open } = forwarderFor(upstream)
    const first = post('/api/chat', chat, KEY)
    const response = await generation()
    response.write(LINE)
    await first.until(() => first.body.length > 0)
    first.sendReset()
    const rest = open('GET', `/v1/stream/k1?from=5`)
    response.end(LAST)
    expect(await textOf(rest)).toBe((LINE + LAST).slice(5))
    expect(types(rest)).toEqual(['accept', 'shape', 'head'])
  })

  it.each([
    ['/api/chat', '{"error":"'],
    ['/v1/chat/completions', '{"error":{"message":'],
    ['/v1/messages', '{"type":"error"'],
  ])('is refused in its dialect if the name was used for another request: %s', async (path, beginning) => {
    const { post } = forwarderFor(upstream)
    post('/api/chat', chat, KEY)
    await generation()
    const other = post(path, { ...chat, more: 1 }, KEY)
    expect((await textOf(other)).startsWith(beginning)).toBe(true)
    expect([other.head?.status, other.head?.error, asked.length]).toEqual([422, 'KEPT_NAME_REUSED', 1])
  })

  it('is refused if its name is invalid', async () => {
    const stream = forwarderFor(upstream).post('/api/chat', chat, ['Idempotency-Key', 'x'.repeat(257)])
    await stream.over()
    expect([stream.head?.status, errorText(stream)]).toEqual([400, expect.stringContaining('256 bytes')])
  })

  it('is authorized each time: a request that joins needs the model and the scope too', async () => {
    let grant = testGrant()
    const { post, open } = forwarderFor(upstream, { grantFor: () => grant })
    post('/api/chat', chat, KEY)
    ;(await generation()).end(LAST)
    grant = testGrant({ models: ['other'] })
    const joiner = post('/api/chat', chat, KEY)
    const reader = open('GET', '/v1/stream/k1')
    await Promise.all([joiner.over(), reader.over()])
    expect([joiner.head?.error, reader.head?.error]).toEqual(['MODEL_NOT_ALLOWED', 'MODEL_NOT_ALLOWED'])
    grant = testGrant({ scopes: ['read'] })
    const unscoped = open('GET', '/v1/stream/k1')
    await unscoped.over()
    expect(unscoped.head?.error).toBe('SCOPE_MISSING')
  })

  it('is not announced to the model server, which would continue after a stop', async () => {
    const { post } = forwarderFor(upstream)
    post('/api/chat', chat, [...KEY, 'X-Conversation-Id', 'c', 'Last-Event-ID', '1'])
    await generation()
    expect(Object.keys(asked[0]!.request.headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/idempotency|conversation|event/)]),
    )
  })

  it('is stored as the model server sent it, whatever its first client could decode', async () => {
    const body = JSON.stringify({ embeddings: Array.from({ length: 4_000 }, () => 0.5) })
    const whole = await upstreamOf((request, response) => {
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body))
    })
    const { post } = forwarderFor(whole)
    const gzip = ['Accept-Encoding', 'gzip']
    expect(await textOf(post('/api/embed', chat, gzip))).not.toBe(body)
    expect(await textOf(post('/api/embed', chat, [...gzip, ...KEY]))).toBe(body)
    expect(await textOf(post('/api/embed', chat, KEY))).toBe(body)
    expect(gzipSync(body).length).toBeLessThan(body.length)
  })

  it('can be rejoined although it occupies its key’s last slot itself', async () => {
    const { post, open } = forwarderFor(upstream, { grant: { maxConcurrent: 1 } })
    post('/api/chat', chat, KEY)
    const response = await generation()
    const joiner = post('/api/chat', chat, KEY)
    const reader = open('GET', '/v1/stream/k1')
    const other = post('/api/chat', chat, ['Idempotency-Key', 'k2'])
    await other.over()
    expect(other.head?.status).toBe(429)
    response.end(LAST)
    expect([await textOf(joiner), await textOf(reader)]).toEqual([LAST, LAST])
  })

  it('runs again if the model server refused it or disconnected', async () => {
    const { post, open } = forwarderFor(upstream)
    const refused = post('/api/chat', chat, KEY)
    const broken = await generation()
    broken.write(LINE)
    await refused.until(() => refused.body.length > 0)
    broken.destroy()
    await refused.over()
    expect(refused.resetBy?.code).toBe('UPSTREAM_FAILED')
    const reader = open('GET', '/v1/stream/k1')
    await reader.over()
    expect([reader.body.toString(), reader.resetBy?.code]).toEqual([LINE, 'UPSTREAM_FAILED'])
    const again = post('/api/chat', chat, KEY)
    ;(await generation(1)).end(LAST)
    expect(await textOf(again)).toBe(LAST)
  })

  it('ends when its key is revoked, and its bytes are deleted', async () => {
    let isKnown = true
    const { post, open, forwarder } = forwarderFor(upstream, {
      grantFor: () => (isKnown ? testGrant() : undefined),
    })
    const stream = post('/api/chat', chat, KEY)
    const response = await generation()
    response.write(LINE)
    await stream.until(() => stream.body.length > 0)
    isKnown = false
    forwarder.enforce()
    await stream.over()
    expect(stream.resetBy).toBeDefined()
    await expect.poll(() => response.destroyed).toBe(true)
    isKnown = true
    const reader = open('GET', '/v1/stream/k1')
    await reader.over()
    expect(reader.head?.status).toBe(404)
  })

  it('ends when the owner stops sharing', async () => {
    const { post, forwarder } = forwarderFor(upstream)
    post('/api/chat', chat, KEY).sendReset()
    const stream = post('/api/chat', chat, KEY)
    const response = await generation()
    forwarder.dropKept()
    await stream.over()
    await expect.poll(() => response.destroyed).toBe(true)
    expect(forwarder.activeCount).toBe(0)
  })

  it('reports how long its answer is kept', async () => {
    const { post, events } = forwarderFor(upstream)
    const stream = post('/api/chat', chat, KEY)
    ;(await generation()).end(LAST)
    await stream.over()
    const kept = events.find((event) => event.type === 'kept')
    expect(kept).toEqual({ type: 'kept', requestId: 'r1', until: expect.any(Number) })
  })
})

describe('a request that does not', () => {
  it.each([
    ['without a name', [], '/api/chat'],
    ['of another scope than inference', KEY, '/api/pull'],
  ])('ends with its client: %s', async (_what, headers, path) => {
    const { post } = forwarderFor(upstream, { grant: { scopes: ['inference', 'read', 'manage'] } })
    const stream = post(path, chat, headers)
    const response = await generation()
    stream.sendReset()
    await expect.poll(() => response.destroyed).toBe(true)
  })
})

describe('the caller’s own answers', () => {
  it('are listed, looked up, and stopped', async () => {
    const { post, open } = forwarderFor(upstream)
    post('/api/chat', chat, KEY)
    const response = await generation()
    post('/api/chat', chat, ['X-Conversation-Id', 'c::m'])
    ;(await generation(1)).end(LAST)
    const list = async (stream: MemoryStream) => JSON.parse(await textOf(stream)) as object[]
    await expect
      .poll(() => list(open('GET', '/v1/streams')))
      .toMatchObject([
        { conversation_id: 'k1', is_done: false, total_bytes: 0, completed_at: 0, model: 'm' },
        { conversation_id: 'c::m', is_done: true, total_bytes: LAST.length },
      ])
    const looked = await list(post('/v1/streams/lookup', { conversation_ids: ['c', 'x'] }))
    expect(looked).toMatchObject([{ conversation_id: 'c::m' }])
    const stopped = open('DELETE', '/v1/stream/k1')
    await stopped.over()
    await expect.poll(() => response.destroyed).toBe(true)
    const again = open('DELETE', '/v1/stream?conv_id=k1')
    await again.over()
    expect([stopped.head?.status, again.head?.status]).toEqual([204, 404])
  })

  it('can be read while the model server is away', async () => {
    let target: UpstreamTarget | null = upstream
    const { post, open } = forwarderFor(upstream, { upstream: () => target })
    post('/api/chat', chat, KEY)
    ;(await generation()).end(LAST)
    target = null
    await expect.poll(() => textOf(open('GET', '/v1/stream/k1'))).toBe(LAST)
  })

  it.each([
    ['/v1/stream', 400],
    ['/v1/stream/k1?from=x', 400],
    ['/v1/stream/k1?from=-1', 400],
    ['/v1/stream/k1?from=99', 416],
    [`/v1/stream/${'k'.repeat(257)}`, 400],
    ['/v1/stream/k2', 404],
  ])('are not found by %s', async (target, status) => {
    const { post, open } = forwarderFor(upstream)
    post('/api/chat', chat, KEY)
    ;(await generation()).end(LAST)
    const stream = open('GET', target)
    await stream.over()
    expect(stream.head?.status).toBe(status)
  })
})
