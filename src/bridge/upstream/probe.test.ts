import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../tunnel/system-clock.ts'
import { startDemoUpstream } from '../demo/server.ts'
import { isRelay, probeUpstream, type Known } from './probe.ts'
import type { UpstreamFacts } from './upstream-state.ts'

const servers: Server[] = []
const asked: string[] = []
// No deadline passes because the machine is slow.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.useRealTimers()
  asked.length = 0
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

const listen = async (listener: RequestListener) => {
  const server = createServer(listener)
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Serves JSON by path; everything else is `fallback`. */
const serve = (paths: Record<string, unknown>, fallback: [number, unknown] = [404, {}]) =>
  listen((request, response) => {
    const path = request.url!
    asked.push(path)
    const [status, body] = path in paths ? [200, paths[path]] : fallback
    response.writeHead(status).end(JSON.stringify(body))
  })

/** The deadline of the requests in progress passes, after which they are not answered. */
const hang = (): void => void vi.runAllTimers()

const lmStudioFallback: [number, unknown] = [200, { error: 'Unexpected endpoint or method.' }]
const openAiList = (ownedBy: string) => ({
  '/v1/models': { object: 'list', data: [{ id: 'm1', owned_by: ownedBy }, { id: 'm2' }, { id: 5 }, null] },
})

describe('probeUpstream', () => {
  it('detects Ollama by its version and lists its models', async () => {
    const tags = { models: [{ name: 'llama3.2:latest' }, { name: 7 }, null] }
    const ps = { models: [{ name: 'llama3.2:latest' }] }
    const origin = await serve({ '/api/version': { version: '0.12.3' }, '/api/tags': tags, '/api/ps': ps })
    const models = ['llama3.2:latest']
    const facts = {
      baseUrl: origin,
      kind: 'ollama',
      version: '0.12.3',
      models,
      loaded: models,
      name: 'Ollama 0.12.3',
    }
    expect(await probeUpstream(origin)).toEqual({ kind: 'up', facts })
  })

  it.each([
    ['organization_owner', 'LM Studio', lmStudioFallback],
    ['llamacpp', 'llama.cpp', undefined],
    ['vllm', 'vLLM', undefined],
    ['somebody', 'OpenAI-compatible server', undefined],
  ] as const)('detects a server whose models belong to %s as %s', async (ownedBy, name, fallback) => {
    const origin = await serve(openAiList(ownedBy), fallback && [...fallback])
    const facts = { baseUrl: origin, kind: 'openai', version: null, models: ['m1', 'm2'], name }
    expect(await probeUpstream(origin)).toEqual({ kind: 'up', facts })
  })

  it('detects the demo model', async () => {
    const demo = await startDemoUpstream({ clock: systemClock })
    expect(await probeUpstream(demo.origin)).toMatchObject({
      kind: 'up',
      facts: { kind: 'demo', models: ['demo:latest'] },
    })
    await demo.close()
  })

  it('does not fill the log of a known OpenAI-compatible server with Ollama’s paths', async () => {
    const baseUrl = await serve(openAiList('x'))
    await probeUpstream(baseUrl, { known: knownAs('openai', { isSettled: true }) })
    expect(asked).toEqual(['/v1/models'])
  })

  it('queries below the configured path', async () => {
    const origin = await serve({ '/box/v1/models': { data: [] } })
    expect(await probeUpstream(`${origin}/box`)).toMatchObject({ kind: 'up', facts: { kind: 'openai' } })
    expect(asked).toEqual(['/box/api/version', '/box/v1/models'])
  })

  it.each<[string, RequestListener, string]>([
    ['responds with HTML', (_request, response) => response.end('<html>'), 'stranger'],
    ['responds with 404 only', (_request, response) => response.writeHead(404).end(), 'stranger'],
    ['does not speak HTTP', (request) => request.socket.end('220 smtp\r\n'), 'silent'],
    ['hangs', hang, 'silent'],
    ['hangs in the middle', (_request, response) => void response.write('{"version":', hang), 'silent'],
    ['breaks off', (_request, response) => void response.write('{', () => response.destroy()), 'silent'],
    [
      'never stops',
      (_request, response) => {
        const pour = (): void => void (response.destroyed || response.write('1'.repeat(2 ** 20), pour))
        pour()
      },
      'silent',
    ],
  ])('finds no model server if it %s', async (_what, listener, kind) => {
    expect(await probeUpstream(await listen(listener))).toEqual(
      kind === 'silent' ? { kind, isGone: false } : { kind },
    )
  })

  it('reports that no server is there, without throwing, if nothing listens', async () => {
    expect(await probeUpstream('http://127.0.0.1:1')).toEqual({ kind: 'silent', isGone: true })
  })
})

const knownAs = (
  kind: 'ollama' | 'openai',
  more: Partial<Known> & { readonly isKindGuessed?: true } = {},
) => {
  const { isSettled = false, ...guess } = more
  const facts: UpstreamFacts = {
    baseUrl: 'x',
    kind,
    version: '1',
    models: ['old'],
    loaded: ['old'],
    name: kind,
    ...guess,
  }
  return { facts, isSettled }
}
const ollamaPaths = {
  '/api/version': { version: '0.12.3' },
  '/api/tags': { models: [{ name: 'a' }] },
  '/api/ps': { models: [] },
}

/** An Ollama where some paths hang or respond differently. */
const ollamaWith = (exceptions: Record<string, number | 'hangs'>) =>
  listen((request, response) => {
    const paths: Record<string, unknown> = { ...ollamaPaths, ...openAiList('library') }
    const path = request.url!
    const exception = exceptions[path]
    if (exception === 'hangs') return hang()
    response.writeHead(exception ?? (path in paths ? 200 : 404))
    response.end(JSON.stringify(exception === undefined ? (paths[path] ?? {}) : { error: 'x' }))
  })

describe('the kind of a server', () => {
  it.each<[string, Record<string, number | 'hangs'>]>([
    ['does not come in time', { '/api/version': 'hangs' }],
    ['is an error', { '/api/version': 500 }],
  ])('is only guessed if the response to Ollama’s probe %s', async (_what, exceptions) => {
    const result = await probeUpstream(await ollamaWith(exceptions))
    expect(result).toMatchObject({
      kind: 'up',
      facts: { kind: 'openai', isKindGuessed: true, models: ['m1', 'm2'] },
    })
  })

  it.each<[string, Record<string, number | 'hangs'>]>([
    ['does not come in time', { '/api/version': 'hangs' }],
    ['is an error', { '/api/version': 502 }],
  ])('is kept if the response %s', async (_what, exceptions) => {
    const result = await probeUpstream(await ollamaWith(exceptions), { known: knownAs('ollama') })
    expect(result).toMatchObject({
      kind: 'up',
      facts: { kind: 'ollama', name: 'ollama', models: ['m1', 'm2'] },
    })
  })

  it('changes on better evidence, in both directions', async () => {
    const ollama = await ollamaWith({})
    for (const known of [knownAs('openai'), knownAs('openai', { isKindGuessed: true })])
      expect(await probeUpstream(ollama, { known })).toMatchObject({
        facts: { kind: 'ollama', models: ['a'] },
      })
    const other = await ollamaWith({ '/api/version': 404 })
    const result = await probeUpstream(other, { known: knownAs('ollama') })
    expect(result).toMatchObject({ kind: 'up', facts: { kind: 'openai' } })
    expect(result).not.toHaveProperty('facts.isKindGuessed')
  })

  it('a model list that times out removes no model', async () => {
    const origin = await ollamaWith({ '/api/tags': 'hangs', '/api/ps': 'hangs' })
    const result = await probeUpstream(origin, { known: knownAs('ollama') })
    expect(result).toMatchObject({ kind: 'up', facts: { models: ['old'], loaded: ['old'] } })
  })
})

describe('a server that is up but refuses', () => {
  const llamaServer = (status: number, listStatus = status) =>
    listen((request, response) => {
      const isList = request.url === '/v1/models'
      response.setHeader('server', 'llama.cpp')
      response.writeHead(isList ? listStatus : status)
      response.end(JSON.stringify(isList && listStatus === 200 ? { data: [] } : { error: { message: 'no' } }))
    })

  it.each([
    ['wants a key', 401, 401, undefined, 'needsKey'],
    ['wants a key, but not for its list', 401, 200, undefined, 'needsKey'],
    ['does not know the key', 401, 200, 'sk-wrong', 'keyRefused'],
    ['loads its model', 503, 503, undefined, 'loading'],
    ['loads its model, but has its list', 503, 200, undefined, 'loading'],
    ['fails', 500, 500, undefined, 'failing'],
  ])('%s', async (_what, status, listStatus, apiKey, cause) => {
    const baseUrl = await llamaServer(status, listStatus)
    const refusal = { baseUrl, cause, status, name: 'llama.cpp', isModelServer: true }
    expect(await probeUpstream(baseUrl, { apiKey })).toEqual({ kind: 'refusing', refusal })
  })

  it('keeps its known name', async () => {
    const baseUrl = await serve({}, [401, { error: 'Unauthorized' }])
    const known = { ...knownAs('openai'), facts: { ...knownAs('openai').facts, name: 'LM Studio' } }
    expect(await probeUpstream(baseUrl, { known })).toMatchObject({ refusal: { name: 'LM Studio' } })
  })

  it('is distinguished from other programs that require a password', async () => {
    const baseUrl = await listen((_request, response) => response.writeHead(401).end('<html>'))
    expect(await probeUpstream(baseUrl)).toMatchObject({
      kind: 'refusing',
      refusal: { isModelServer: false },
    })
  })
})

describe('isRelay', () => {
  it('detects a relay by its document, and nothing else', async () => {
    const path = '/.well-known/cloudtolocalllm'
    expect(await isRelay(await serve({ [path]: { protocol: 'x' } }))).toBe(true)
    expect(await isRelay(await serve({}))).toBe(false)
    expect(await isRelay(await serve({}, [...lmStudioFallback]))).toBe(false)
  })
})
