import type { ServerResponse } from 'node:http'
import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { SCOPES } from '../../shared/routes.ts'
import { chat, closeServers, forwarderFor, recordingUpstream, upstreamOf } from './forwarder.test-support.ts'

afterEach(closeServers)

const KIB = 1024
const nowhere = { baseUrl: 'http://127.0.0.1:1', kind: 'ollama' } as const
const bodyMemory = { maxOwnerBytes: 100 * KIB, maxTotalBytes: 150 * KIB }

/** An incomplete request that has sent this much of its body. */
function unfinished({ open }: ReturnType<typeof forwarderFor>, bytes: number) {
  const stream = open('POST', '/api/chat', { hasBody: true })
  for (let at = 0; at < bytes; at += 8 * KIB) stream.push(Buffer.alloc(Math.min(8 * KIB, bytes - at), ' '))
  return stream
}

describe('bodies that are buffered for checking', () => {
  it('have a memory limit per key: a body above it gets 429, and the others continue', async () => {
    const { upstream } = await recordingUpstream()
    const setup = forwarderFor(upstream, { bodyMemory })
    const first = unfinished(setup, 80 * KIB)
    const second = unfinished(setup, 40 * KIB)
    await second.over()
    expect(second.head).toMatchObject({ status: 429, error: 'TOO_MANY_BYTES' })
    expect(second.head?.headers).toContain('Retry-After')
    first.push(Buffer.from('{"model":"m"}'))
    first.sendEnd()
    await first.over()
    expect(first.head?.status).toBe(200)
    expect(setup.forwarder.heldBytes).toBe(0)
  })

  it('have a total memory limit: a body above it gets 503', async () => {
    let id = 0
    const grantFor = () => ({
      id: String(id++),
      name: 'k',
      scopes: SCOPES,
      models: null,
      maxConcurrent: null,
    })
    const setup = forwarderFor(nowhere, { bodyMemory, grantFor })
    unfinished(setup, 80 * KIB)
    const second = unfinished(setup, 80 * KIB)
    await second.over()
    expect(second.head).toMatchObject({ status: 503, error: 'MEMORY_FULL' })
  })

  it('use no more memory one byte at a time than in one chunk', () => {
    const setup = forwarderFor(nowhere)
    const stream = setup.open('POST', '/api/chat', { hasBody: true })
    for (let i = 0; i < 64 * KIB; i++) stream.push(Buffer.from(' '))
    expect(setup.forwarder.heldBytes).toBeLessThanOrEqual(129 * KIB)
  })

  it('are counted decompressed if they arrive compressed', async () => {
    const { upstream } = await recordingUpstream()
    const { post, forwarder } = forwarderFor(upstream, { bodyMemory })
    const packed = zstdCompressSync(JSON.stringify({ ...chat, pad: 'x'.repeat(200 * KIB) }))
    const stream = post('/v1/responses', packed, ['Content-Encoding', 'zstd'])
    await stream.over()
    expect(stream.head).toMatchObject({ status: 429, error: 'TOO_MANY_BYTES' })
    expect(forwarder.heldBytes).toBe(0)
  })

  it('are released once the model server has them', async () => {
    const responses = Promise.withResolvers<ServerResponse>()
    const upstream = await upstreamOf((request, response) => {
      request.resume().on('end', () => responses.resolve(response))
    })
    const { post, forwarder } = forwarderFor(upstream)
    const stream = post('/api/chat', { ...chat, pad: 'x'.repeat(100 * KIB) })
    const response = await responses.promise
    expect(forwarder.heldBytes).toBe(0)
    expect(stream.ended).toBe(false)
    response.end('{}')
    await stream.over()
  })
})

it('release their memory however requests end', async () => {
  const act = fc.record({
    request: fc.nat(5),
    what: fc.oneof(fc.nat(40 * KIB), fc.constantFrom('end', 'reset', 'breakOff', 'tick')),
    packed: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40 }), async (acts) => {
      let isKnown = true
      const grant = { id: 'k', name: 'k', scopes: SCOPES, models: null, maxConcurrent: null }
      const options = { bodyMemory, grantFor: () => (isKnown ? grant : undefined), clock: new FakeClock() }
      const { open, forwarder } = forwarderFor(nowhere, options)
      const streams = new Map<number, ReturnType<typeof open>>()
      for (const { request, what, packed } of acts) {
        const headers = packed ? ['Content-Encoding', 'zstd'] : []
        const stream = streams.get(request) ?? open('POST', '/v1/responses', { headers, hasBody: true })
        streams.set(request, stream)
        if (typeof what === 'number') stream.push(Buffer.alloc(what, ' '))
        if (what === 'end') stream.sendEnd()
        if (what === 'reset') stream.sendReset()
        if (what === 'tick') await new Promise(setImmediate)
        isKnown = what !== 'breakOff'
        if (!isKnown) forwarder.enforce()
        isKnown = true
        expect(forwarder.heldBytes).toBeLessThanOrEqual(bodyMemory.maxOwnerBytes)
      }
      for (const stream of streams.values()) stream.sendReset()
      expect([forwarder.heldBytes, forwarder.activeCount]).toEqual([0, 0])
      for (const stream of streams.values()) await stream.until(() => stream.outstanding === 0)
    }),
    { numRuns: 50 },
  )
})
