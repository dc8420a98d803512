import { afterEach, describe, expect, it } from 'vitest'
import type { KeyDigest } from '../../shared/brands.ts'
import { chat, closeServers, forwarderFor, recordingUpstream, upstreamOf } from './forwarder.test-support.ts'
import type { Forwarder } from './forwarder.ts'
import { collectLocally, type LocalCallRequest } from './local-call.ts'

afterEach(closeServers)

const principal = { kind: 'key', digest: 'd' as KeyDigest } as const
const MAX_BYTES = 1_000

function ask(
  forwarder: Forwarder,
  more: Partial<LocalCallRequest> = {},
  signal = new AbortController().signal,
) {
  const body = Buffer.from(JSON.stringify({ ...chat, stream: false }))
  const headers = ['Content-Type', 'application/json']
  const request = { method: 'POST', target: '/api/chat', headers, body, principal, requestId: 'r1' }
  return collectLocally(forwarder, { ...request, origin: 'job', ...more }, MAX_BYTES, signal)
}

describe('a request of the bridge itself', () => {
  it('reaches the model server like a client’s, and is recorded', async () => {
    const { upstream, seen } = await recordingUpstream()
    const { forwarder, events } = forwarderFor(upstream)
    const answer = await ask(forwarder)
    expect([answer.status, answer.error, Buffer.from(answer.body).toString()]).toEqual([200, undefined, '{}'])
    const { request, body } = await seen
    expect([request.url, JSON.parse(body.toString())]).toEqual(['/api/chat', { ...chat, stream: false }])
    expect(request.headers['content-length']).toBe(String(body.length))
    expect(events.at(-1)).toMatchObject({ type: 'finish', requestId: 'r1', model: 'm', status: 200 })
  })

  it('has the permissions of its key', async () => {
    const { forwarder } = forwarderFor(null, { grant: { scopes: ['read'] } })
    expect(await ask(forwarder)).toMatchObject({ status: 403, error: 'SCOPE_MISSING' })
    const { forwarder: strange } = forwarderFor(null, { grantFor: () => undefined })
    expect(await ask(strange)).toMatchObject({ status: 401, error: 'KEY_UNKNOWN' })
  })

  it('may do everything for the device’s own user, who needs no key', async () => {
    const { upstream, seen } = await recordingUpstream()
    const { forwarder } = forwarderFor(upstream, { grantFor: () => undefined })
    const body = Buffer.from('{"model":"m","stream":false}')
    expect(await ask(forwarder, { origin: 'local', target: '/api/pull', body })).toMatchObject({
      status: 200,
    })
    expect((await seen).request.url).toBe('/api/pull')
  })

  it('counts neither among the concurrent requests of its key nor as a client’s request', async () => {
    const upstream = await upstreamOf(() => {})
    const { forwarder, post } = forwarderFor(upstream, { grant: { maxConcurrent: 1 } })
    const abort = new AbortController()
    const job = ask(forwarder, {}, abort.signal)
    expect([forwarder.activeCount, forwarder.inferenceCount]).toEqual([0, 0])
    const live = post('/api/chat', chat)
    expect([forwarder.activeCount, forwarder.inferenceCount, live.head]).toEqual([1, 1, undefined])
    abort.abort(new Error('stopped'))
    await expect(job).rejects.toThrow('stopped')
    live.sendReset()
    expect(forwarder.inferenceCount).toBe(0)
  })

  it('stops the model server when it is stopped', async () => {
    const closed = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    const upstream = await upstreamOf((request, response) => {
      response.on('close', closed.resolve)
      request.resume().on('end', started.resolve)
    })
    const abort = new AbortController()
    const job = ask(forwarderFor(upstream).forwarder, {}, abort.signal)
    await started.promise
    abort.abort(new Error('stopped'))
    await expect(job).rejects.toThrow('stopped')
    await closed.promise
    await expect(ask(forwarderFor(upstream).forwarder, {}, abort.signal)).rejects.toThrow('stopped')
  })

  it('fails if the answer is truncated or too large', async () => {
    const upstream = await upstreamOf((request, response) => {
      response.writeHead(200, { 'content-length': 5_000 })
      if (request.url === '/api/chat') response.write('x', () => response.destroy())
      else response.write(Buffer.alloc(2_000))
    })
    const { forwarder } = forwarderFor(upstream)
    await expect(ask(forwarder)).rejects.toMatchObject({ code: 'UPSTREAM_FAILED' })
    await expect(ask(forwarder, { target: '/api/embed' })).rejects.toMatchObject({
      code: 'JOB_RESULT_TOO_LARGE',
    })
    await expect.poll(() => forwarder.activeCount).toBe(0)
  })

  it('returns the time to retry', async () => {
    const upstream = await upstreamOf((request, response) => {
      request.resume()
      response.writeHead(503, { 'retry-after': '7', 'content-type': 'text/plain' }).end('busy')
    })
    const answer = await ask(forwarderFor(upstream).forwarder)
    expect(answer).toMatchObject({ status: 503, retryAfterS: 7, contentType: 'text/plain', error: undefined })
  })

  it('ends when its key is revoked, unless it is the device’s own', async () => {
    let isKnown = true
    const upstream = await upstreamOf(() => {})
    const { forwarder } = forwarderFor(upstream, { grantFor: () => (isKnown ? grant : undefined) })
    const grant = { id: 'k', name: 'k', scopes: ['inference'], models: null, maxConcurrent: null } as const
    const abort = new AbortController()
    const job = ask(forwarder)
    const own = ask(forwarder, { origin: 'local' }, abort.signal)
    isKnown = false
    forwarder.enforce()
    expect(await job).toMatchObject({ status: 401, error: 'KEY_UNKNOWN' })
    abort.abort(new Error('still running'))
    await expect(own).rejects.toThrow('still running')
  })
})
